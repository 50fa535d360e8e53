import { decisionDigest } from '../../core/evidence/decision-digest.ts';
import type { ArtifactResult, ResultDocument } from '../../core/model/result.ts';
import { toRequirements } from '../../core/policy/requirements.ts';
import type { TrustRootBytes } from '../../core/ports.ts';
import { refuse, SlsaGateError } from '../../errors.ts';
import { artifactDigestOf } from '../evidence/read-record.ts';
import { type NamedArtifact, toNamedArtifact } from '../open-artifact.ts';
import { toArtifactResult } from '../report.ts';
import { toDocument } from '../verify.ts';
import { acceptOverride } from './accept-override.ts';
import { checkEvidence } from './check-evidence.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import { fileNameOf, loadPolicy } from './load-policy.ts';
import { loadRoots } from './load-roots.ts';
import { type LoggedSummaries, readLoggedSummaries } from './logged-summaries.ts';
import type { CatalogueFile, GateMaterial, LoadedPolicy } from './material.ts';
import { openGateArtifact } from './open.ts';
import { overriddenDenials, pastDenials } from './past-denials.ts';
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
  const files = await ports.attestations.collect(request.bundles);
  const logs = await readLoggedSummaries(request.evidenceLogs, ports.openPack);
  const setting: Setting = {
    request,
    ports,
    now,
    policy,
    environment: requirements.environment,
    catalogue: request.catalogue === undefined ? null : await readCatalogue(request.catalogue, ports),
    roots: await loadRoots(policy.policy, request.policy.path, requirements, ports.trust, now),
    override: request.override === undefined ? null : await ports.readFile(request.override),
    ephemeral,
    logs,
  };
  // Evaluated one after the other; what waits for its record waits together, so that records share a commit.
  const answers: Promise<Attempted>[] = [];
  for (const one of named) answers.push(settled(await decideOne(setting, one, files)));
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
): Promise<Pending> {
  const { request, ports, now, policy } = setting;
  let material: GateMaterial;
  try {
    const opened = await openGateArtifact(named, files, request, setting.environment, ports);
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
        toArtifactResult({ reference, mode: 'gate', error, trust: { reports: [] }, now }),
      ),
    };
  }
  const evaluation = await evaluate(material);
  return {
    answer: request.dryRun ? decideDry(evaluation, setting) : decideForRecord(evaluation, setting),
  };
}

async function decideDry(evaluation: Evaluation, { ports, now }: Setting): Promise<ArtifactResult> {
  const { evidence } = ports;
  const { inputs, outcome } = evaluation;
  if (evidence === undefined) {
    const digest = decisionDigest(inputs, outcome);
    return toGateResult({ inputs, outcome, digest, recordId: null, record: dryRun(), now });
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
  return toGateResult({ ...remembered, recordId: null, record: dryRun(), now });
}

async function decideForRecord(evaluation: Evaluation, setting: Setting): Promise<ArtifactResult> {
  const { request, ports, now, policy, override, ephemeral } = setting;
  const { inputs, outcome } = evaluation;
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
      const place = {
        artifactDigest: artifactDigestOf(inputs.artifact.digests),
        environment: inputs.environment,
      };
      await acceptOverride(override, place, { evidence, policy: policy.policy, now, random });
    }
    const context = { evidence, requester: request.requester, override, ephemeral, version, now, random };
    const { remembered, appended, payloads } = await recordDecision(evaluation, context);
    decided = remembered;
    recordId = appended.record.recordId;
    for (const { sink, isRequired } of evidence.sinks) {
      await toSink(sink, { recordId, payloads }, isRequired, ports.warn);
    }
    return toGateResult({ ...decided, recordId, record: recorded(recordId, appended.seq), now });
  } catch (error) {
    if (!(error instanceof SlsaGateError) || ![1, 2, 3].includes(error.exitCode)) throw error;
    return toGateResult({ ...decided, recordId, record: notRecorded(error), now });
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
