import { type AttestationCheck, type CheckContext, checkAttestation } from '../core/attestation/check.ts';
import { type FoundAttestation, parseAttestations } from '../core/attestation/parse.ts';
import type { BundleVerifier } from '../core/attestation/verify.ts';
import { decide } from '../core/decide.ts';
import type { LoggedLeaf } from '../core/model/evidence.ts';
import type { Expectations } from '../core/model/expectations.ts';
import type { ArtifactResult, ResultDocument, Verdict } from '../core/model/result.ts';
import type { SourceRepository } from '../core/model/source-uri.ts';
import type { CollectedAttestations } from '../core/ports.ts';
import type { PrehashVerifier } from '../core/verify/signature.ts';
import { verifyBundle } from '../core/verify/verify-bundle.ts';
import { type Attempt, attempt, isAnswer, refuse, SlsaGateError } from '../errors.ts';
import {
  namesPattern,
  type PatternCompiler,
  toExactDigest,
  toExpectations,
  toSignerExpectation,
} from './expectations.ts';
import { loadCatalogue } from './load-catalogue.ts';
import { type LoadedTrust, loadTrust } from './load-trust.ts';
import { type NamedArtifact, openArtifact, type Subject, toNamedArtifact } from './open-artifact.ts';
import { type Mode, toArtifactResult } from './report.ts';
import type {
  BundleVerifyRequest,
  KeyInput,
  SignerInput,
  VerificationInput,
  VerificationPorts,
  VerifyRequest,
} from './requests.ts';
import { type Asked, askAbout } from './sources/ask.ts';
import { readLogs } from './sources/check-logs.ts';
import { parseSourceNames } from './sources/choose.ts';
import { assertReachable, toWanted, type WantedArtifact } from './sources/want.ts';
import { withClock } from './sources/with-clock.ts';

/** Everything that one run decides with; the same for each artifact. */
interface Setting {
  readonly mode: Mode;
  readonly ports: VerificationPorts;
  readonly now: Date;
  readonly context: CheckContext;
  readonly trust: LoadedTrust;
  readonly files: CollectedAttestations;
  /** What the files hold; a limit that they exceed is told for each artifact. */
  readonly filesFound: Attempt<readonly FoundAttestation[]>;
  /** What came of asking the sources, for those artifacts that some were asked about. */
  readonly asked: ReadonlyMap<NamedArtifact, AskedArtifact>;
}

type AskedArtifact = Asked & { readonly bytes: Uint8Array | undefined };

/**
 * Decides each artifact; the worst verdict stands for the document. Every artifact is looked for before the first one is
 * decided, so that a wrong path is told at once.
 *
 * @throws SlsaGateError for usage, and for trusted roots that cannot be used
 */
export async function verifyArtifacts(
  request: VerifyRequest,
  ports: VerificationPorts,
): Promise<ResultDocument> {
  const expected = toExpectations(request.expectations, request, await patternCompiler(request.expectations));
  const named: NamedArtifact[] = [];
  for (const artifact of request.artifacts) named.push(await toNamedArtifact(artifact));
  for (const { parsed } of named) if (parsed.kind === 'file') await ports.artifacts.check(parsed.path);
  const key = request.expectations.key;
  const repositories = expected.source === undefined ? [] : [expected.source];
  const setting = await prepare('verify', request, { key, named, repositories }, ports);
  const results: ArtifactResult[] = [];
  for (const one of named) {
    results.push(await decideOne(setting, () => openNamed(setting, one, expected), one));
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
    results.push(await decideOne(setting, found, { reference: subjectDigest }));
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
  const named = artifact === undefined ? undefined : await toNamedArtifact(artifact);
  if (named?.parsed.kind === 'file') await ports.artifacts.check(named.parsed.path);
  const all = named === undefined ? [] : [named];
  const { key } = request.signer;
  const setting = await prepare('bundle-verify', request, { key, named: all, repositories: [] }, ports);
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
      ? openNamed(setting, named, expected)
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
  return toDocument([await decideOne({ ...setting, context }, open, named ?? { reference: name })]);
}

/** What is decided about, and whom to ask for it. */
interface Objects {
  readonly named: readonly NamedArtifact[];
  readonly repositories: readonly SourceRepository[];
  readonly key: KeyInput | undefined;
}

async function prepare(
  mode: Mode,
  request: VerificationInput & Pick<VerifyRequest, 'catalogue' | 'evidenceLogs'>,
  objects: Objects,
  ports: VerificationPorts,
): Promise<Setting> {
  const now = ports.now();
  const { files, logged } = await collect(request, ports);
  const filesFound = attempt(() => parseAttestations(files.attestations));
  const { asked, clocks } = await ask(request, objects, files, ports);
  const everything = [
    ...('error' in filesFound ? [] : filesFound.value),
    ...[...asked.values()].flatMap(foundAt),
  ];
  const loaded = await loadTrust(request, objects.key, everything, ports, now);
  const { catalogue, reports } = await loadCatalogue(request.catalogue, ports);
  const trust: LoadedTrust = { ...loaded, reports: [...loaded.reports, ...reports] };
  const context: CheckContext = {
    verifyBundle: await chooseVerifier(request),
    trust: trust.material,
    npmKeys: trust.npmKeys,
    cloudBuildKeys: trust.cloudBuildKeys,
    thresholds: trust.thresholds,
    verifyPrehash: verifiesNothing,
    nowMs: now.getTime(),
    catalogue,
    logged,
    ...(trust.weakened === undefined ? {} : { weakened: trust.weakened }),
    ...(request.checkLog === true
      ? { logWitnesses: (await readLogs(everything, trust.material.roots, ports.openSources)).witnesses }
      : {}),
  };
  return { mode, ports, now, context, trust, files, filesFound, asked: withClock(asked, clocks) };
}

/** Asks the sources about all artifacts that have some, together. */
async function ask(
  request: VerificationInput & Pick<VerifyRequest, 'evidenceLogs'>,
  { named, repositories }: Objects,
  files: CollectedAttestations,
  { artifacts, openSources, onAsked }: VerificationPorts,
) {
  const isGiven = request.bundles.length > 0 || (request.evidenceLogs ?? []).length > 0;
  const canAsk = openSources !== undefined;
  const choice = { named: parseSourceNames(request.sources ?? []), isGiven, canAsk, repositories };
  const { viaIndex } = request;
  const wanted = new Map<NamedArtifact, WantedArtifact>();
  for (const one of named) {
    const found = await toWanted(one, choice, { purl: undefined, withBytes: true }, artifacts);
    assertReachable(viaIndex, found);
    if (found !== undefined) wanted.set(one, found);
  }
  const given = isGiven ? [files] : [];
  const { asked, clocks } = await askAbout(wanted, { openSources, viaIndex, given, onAsked });
  const answers = [...asked].map(([one, answer]): [NamedArtifact, AskedArtifact] => [
    one,
    { ...answer, bytes: wanted.get(one)?.bytes },
  ]);
  return { asked: new Map(answers), clocks };
}

/** Only to learn which keys will be needed; what cannot be read is told when it is decided. */
function foundAt(asked: Asked): readonly FoundAttestation[] {
  if ('error' in asked) return [];
  const parsing = attempt(() =>
    parseAttestations(asked.located.collected.flatMap(({ attestations }) => attestations)),
  );
  return 'error' in parsing ? [] : parsing.value;
}

/** What files hold, and what exports of evidence logs add to it. */
async function collect(
  { bundles, evidenceLogs = [] }: VerificationInput & Pick<VerifyRequest, 'evidenceLogs'>,
  { attestations, openPack }: VerificationPorts,
): Promise<{ readonly files: CollectedAttestations; readonly logged: readonly LoggedLeaf[] }> {
  const files = await attestations.collect(bundles);
  if (evidenceLogs.length === 0) return { files, logged: [] };
  if (openPack === undefined) return refuse('internal.bug', 'exports of logs cannot be read here');
  const { readLoggedSummaries } = await import('./gate/logged-summaries.ts');
  const { source, logged } = await readLoggedSummaries(evidenceLogs, openPack);
  return { files: { ...files, attestations: [...files.attestations, ...source.attestations] }, logged };
}

function foundInFiles({ filesFound }: Setting): readonly FoundAttestation[] {
  if ('error' in filesFound) throw filesFound.error;
  return filesFound.value;
}

async function openNamed(
  setting: Setting,
  named: NamedArtifact,
  expected: Omit<Expectations, 'subject'>,
): Promise<Subject> {
  const asked = setting.asked.get(named);
  if (asked !== undefined && 'error' in asked) throw asked.error;
  const { bytes } = asked ?? {};
  return openArtifact(
    named,
    expected,
    { files: setting.files, found: foundInFiles(setting) },
    setting.ports.artifacts,
    asked && { ...asked.located, ...(bytes === undefined ? {} : { bytes }) },
  );
}

async function patternCompiler(input: SignerInput): Promise<PatternCompiler | undefined> {
  return namesPattern(input) ? (await import('../core/model/pattern.ts')).anchoredPattern : undefined;
}

/** The library of the second opinion is slow to load, so it is only when it is asked. */
async function chooseVerifier({ verifier }: VerificationInput): Promise<BundleVerifier> {
  if (verifier === 'strict') return verifyBundle;
  return (await import('../core/verify/second-opinion.ts')).verifyBoth;
}

/** Stands in for the curves of `prehash.ts`, which are slow to load, where no message signature is at hand. */
const verifiesNothing: PrehashVerifier = () => false;

const isMessageSignature = ({ parsed }: FoundAttestation): boolean =>
  !(parsed instanceof SlsaGateError) &&
  parsed.kind === 'bundle' &&
  parsed.bundle.content.kind === 'message-signature';

/** A limit or a state of the artifact that prevents a decision is the answer for this artifact, not for all. */
async function decideOne(
  setting: Setting,
  open: () => Promise<Subject>,
  named: NamedArtifact | { readonly reference: string },
): Promise<ArtifactResult> {
  const { mode, trust, now } = setting;
  const { reference } = named;
  const requests = 'parsed' in named ? setting.asked.get(named)?.exchanges : undefined;
  let subject: Subject;
  try {
    subject = await open();
  } catch (error) {
    if (!isAnswer(error)) throw error;
    return toArtifactResult({ reference, mode, error, trust, now, requests });
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
    requests,
  });
}

const WORST_FIRST: readonly Verdict[] = ['deny', 'indeterminate', 'allow'];

/** The worst verdict stands for the document; a document about nothing is refused. */
export function toDocument(results: readonly ArtifactResult[]): ResultDocument {
  const verdict = WORST_FIRST.find((candidate) => results.some((result) => result.verdict === candidate));
  if (verdict === undefined) refuse('usage.no-artifact', 'no artifact given');
  return { schemaVersion: 1, verdict, results };
}
