import type { Sha256Hex } from '../model/evidence.ts';
import type { Json } from '../model/json.ts';
import { VERIFICATION_SUMMARY_TYPE } from '../model/verification-summary.ts';
import { toCanonicalJson } from './canonical.ts';
import { DECISION_TYPE, type DecisionRecord } from './record.ts';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const STATEMENT_PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** An in-toto statement v1 in its one spelling. */
export const toStatement = (
  predicateType: string,
  subject: { readonly name: string; readonly digest: Readonly<Record<string, string>> },
  predicate: Json,
): Buffer =>
  Buffer.from(
    toCanonicalJson({ _type: STATEMENT_TYPE, subject: [{ ...subject }], predicateType, predicate }),
  );

/** Fields that are objects of ours become what JSON makes of them: an error of a finding is its code and text. */
const toJson = (value: unknown): Json => JSON.parse(JSON.stringify(value, withoutErrors)) as Json;

const withoutErrors = (_key: string, value: unknown): unknown =>
  value instanceof Error ? { message: value.message } : value;

/** The record of a decision: everything, for those who may see it. */
export const toDecisionStatement = (record: DecisionRecord): Buffer =>
  toStatement(DECISION_TYPE, subjectOf(record), toJson(record));

const subjectOf = ({ inputs: { artifact } }: DecisionRecord) => ({
  name: artifact.reference,
  digest: artifact.digests,
});

/**
 * The verification summary (SLSA VSA v1) of a decision, for consumers; it names the record by digest. Undefined for an
 * indeterminate answer, of which there is nothing to say.
 */
export function toSummaryStatement(record: DecisionRecord, recordDigest: Sha256Hex): Buffer | undefined {
  const { inputs, outcome, decidedAt, gate } = record;
  if (outcome.verdict === 'indeterminate') return undefined;
  const isPassed = outcome.verdict === 'allow';
  return toStatement(VERIFICATION_SUMMARY_TYPE, subjectOf(record), {
    verifier: { id: inputs.verifierId, version: { [gate.name]: gate.version } },
    timeVerified: decidedAt,
    resourceUri: inputs.resourceUri,
    policy: { uri: inputs.policy.name, digest: { sha256: withoutAlgorithm(inputs.policy.digest) } },
    inputAttestations: [
      { uri: `${DECISION_TYPE}#${record.recordId}`, digest: { sha256: recordDigest } },
      ...inputs.candidates.map(({ digest }) => ({
        uri: 'attestation',
        digest: { sha256: withoutAlgorithm(digest) },
      })),
    ],
    verificationResult: isPassed ? 'PASSED' : 'FAILED',
    verifiedLevels: [isPassed ? `SLSA_BUILD_LEVEL_${outcome.slsaBuildLevel}` : 'FAILED'],
    slsaVersion: '1.0',
  });
}

const withoutAlgorithm = (digest: string): string => digest.slice(digest.indexOf(':') + 1);
