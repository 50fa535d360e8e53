import { decisionExit } from '../app/verdict.ts';
import { verifyArtifacts, verifyBundleOnly } from '../app/verify.ts';
import type { ArtifactResult, ResultDocument } from '../core/model/result.ts';
import { refuse } from '../errors.ts';
import type { VerifyArtifactRequest, VerifyBundleRequest } from './options.ts';
import { createPorts } from './ports.ts';
import { toArtifactCall, toBundleCall } from './request.ts';

/**
 * Decides whether an artifact is what its provenance says and what you expect of it: signature, certificate, log and time
 * of each attestation, its subject against the artifact, then every expectation. Uses no network, no environment and no
 * cache; may be called any number of times at once.
 *
 * ```ts
 * const result = await verifyArtifact({
 *   artifact: { bytes: await readFile('widget.tgz'), name: 'widget.tgz' },
 *   attestations: [await readFile('widget.tgz.sigstore.json')],
 *   expectations: { sourceUri: 'github.com/octo-org/widget', sourceTag: 'v1.2.3', minLevel: 3 },
 * });
 * // { artifact: { reference: 'widget.tgz', digest: 'sha256:…' }, verdict: 'deny', slsaBuildLevel: 0,
 * //   findings: [{ rule: 'source-tag', code: 'source.tag', outcome: 'fail', expected: 'refs/tags/v1.2.3', … }], … }
 * if (result.verdict !== 'allow') throw new Error(result.findings.find((f) => f.outcome !== 'pass')?.message);
 * ```
 *
 * `allow` is proven: one attestation alone passes every rule that was asked, and its `findings` say which. `deny` is
 * disproof, `indeterminate` that it cannot be known now; both block. Text in a result may come from an attestation that
 * nobody vouches for: escape it where you show it. An attestation that is malformed, forged or about something else is a
 * finding, never an exception. Messages and hints are shared with the command and name its flags: `--source-tag` is
 * `sourceTag` here.
 *
 * @throws SlsaGateError (as a rejection) when nothing could be decided: `policy.identity-missing` when the request does
 *   not say whom to trust, `policy.unanchored` and `policy.pattern` for patterns, `usage.no-artifact`, `usage.artifact`,
 *   `usage.no-bundle`, `usage.flag` for a value that cannot be read, `config.invalid` for a field that is unknown or of
 *   another type, `config.threshold`, `key.malformed` and `signature.algorithm` for the caller's key, `trust.*` for a
 *   trusted root, `path.*` and `limit.bytes` for files that cannot be read
 * @see SLSA v1.0, "Verifying artifacts"; docs/library.md
 */
export async function verifyArtifact(request: VerifyArtifactRequest): Promise<ArtifactResult> {
  const call = toArtifactCall(request);
  return onlyResult(await verifyArtifacts(call.request, createPorts(call.held)));
}

/**
 * Verifies a plain Sigstore bundle, without SLSA meaning: who signed, when, and that it was these bytes. The signer is a
 * certificate identity with its issuer, or a key.
 *
 * ```ts
 * const result = await verifyBundle({
 *   artifact: 'release.tar.gz',
 *   files: ['release.tar.gz.sigstore.json'],
 *   signer: { certificateIdentity: 'releases@example.org', certificateOidcIssuer: 'https://accounts.google.com' },
 * });
 * result.verdict; // 'allow' | 'deny' | 'indeterminate'
 * ```
 *
 * With `unboundUnsafe: true` in place of `artifact` nothing is bound: `allow` then says that somebody trusted signed
 * something, and the finding of `signature` carries `weakened`.
 *
 * @throws SlsaGateError (as a rejection) `policy.identity-missing`, `usage.no-artifact`, `usage.no-bundle`,
 *   `config.invalid` and all others of {@link verifyArtifact}
 * @see Sigstore client specification, "Verification"; docs/library.md
 */
export async function verifyBundle(request: VerifyBundleRequest): Promise<ArtifactResult> {
  const call = toBundleCall(request);
  return onlyResult(await verifyBundleOnly(call.request, createPorts(call.held)));
}

/**
 * The exit code that the command ends with on such a result, for programs that answer a pipeline: 0 for `allow`, 1 for
 * `deny`, 2 for `indeterminate`. A result that contradicts itself (an `allow` without proof of each required rule) is
 * never 0.
 *
 * ```ts
 * process.exitCode = exitCodeOfResult(result);
 * ```
 *
 * @throws SlsaGateError `internal.bug` when the result contradicts itself
 * @see docs/commands.md, exit codes
 */
export const exitCodeOfResult = (result: ArtifactResult): 0 | 1 | 2 | 3 | 70 =>
  decisionExit({ schemaVersion: 1, verdict: result.verdict, results: [result] });

/** One artifact was asked about, so there is one result; it leaves only when it does not contradict itself. */
function onlyResult(document: ResultDocument): ArtifactResult {
  const [result, ...others] = document.results;
  if (result === undefined || others.length > 0) refuse('internal.bug', 'not one result for one artifact');
  decisionExit(document);
  return result;
}
