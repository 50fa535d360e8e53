import { LIMITS } from '../limits.ts';
import type { SummaryExpectation } from '../model/expectations.ts';
import type { VerificationSummary } from '../model/verification-summary.ts';
import { type Check, fails, holds, type Interpreted, type Rule } from './rule.ts';

const TRACK_LEVEL = /^SLSA_([A-Z]+)_LEVEL_(0|[1-9][0-9]{0,2})$/;
const MAX_LEVEL = 3;

/** The expected verifier found that this resource passed, at these levels. */
export const verificationSummary: Rule<Interpreted> = {
  id: 'verification-summary',
  spec: 'SLSA verification summary v1, "How to verify"',
  expected({ summary }) {
    if (summary === undefined) return undefined;
    const { verifierId, resourceUri, verifiedLevels } = summary;
    return `PASSED for ${resourceUri.describe} by ${verifierId}${verifiedLevels.length === 0 ? '' : ` at ${verifiedLevels.join(', ')}`}`;
  },
  check({ summary, nowMs }, { summary: expected }) {
    if (summary === undefined || expected === undefined) {
      return fails('predicate.type', 'not a verification summary', undefined);
    }
    return checkSummary(summary, expected, nowMs);
  },
};

function checkSummary(summary: VerificationSummary, expected: SummaryExpectation, nowMs: number): Check {
  const { verifierId, resourceUri, result, verifiedLevels, timeVerifiedMs, policyDigest } = summary;
  if (verifierId === expected.ownVerifierId)
    return fails('vsa.self', 'this gate wrote the summary itself', verifierId);
  if (verifierId !== expected.verifierId)
    return fails('vsa.verifier', 'another verifier wrote the summary', verifierId);
  if (!expected.resourceUri.matches(resourceUri)) {
    return fails('vsa.resource', 'the summary is about another resource', resourceUri);
  }
  if (result !== 'PASSED') return fails('vsa.result', 'the verifier did not let it pass', result);
  const unmet = expected.verifiedLevels.filter((level) => !isReached(level, verifiedLevels));
  if (unmet.length > 0) {
    return fails('vsa.level', `level is not reached: ${unmet.join(', ')}`, verifiedLevels.join(', '));
  }
  const policy = expected.policyDigest;
  if (
    policy !== undefined &&
    (!Object.hasOwn(policyDigest, policy.algorithm) || policyDigest[policy.algorithm] !== policy.value)
  ) {
    return fails('vsa.policy-digest', 'the verifier used another policy', printDigests(policyDigest));
  }
  return (
    checkTime(timeVerifiedMs, expected.maxAgeMs, nowMs) ?? holds(`PASSED for ${resourceUri} by ${verifierId}`)
  );
}

/** The time is the verifier's own word: it can only make a summary worse. */
function checkTime(
  timeMs: number | undefined,
  maxAgeMs: number | undefined,
  nowMs: number,
): Check | undefined {
  if (timeMs === undefined) {
    return maxAgeMs === undefined
      ? undefined
      : fails('vsa.stale', 'the summary does not say when it was made', undefined);
  }
  const actual = new Date(timeMs).toISOString();
  if (timeMs > nowMs + LIMITS.clockSkewMs)
    return fails('vsa.stale', 'the summary is from the future', actual);
  return maxAgeMs !== undefined && nowMs - timeMs > maxAgeMs
    ? fails('vsa.stale', 'the summary is too old', actual)
    : undefined;
}

/** A level of a SLSA track is reached by a higher one of the same track; any other level only by itself. */
function isReached(expected: string, verified: readonly string[]): boolean {
  const [, track, wanted] = TRACK_LEVEL.exec(expected) ?? [];
  if (track === undefined) return !expected.startsWith('SLSA_') && verified.includes(expected);
  return verified.some((level) => {
    const [, actualTrack, actual] = TRACK_LEVEL.exec(level) ?? [];
    return actualTrack === track && Number(actual) >= Number(wanted) && Number(actual) <= MAX_LEVEL;
  });
}

const printDigests = (digests: Readonly<Record<string, string>>): string =>
  Object.entries(digests)
    .map(([algorithm, value]) => `${algorithm}:${value}`)
    .join(', ') || 'none';
