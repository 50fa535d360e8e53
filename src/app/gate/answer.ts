import { decisionDigest } from '../../core/evidence/decision-digest.ts';
import type { ArtifactResult } from '../../core/model/result.ts';
import type { Exchange } from '../../core/source-ports.ts';
import { refuse, SlsaGateError } from '../../errors.ts';
import { artifactDigestOf } from '../evidence/read-record.ts';
import { acceptOverride } from './accept-override.ts';
import type { Evaluation } from './evaluate.ts';
import type { LoadedPolicy } from './material.ts';
import { overriddenDenials, pastDenials } from './past-denials.ts';
import type { GatePromotion } from './promotion.ts';
import { recordDecision } from './record.ts';
import { remember } from './remember.ts';
import type { GateEvidence, GatePorts, GateRequest } from './requests.ts';
import { dryRun, notRecorded, recorded, toGateResult } from './result.ts';

/** What is needed once an artifact is decided, until it is answered. */
export interface AnswerSetting {
  readonly request: GateRequest;
  readonly ports: GatePorts;
  readonly now: Date;
  readonly policy: LoadedPolicy;
  readonly override: Uint8Array | null;
  readonly ephemeral: boolean;
  readonly promotion: GatePromotion | undefined;
}

/** Requests that were made about the artifact; undefined where nobody was asked. */
type Requests = readonly Exchange[] | undefined;

/** What would be answered, by what is on record; nothing is written. */
export async function decideDry(
  evaluation: Evaluation,
  { ports, now }: AnswerSetting,
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

/** Puts the decision on record, hands it to the sinks, moves the tag, and only then answers. */
export async function decideForRecord(
  evaluation: Evaluation,
  setting: AnswerSetting,
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
