import { parseAttestations } from '../../core/attestation/parse.ts';
import { encodeClock } from '../../core/clock.ts';
import { decisionDigest } from '../../core/evidence/decision-digest.ts';
import { CLOCK_FACT } from '../../core/model/fact.ts';
import type { ArtifactResult, ResultDocument } from '../../core/model/result.ts';
import { type Requirements, toRequirements } from '../../core/policy/requirements.ts';
import type { TrustRootBytes } from '../../core/ports.ts';
import { attempt, refuse, SlsaGateError } from '../../errors.ts';
import { artifactDigestOf } from '../evidence/read-record.ts';
import { toTrustedRoot } from '../known-roots.ts';
import { type NamedArtifact, toNamedArtifact } from '../open-artifact.ts';
import { toArtifactResult } from '../report.ts';
import { type LogsRead, readLogs, toWitnessFacts } from '../sources/check-logs.ts';
import { toDocument } from '../verify.ts';
import { acceptOverride } from './accept-override.ts';
import { askAboutArtifacts, type GateAsked } from './ask.ts';
import { checkEvidence } from './check-evidence.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import { fileNameOf, loadPolicy } from './load-policy.ts';
import { loadRoots } from './load-roots.ts';
import { type LoggedSummaries, readLoggedSummaries } from './logged-summaries.ts';
import type { CatalogueFile, GateMaterial, LoadedPolicy } from './material.ts';
import { openGateArtifact } from './open.ts';
import { overriddenDenials, pastDenials } from './past-denials.ts';
import { type GatePromotion, preparePromotion } from './promotion.ts';
import { recordDecision } from './record.ts';
import { remember } from './remember.ts';
import type { GateEvidence, GatePorts, GateRequest } from './requests.ts';
import { dryRun, notRecorded, recorded, toGateResult } from './result.ts';
import { assertWithoutCredentials } from './without-credentials.ts';

/** What all artifacts of one run share. */
interface Setting {
  readonly request: GateRequest;
  readonly ports: GatePorts;
  readonly now: Date;
  readonly policy: LoadedPolicy;
  /** Its name in the policy, also where an alias was given. */
  readonly environment: string;
  readonly catalogue: CatalogueFile | null;
  readonly roots: readonly TrustRootBytes[];
  readonly override: Uint8Array | null;
  readonly ephemeral: boolean;
  readonly logs: LoggedSummaries;
  readonly promotion: GatePromotion | undefined;
}

/**
 * Decides each artifact by the policy, puts every decision on record, and only then answers. Several artifacts: the worst
 * verdict stands for the document.
 *
 * @throws SlsaGateError for usage, policy, trusted roots and evidence that cannot be used; then nothing is decided
 */
export async function gateArtifacts(request: GateRequest, ports: GatePorts): Promise<ResultDocument> {
  const now = ports.now();
  const policy = await loadPolicy(request.policy, ports);
  const requirements = toRequirements(policy.policy, request.environment);
  const { evidence } = ports;
  if (evidence === undefined && !request.dryRun) {
    return refuse('evidence.config', 'gate needs an evidence file', {
      hint: 'Make one with slsa-gate evidence init and name it with --evidence, or try out with --dry-run.',
    });
  }
  const { ephemeral, warning } =
    evidence === undefined || request.dryRun
      ? { ephemeral: false, warning: undefined }
      : checkEvidence(evidence, requirements);
  if (warning !== undefined) ports.warn(warning);
  assertWithoutCredentials(request);
  const named: NamedArtifact[] = [];
  for (const artifact of request.artifacts) named.push(await toNamedArtifact(artifact));
  for (const { parsed } of named) if (parsed.kind === 'file') await ports.artifacts.check(parsed.path);
  if (named.length === 0) refuse('usage.no-artifact', 'no artifact given');
  const promotion = await preparePromotion(request, named, ports);
  try {
    return await decideAll({ request, ports, now, policy, ephemeral, promotion }, named, requirements);
  } finally {
    await promotion?.close();
  }
}

async function decideAll(
  begun: Pick<Setting, 'request' | 'ports' | 'now' | 'policy' | 'ephemeral' | 'promotion'>,
  named: readonly NamedArtifact[],
  requirements: Requirements,
): Promise<ResultDocument> {
  const { request, ports, policy, now } = begun;
  const files = await ports.attestations.collect(request.bundles);
  const logs = await readLoggedSummaries(request.evidenceLogs, ports.openPack);
  const asked = await askAboutArtifacts(named, files, { request, policy: policy.policy, ports });
  const setting: Setting = {
    ...begun,
    environment: requirements.environment,
    catalogue: request.catalogue === undefined ? null : await readCatalogue(request.catalogue, ports),
    roots: await loadRoots(policy.policy, request.policy.path, requirements, ports.trust, now),
    override: request.override === undefined ? null : await ports.readFile(request.override),
    logs,
  };
  // Evaluated one after the other; what waits for its record waits together, so that records share a commit.
  const answers: Promise<Attempted>[] = [];
  for (const one of named) {
    try {
      answers.push(settled(await decideOne(setting, one, files, asked.get(one))));
    } catch (thrown) {
      answers.push(Promise.resolve({ thrown }));
      break;
    }
  }
  const results: ArtifactResult[] = [];
  for (const answer of await Promise.all(answers)) {
    if ('thrown' in answer) throw answer.thrown;
    results.push(answer.result);
  }
  return toDocument(results);
}

const readCatalogue = async (path: string, { readFile }: GatePorts): Promise<CatalogueFile> => ({
  fileName: fileNameOf(path),
  bytes: await readFile(path),
});

type Attempted = { readonly result: ArtifactResult } | { readonly thrown: unknown };

/** A failure is kept until all others have answered: none of them may be cut off between its record and its answer. */
const settled = ({ answer }: Pending): Promise<Attempted> =>
  answer.then(
    (result) => ({ result }),
    (thrown: unknown) => ({ thrown }),
  );

/** An answer that may still wait for its record. */
interface Pending {
  readonly answer: Promise<ArtifactResult>;
}

async function decideOne(
  setting: Setting,
  named: NamedArtifact,
  files: Parameters<typeof openGateArtifact>[1],
  asked: GateAsked | undefined,
): Promise<Pending> {
  const { request, ports, now, policy } = setting;
  const requests = asked?.exchanges;
  let material: GateMaterial;
  try {
    if (asked !== undefined && 'error' in asked) throw asked.error;
    const opened = await openGateArtifact(named, files, request, setting.environment, ports, asked?.located);
    const { logs } = setting;
    material = {
      ...opened,
      sources: request.evidenceLogs.length === 0 ? opened.sources : [...opened.sources, logs.source],
      logged: logs.logged,
      environment: setting.environment,
      verifierId: ports.evidence?.verifierId ?? 'none',
      policy,
      catalogue: setting.catalogue,
      roots: setting.roots,
      now,
    };
  } catch (error) {
    if (!(error instanceof SlsaGateError) || (error.exitCode !== 1 && error.exitCode !== 2)) throw error;
    const { reference } = named;
    return {
      answer: Promise.resolve(
        toArtifactResult({ reference, mode: 'gate', error, trust: { reports: [] }, now, requests }),
      ),
    };
  }
  const read = request.checkLog === true ? await withLogs(material, ports) : { material, exchanges: [] };
  const evaluation = await evaluate(read.material);
  const all =
    requests === undefined && read.exchanges.length === 0
      ? undefined
      : [...(requests ?? []), ...read.exchanges];
  return {
    answer: request.dryRun ? decideDry(evaluation, setting, all) : decideForRecord(evaluation, setting, all),
  };
}

/** What the logs have now becomes a fact, so that the answer can be given again from the record. */
async function withLogs(
  material: GateMaterial,
  { openSources }: GatePorts,
): Promise<{ readonly material: GateMaterial } & Pick<LogsRead, 'exchanges'>> {
  const parsing = attempt(() =>
    parseAttestations(material.sources.flatMap(({ attestations }) => attestations)),
  );
  let read: LogsRead = { exchanges: [], clocks: [] };
  if ('error' in parsing) return { material, exchanges: [] };
  const roots = material.roots.map(({ bytes, name }) => toTrustedRoot(bytes, name));
  const witnesses = await readLogs(parsing.value, roots, openSources, (run) => {
    read = run;
  });
  const facts = [...material.facts, ...toWitnessFacts(witnesses)];
  // Logs are servers too, and where no source was asked they alone tell the time.
  const isTimed = read.clocks.length === 0 || facts.some(({ name }) => name === CLOCK_FACT);
  const clock = isTimed ? [] : [{ name: CLOCK_FACT, bytes: encodeClock(read.clocks) }];
  return { material: { ...material, facts: [...facts, ...clock] }, exchanges: read.exchanges };
}

type Requests = GateAsked['exchanges'] | undefined;

async function decideDry(
  evaluation: Evaluation,
  { ports, now }: Setting,
  requests: Requests,
): Promise<ArtifactResult> {
  const { evidence } = ports;
  const { inputs, outcome } = evaluation;
  if (evidence === undefined) {
    const digest = decisionDigest(inputs, outcome);
    return toGateResult({ inputs, outcome, digest, recordId: null, record: dryRun(), now, requests });
  }
  const { log, recordKeys } = evidence;
  const place = {
    artifactDigest: artifactDigestOf(inputs.artifact.digests),
    environment: inputs.environment,
  };
  const remembered = remember(evaluation, {
    denials: await pastDenials(log.store, place, recordKeys),
    overridden: await overriddenDenials(log.store, place, recordKeys, now.getTime()),
    override: null,
  });
  return toGateResult({ ...remembered, recordId: null, record: dryRun(), now, requests });
}

async function decideForRecord(
  evaluation: Evaluation,
  setting: Setting,
  requests: Requests,
): Promise<ArtifactResult> {
  const { request, ports, now, policy, override, ephemeral } = setting;
  const { inputs, outcome } = evaluation;
  const { digests } = inputs.artifact;
  const { random, version } = ports;
  const evidence = signing(ports.evidence);
  let recordId: string | null = null;
  let decided: { inputs: typeof inputs; outcome: typeof outcome; digest: string | null } = {
    inputs,
    outcome,
    digest: null,
  };
  try {
    if (override !== null && !mayLift(evaluation)) {
      ports.warn(
        'the override was not put on record: something else than an earlier denial stands in the way',
      );
    } else if (override !== null) {
      const place = { artifactDigest: artifactDigestOf(digests), environment: inputs.environment };
      await acceptOverride(override, place, { evidence, policy: policy.policy, now, random });
    }
    const { requester } = request;
    const context = { evidence, requester, override, ephemeral, requests, version, now, random };
    const { remembered, appended, payloads } = await recordDecision(evaluation, context);
    decided = remembered;
    recordId = appended.record.recordId;
    for (const { sink, isRequired } of evidence.sinks) {
      await toSink(sink, { recordId, payloads }, isRequired, ports.warn);
    }
    const isAllowed = decided.outcome.verdict === 'allow';
    const promotion = isAllowed ? await setting.promotion?.promote(artifactDigestOf(digests)) : undefined;
    const record = recorded(recordId, appended.seq);
    return toGateResult({ ...decided, recordId, record, promotion, now, requests });
  } catch (error) {
    if (!(error instanceof SlsaGateError) || ![1, 2, 3].includes(error.exitCode)) throw error;
    return toGateResult({ ...decided, recordId, record: notRecorded(error), now, requests });
  }
}

/**
 * An override lifts earlier denials and nothing else: where the policy itself denies, it is not accepted. So neither can a
 * policy that is no source of policy name who may override, nor an override that is none keep a denial off the record.
 */
const mayLift = ({ outcome }: Evaluation): boolean => outcome.verdict === 'allow';

/** A required sink must have everything before anything is allowed; another one may be late. */
async function toSink(
  sink: GateEvidence['sinks'][number]['sink'],
  pack: Parameters<typeof sink.store>[0],
  isRequired: boolean,
  warn: (message: string) => void,
): Promise<void> {
  try {
    await sink.store(pack);
  } catch (cause) {
    if (!(cause instanceof SlsaGateError)) throw cause;
    if (isRequired) {
      refuse('evidence.sink', `the sink ${sink.name} did not acknowledge the record: ${cause.message}`, {
        cause,
      });
    }
    warn(`the sink ${sink.name} did not take the record: ${cause.message}`);
  }
}

function signing(evidence: GateEvidence | undefined) {
  const recordSigner = evidence?.recordSigner;
  if (evidence === undefined || recordSigner === undefined)
    return refuse('evidence.config', 'no record signer is configured, so nothing can be recorded');
  return { ...evidence, recordSigner };
}
