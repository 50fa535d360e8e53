import { CODES } from '../../codes.ts';
import { kleeneOf, worstOf } from '../../core/decide.ts';
import type { DecisionInputs, DecisionOutcome } from '../../core/evidence/record.ts';
import type { Finding } from '../../core/model/finding.ts';
import type { ArtifactResult, Requested } from '../../core/model/result.ts';
import { blocks, passes } from '../../core/policy/beside.ts';
import type { SlsaGateError } from '../../errors.ts';
import { printDigest, toSourceReport } from '../report.ts';

const SPEC = 'slsa-gate, evidence';
const EXPECTED = 'a durable record under a signed checkpoint';

/** The finding of `evidence-record`: what became of the record. It is no part of the record itself. */
export const recorded = (recordId: string, seq: number): Finding =>
  passes('evidence-record', EXPECTED, `${recordId} at position ${seq}`, SPEC);

/** Without a record nothing is allowed. */
export const notRecorded = (error: SlsaGateError): Finding => ({
  ...blocks({
    rule: 'evidence-record',
    code: error.finding,
    outcome: CODES[error.finding].answer === 'deny' ? 'fail' : 'error',
    expected: EXPECTED,
    actual: error.actual ?? error.message,
    message: error.message,
    hint: error.hint,
    spec: SPEC,
  }),
  error,
});

export const dryRun = (): Finding =>
  blocks({
    rule: 'evidence-record',
    code: 'evidence.dry-run',
    outcome: 'error',
    expected: EXPECTED,
    actual: 'nothing was stored',
    spec: SPEC,
  });

export interface GateAnswer {
  readonly inputs: DecisionInputs;
  readonly outcome: DecisionOutcome;
  /** Hex; null where past denials could not be asked. */
  readonly digest: string | null;
  readonly recordId: string | null;
  /** What became of the record. */
  readonly record: Finding;
  /** What became of the tag; undefined where none is moved. */
  readonly promotion?: Finding | undefined;
  readonly now: Date;
  /** What was asked to find it; undefined where no source was. */
  readonly requests: readonly Requested[] | undefined;
}

/** The answer for one artifact: what was decided, and whether it is on record. */
export function toGateResult({
  inputs,
  outcome,
  digest,
  recordId,
  record,
  promotion,
  now,
  requests,
}: GateAnswer): ArtifactResult {
  const after = promotion === undefined ? [record] : [record, promotion];
  const findings = [...outcome.findings, ...after];
  // An allow that is not on record is none, and neither is one whose tag does not name what was allowed.
  const verdict = worstOf([outcome.verdict, kleeneOf(after)]);
  const blocking = after.find((finding) => finding.outcome !== 'pass');
  const reason = verdict === outcome.verdict ? outcome.reason : (blocking?.message ?? null);
  return {
    artifact: { reference: inputs.artifact.reference, digest: printDigest(inputs.artifact.digests) },
    resourceUri: inputs.resourceUri,
    environment: inputs.environment,
    asOf: now.toISOString(),
    verdict,
    slsaBuildLevel: outcome.slsaBuildLevel,
    recordId,
    mode: inputs.mode,
    ...(reason === null ? {} : { reason }),
    ...(digest === null ? {} : { decisionDigest: `sha256:${digest}` }),
    findings,
    attestations: outcome.attestations,
    facts: inputs.facts.map(({ name, digest: fact }) => ({
      source: name,
      readAt: now.toISOString(),
      digest: fact,
    })),
    sources: inputs.sources.map(toSourceReport),
    ...(requests === undefined ? {} : { requests }),
    trust: inputs.trust.map(({ name, digest: root, currentAt }) => ({
      name,
      digest: root,
      ageSeconds:
        currentAt === null ? null : Math.max(0, Math.floor((now.getTime() - Date.parse(currentAt)) / 1000)),
    })),
  };
}
