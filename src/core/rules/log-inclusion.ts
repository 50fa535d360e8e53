import { holds, type Rule, type Stated } from './rule.ts';

/**
 * Every log entry is proven to be in its log. A bundle v0.1 may have the log's signed promise alone: that is let through
 * by the verifier, and said here.
 */
export const logInclusion: Rule<Stated> = {
  id: 'log-inclusion',
  spec: 'Sigstore bundle format v0.1 to v0.3, inclusionProof',
  expected(_, verified) {
    const entries = verified?.bundle?.logEntries ?? [];
    return entries.length === 0 ? undefined : 'an inclusion proof under a signed checkpoint';
  },
  check({ verified }) {
    const promised = (verified.bundle?.logEntries ?? []).some(({ hasInclusionProof }) => !hasInclusionProof);
    return promised
      ? {
          holds: true,
          actual: "the log's signed promise alone",
          weakened: 'bundle v0.1 without inclusion proof',
        }
      : holds('an inclusion proof');
  },
};
