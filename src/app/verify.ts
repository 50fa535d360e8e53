import { type AttestationCheck, type CheckContext, checkAttestation } from '../core/attestation/check.ts';
import { type FoundAttestation, parseAttestations } from '../core/attestation/parse.ts';
import type { BundleVerifier } from '../core/attestation/verify.ts';
import { CATALOGUE } from '../core/catalogue/builders.ts';
import { decide } from '../core/decide.ts';
import { LIMITS } from '../core/limits.ts';
import type { Expectations } from '../core/model/expectations.ts';
import {
  type ArtifactReference,
  isPurlReference,
  parseLocalReference,
} from '../core/model/local-reference.ts';
import type { ArtifactResult, ResultDocument, Verdict } from '../core/model/result.ts';
import type { CollectedAttestations } from '../core/ports.ts';
import type { ArtifactInput, PrehashVerifier } from '../core/verify/signature.ts';
import { verifyBundle } from '../core/verify/verify-bundle.ts';
import { refuse, SlsaGateError } from '../errors.ts';
import { type ArtifactBytes, hashBytes } from './artifact-bytes.ts';
import {
  namesPattern,
  type PatternCompiler,
  toExactDigest,
  toExpectations,
  toSignerExpectation,
} from './expectations.ts';
import { type LoadedTrust, loadTrust } from './load-trust.ts';
import { hintsOf } from './needed-digests.ts';
import { type Mode, toArtifactResult } from './report.ts';
import type {
  BundleVerifyRequest,
  KeyInput,
  SignerInput,
  VerificationInput,
  VerificationPorts,
  VerifyRequest,
} from './requests.ts';

/** Everything that one run decides with; the same for each artifact. */
interface Setting {
  readonly mode: Mode;
  readonly ports: VerificationPorts;
  readonly now: Date;
  readonly context: CheckContext;
  readonly trust: LoadedTrust;
  readonly files: CollectedAttestations;
  /** What the files hold; a limit that they exceed is told for each artifact. */
  readonly filesFound: readonly FoundAttestation[] | SlsaGateError;
}

/** An artifact as the caller named it, or its bytes. */
interface Named {
  /** As the answer calls it, until more is known. */
  readonly reference: string;
  readonly parsed: ArtifactReference | ArtifactBytes;
}

/** One artifact to decide: what it is, and what was found about it. */
interface Subject {
  readonly reference: string;
  readonly expectations: Expectations;
  readonly artifact: ArtifactInput | undefined;
  readonly found: readonly FoundAttestation[];
  readonly sources: readonly CollectedAttestations[];
}

/**
 * Decides each artifact; the worst verdict stands for the document. Every artifact is opened before the first one is
 * decided, so that a wrong path is told at once.
 *
 * @throws SlsaGateError for usage, and for trusted roots that cannot be used
 */
export async function verifyArtifacts(
  request: VerifyRequest,
  ports: VerificationPorts,
): Promise<ResultDocument> {
  const expected = toExpectations(request.expectations, request, await patternCompiler(request.expectations));
  const named: Named[] = [];
  for (const artifact of request.artifacts) named.push(await toNamed(artifact));
  for (const { parsed } of named) if (parsed.kind === 'file') await ports.artifacts.check(parsed.path);
  const setting = await prepare('verify', request, request.expectations.key, ports);
  const results: ArtifactResult[] = [];
  for (const one of named) {
    results.push(await decideOne(setting, () => openSubject(setting, one, expected), one.reference));
  }
  const { subjectDigest } = request.expectations;
  if (subjectDigest !== undefined) {
    const subject = toExactDigest(subjectDigest);
    const found = async (): Promise<Subject> => ({
      reference: subjectDigest,
      expectations: { ...expected, subject },
      artifact: undefined,
      found: foundInFiles(setting),
      sources: [setting.files],
    });
    results.push(await decideOne(setting, found, subjectDigest));
  }
  return toDocument(results);
}

/** Decides a plain Sigstore bundle, without SLSA meaning. */
export async function verifyBundleOnly(
  request: BundleVerifyRequest,
  ports: VerificationPorts,
): Promise<ResultDocument> {
  const signer = toSignerExpectation(request.signer, await patternCompiler(request.signer));
  if (signer === undefined) refuse('policy.identity-missing', 'nobody says whom to trust');
  const { artifact, minBundleVersion } = request;
  const named = artifact === undefined ? undefined : await toNamed(artifact);
  if (named?.parsed.kind === 'file') await ports.artifacts.check(named.parsed.path);
  const setting = await prepare('bundle-verify', request, request.signer.key, ports);
  const expected: Omit<Expectations, 'subject'> = {
    signer,
    predicateType: 'any',
    meaning: 'certificate',
    allowBuilderRefUnsafe: false,
    ...(minBundleVersion === undefined ? {} : { minBundleVersion }),
  };
  const name = named?.reference ?? 'no artifact: nothing was bound';
  const open = async (): Promise<Subject> =>
    named !== undefined
      ? openSubject(setting, named, expected)
      : {
          reference: name,
          expectations: { ...expected, subject: { kind: 'unbound' } },
          artifact: undefined,
          found: foundInFiles(setting),
          sources: [setting.files],
        };
  const lowered = [setting.context.weakened, named === undefined ? '--allow-unbound' : undefined];
  const weakened = lowered.filter((flag) => flag !== undefined).join(' ');
  const context = weakened === '' ? setting.context : { ...setting.context, weakened };
  return toDocument([await decideOne({ ...setting, context }, open, name)]);
}

const toNamed = async (given: string | ArtifactBytes): Promise<Named> =>
  typeof given === 'string'
    ? { reference: given, parsed: await parseReference(given) }
    : { reference: given.name ?? 'bytes', parsed: given };

async function prepare(
  mode: Mode,
  request: VerificationInput,
  key: KeyInput | undefined,
  ports: VerificationPorts,
): Promise<Setting> {
  const now = ports.now();
  const files = await ports.attestations.collect(request.bundles);
  const filesFound = parseFiles(files);
  const trust = await loadTrust(
    request,
    key,
    filesFound instanceof SlsaGateError ? [] : filesFound,
    ports,
    now,
  );
  const context: CheckContext = {
    verifyBundle: await chooseVerifier(request),
    trust: trust.material,
    npmKeys: trust.npmKeys,
    cloudBuildKeys: trust.cloudBuildKeys,
    thresholds: trust.thresholds,
    verifyPrehash: verifiesNothing,
    nowMs: now.getTime(),
    catalogue: CATALOGUE,
    ...(trust.weakened === undefined ? {} : { weakened: trust.weakened }),
  };
  return { mode, ports, now, context, trust, files, filesFound };
}

function parseFiles({ attestations }: CollectedAttestations): Setting['filesFound'] {
  try {
    return parseAttestations(attestations);
  } catch (error) {
    if (error instanceof SlsaGateError) return error;
    throw error;
  }
}

function foundInFiles({ filesFound }: Setting): readonly FoundAttestation[] {
  if (filesFound instanceof SlsaGateError) throw filesFound;
  return filesFound;
}

async function patternCompiler(input: SignerInput): Promise<PatternCompiler | undefined> {
  return namesPattern(input) ? (await import('../core/model/pattern.ts')).anchoredPattern : undefined;
}

/** The library of purls is slow to load, so it is only for purls. */
async function parseReference(reference: string): Promise<ArtifactReference> {
  if (!isPurlReference(reference)) return parseLocalReference(reference);
  return (await import('../core/model/artifact-reference.ts')).parseArtifactReference(reference);
}

/** The library of the second opinion is slow to load, so it is only when it is asked. */
async function chooseVerifier({ verifier }: VerificationInput): Promise<BundleVerifier> {
  if (verifier === 'strict') return verifyBundle;
  return (await import('../core/verify/second-opinion.ts')).verifyBoth;
}

async function openSubject(
  setting: Setting,
  { reference, parsed }: Named,
  expected: Omit<Expectations, 'subject'>,
): Promise<Subject> {
  const { artifacts } = setting.ports;
  const layout = parsed.kind === 'oci-layout' ? await artifacts.readLayout(parsed.reference) : undefined;
  const sources = layout === undefined ? [setting.files] : [layout.collected, setting.files];
  const beside = layout === undefined ? [] : parseAttestations(layout.collected.attestations);
  const found = [...beside, ...foundInFiles(setting)];
  if (found.length > LIMITS.attestations) {
    refuse('limit.attestations', `more than ${LIMITS.attestations} attestations`);
  }
  const artifact: ArtifactInput =
    parsed.kind === 'file'
      ? await artifacts.read(parsed.path, hintsOf(found))
      : parsed.kind === 'bytes'
        ? hashBytes(parsed.bytes, hintsOf(found))
        : { digests: layout?.artifact.digests ?? (parsed.kind === 'oci-layout' ? {} : parsed.digests) };
  const isNameless = parsed.kind === 'bytes' && parsed.name === undefined;
  const fileName = parsed.kind === 'bytes' ? parsed.name : fileNameOf(parsed);
  const npmPackage = npmPackageOf(parsed, expected.npmPackage);
  return {
    reference: layout?.artifact.reference ?? (isNameless ? `sha256:${artifact.digests.sha256}` : reference),
    expectations: {
      ...expected,
      subject: { kind: 'artifact', digests: artifact.digests },
      ...(fileName === undefined ? {} : { fileName }),
      ...(npmPackage === undefined ? {} : { npmPackage }),
    },
    artifact,
    found,
    sources,
  };
}

/**
 * The package that flags and purl name together; the answer is given in the purl's name, so neither replaces the other.
 *
 * @throws SlsaGateError `usage.flag`
 */
function npmPackageOf(
  parsed: Named['parsed'],
  wanted: Expectations['npmPackage'],
): Expectations['npmPackage'] | undefined {
  if (parsed.kind !== 'purl' || parsed.purl.type !== 'npm') return wanted;
  const { name, version } = parsed.purl;
  for (const [flag, asked, named] of [
    ['--npm-package', wanted?.name, name],
    ['--npm-version', wanted?.version, version],
  ] as const) {
    if (asked !== undefined && named !== undefined && asked !== named) {
      refuse('usage.flag', `${flag} is another one than that of the purl: ${asked}`, {
        expected: named,
        actual: asked,
      });
    }
  }
  return { name, ...(version === undefined ? {} : { version }), ...wanted };
}

/** Stands in for the curves of `prehash.ts`, which are slow to load, where no message signature is at hand. */
const verifiesNothing: PrehashVerifier = () => false;

const isMessageSignature = ({ parsed }: FoundAttestation): boolean =>
  !(parsed instanceof SlsaGateError) &&
  parsed.kind === 'bundle' &&
  parsed.bundle.content.kind === 'message-signature';

const fileNameOf = (parsed: ArtifactReference): string | undefined =>
  parsed.kind === 'file' ? (parsed.path.split(/[\\/]/).at(-1) ?? parsed.path) : undefined;

/** A limit or a state of the artifact that prevents a decision is the answer for this artifact, not for all. */
async function decideOne(
  setting: Setting,
  open: () => Promise<Subject>,
  reference: string,
): Promise<ArtifactResult> {
  const { mode, trust, now } = setting;
  let subject: Subject;
  try {
    subject = await open();
  } catch (error) {
    if (!(error instanceof SlsaGateError) || (error.exitCode !== 1 && error.exitCode !== 2)) throw error;
    return toArtifactResult({ reference, mode, error, trust, now });
  }
  const { artifact, expectations, found, sources } = subject;
  const context = found.some(isMessageSignature)
    ? { ...setting.context, verifyPrehash: (await import('../core/verify/prehash.ts')).verifyPrehash }
    : setting.context;
  const checks: AttestationCheck[] = found.map((one) =>
    checkAttestation(one, artifact, expectations, context),
  );
  return toArtifactResult({
    reference: subject.reference,
    mode,
    digests: expectations.subject.kind === 'artifact' ? expectations.subject.digests : {},
    decision: decide(checks, sources),
    checks,
    sources,
    trust,
    now,
  });
}

const WORST_FIRST: readonly Verdict[] = ['deny', 'indeterminate', 'allow'];

function toDocument(results: readonly ArtifactResult[]): ResultDocument {
  const verdict = WORST_FIRST.find((candidate) => results.some((result) => result.verdict === candidate));
  if (verdict === undefined) refuse('usage.no-artifact', 'no artifact given');
  return { schemaVersion: 1, verdict, results };
}
