import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOciLayout } from '../src/adapters/attestations/oci-layout/index.ts';
import { verifyTufRepository } from '../src/adapters/trust/index.ts';
import { type AttestationCheck, type CheckContext, checkAttestation } from '../src/core/attestation/check.ts';
import { parseAttestations } from '../src/core/attestation/parse.ts';
import type { BundleVerifier } from '../src/core/attestation/verify.ts';
import { CATALOGUE } from '../src/core/catalogue/builders.ts';
import { type Decision, decide } from '../src/core/decide.ts';
import type { ArtifactDigests } from '../src/core/model/digest.ts';
import type { SubjectExpectation } from '../src/core/model/expectations.ts';
import type { Finding } from '../src/core/model/finding.ts';
import type { CollectedAttestation } from '../src/core/ports.ts';
import { verifyPrehash } from '../src/core/verify/prehash.ts';
import type { ArtifactInput } from '../src/core/verify/signature.ts';
import { refuse, SlsaGateError } from '../src/errors.ts';
import type { Case } from './case.ts';
import { decideGcbOnly } from './gcb-only.ts';
import { decideNpmOnly } from './npm-only.ts';
import { decideProvenanceOnly } from './provenance-only.ts';
import { toExpectations, toThresholds } from './translate.ts';
import type { TrustReader } from './trust.ts';

export interface Answer {
  readonly id: string;
  readonly accepted: boolean;
  readonly code: string | null;
}

export interface Runner {
  readonly directory: string;
  readonly trust: TrustReader;
  readonly verifyBundle: BundleVerifier;
  readonly now: Date;
}

/** Decides one case through the code that the command uses. */
export async function decideCase(test: Case, runner: Runner): Promise<Answer> {
  try {
    const code = await codeOf(test, runner);
    return { id: test.id, accepted: code === null, code };
  } catch (error) {
    if (error instanceof SlsaGateError) return { id: test.id, accepted: false, code: error.finding };
    throw error;
  }
}

async function codeOf(test: Case, runner: Runner): Promise<string | null> {
  const { only, kind, bundle } = test;
  if (kind === 'tuf') return decideTuf(test, runner);
  const bytes = bundle === undefined ? undefined : readFileSync(join(runner.directory, bundle));
  const context = toContext(test, runner);
  if (only !== undefined && only !== 'signature') {
    if (bytes === undefined) return refuse('usage.no-bundle', 'the case has no bundle');
    if (only.startsWith('gcb-'))
      return decideGcbOnly(
        { only, options: { ...test.options }, artifactDigest: test.artifactDigest },
        bytes,
        context.cloudBuildKeys,
      ).code;
    if (only.startsWith('npm-')) decideNpmOnly(test, bytes, context);
    else decideProvenanceOnly(test, bytes, context);
    return null;
  }
  const found = await collect(test, runner, bytes);
  const artifacts = toArtifacts(test, runner, found.layoutDigests);
  for (const artifact of artifacts) {
    const code = decideArtifact(test, artifact, found.attestations, context);
    if (code !== null) return code;
  }
  return artifacts.length === 0 ? refuse('usage.no-artifact', 'the case names no artifact') : null;
}

export function toContext(test: Case, { trust, verifyBundle, now }: Runner): CheckContext {
  const { roots, keys, npmKeys, cloudBuildKeys } = trust.read(test);
  return {
    verifyBundle,
    trust: { roots, keys },
    npmKeys,
    cloudBuildKeys,
    thresholds: toThresholds(test.options),
    verifyPrehash,
    nowMs: now.getTime(),
    catalogue: CATALOGUE,
  };
}

async function decideTuf({ artifact = '', options }: Case, { directory }: Runner): Promise<null> {
  const { initialRoot = '', target = '', refTime = '', targetSha256 } = options;
  // Only "not given" means that any target will do: no target has null for its digest.
  if (targetSha256 === null)
    refuse('trust.hash-mismatch', 'the expected digest is none that a target can have');
  await verifyTufRepository({
    directory: join(directory, artifact),
    initialRoot: readFileSync(join(directory, initialRoot)),
    target,
    refTime: new Date(refTime),
    ...(targetSha256 === undefined ? {} : { targetSha256 }),
  });
  return null;
}

export interface Collected {
  readonly attestations: readonly CollectedAttestation[];
  readonly layoutDigests: ArtifactDigests | undefined;
}

export async function collect(
  test: Case,
  { directory }: Runner,
  bytes: Uint8Array | undefined,
): Promise<Collected> {
  if (test.kind === 'oci-layout') {
    const { collected, artifact } = await readOciLayout(join(directory, test.artifact ?? ''));
    return { attestations: collected.attestations, layoutDigests: artifact.digests };
  }
  if (bytes === undefined) return refuse('usage.no-bundle', 'the case has no bundle');
  return { attestations: [{ bytes, source: `file:${test.bundle}` }], layoutDigests: undefined };
}

export interface CaseArtifact {
  readonly subject: SubjectExpectation;
  readonly artifact: ArtifactInput | undefined;
}

const bound = (artifact: ArtifactInput): CaseArtifact => ({
  subject: { kind: 'artifact', digests: artifact.digests },
  artifact,
});

/** Kinds that may be asked about a bundle alone. */
const UNBOUND_KINDS = new Set(['sigstore-bundle', 'dsse', 'github-attestation']);

/** The artifacts as the caller names them: bytes where they are given by path, else digests. */
export function toArtifacts(
  test: Case,
  { directory }: Runner,
  layoutDigests: ArtifactDigests | undefined,
): readonly CaseArtifact[] {
  const { artifacts, artifact, artifactDigest, options, kind, only } = test;
  if (kind === 'vsa') {
    const digests = (options.subjectDigests ?? []).map((text) => {
      const at = text.indexOf(':');
      return { algorithm: text.slice(0, at), value: text.slice(at + 1) };
    });
    if (digests.length === 0) return refuse('usage.no-artifact', 'no subject digest is given');
    return [{ subject: { kind: 'exact-digest', digests }, artifact: undefined }];
  }
  if (artifacts !== undefined) return artifacts.map(({ name: _, ...digests }) => bound({ digests }));
  if (layoutDigests !== undefined) return [bound({ digests: artifactDigest ?? layoutDigests })];
  if (artifact !== undefined && options.artifactInput !== 'digest') {
    const bytes = readFileSync(join(directory, artifact));
    const digest = (algorithm: string): string => createHash(algorithm).update(bytes).digest('hex');
    return [
      bound({
        digests: {
          sha1: digest('sha1'),
          sha256: digest('sha256'),
          sha384: digest('sha384'),
          sha512: digest('sha512'),
        },
        bytes,
      }),
    ];
  }
  if (artifactDigest !== undefined) return [bound({ digests: artifactDigest })];
  return UNBOUND_KINDS.has(kind) || only === 'signature'
    ? [{ subject: { kind: 'unbound' }, artifact: undefined }]
    : [];
}

/** Null for an allow, else the code of the first finding that blocks. */
export function decideArtifact(
  test: Case,
  { subject, artifact }: CaseArtifact,
  attestations: readonly CollectedAttestation[],
  context: CheckContext,
): string | null {
  const expectations = toExpectations(test, subject);
  const checks = parseAttestations(attestations).map((found) =>
    checkAttestation(found, artifact, expectations, context),
  );
  const decision = decide(checks);
  const blocking = blockingCode(decision);
  if (blocking !== null) return blocking;
  // How many must hold: as many as the caller says, and of npm's list all.
  const wanted =
    test.options.attestationCount ?? (test.kind === 'npm' && test.only !== undefined ? checks.length : 1);
  const failing = checks.filter((check) => !isPassing(check));
  if (checks.length - failing.length >= wanted) return null;
  const [first] = failing;
  return first === undefined ? 'attestation.missing' : blockingCode(decide([first]));
}

const isPassing = ({ findings }: AttestationCheck): boolean =>
  findings.length > 0 && findings.every(({ outcome }) => outcome === 'pass');

function blockingCode({ verdict, findings }: Decision): Finding['code'] | null {
  if (verdict === 'allow') return null;
  const blocking =
    findings.find(({ outcome }) => outcome === 'fail') ??
    findings.find(({ outcome }) => outcome === 'error') ??
    findings.find(({ outcome }) => outcome !== 'pass');
  return blocking?.code ?? 'internal.bug';
}
