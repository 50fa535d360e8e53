import type { DigestSet } from './digest.ts';

/** Predicate type of SLSA verification summary attestations (VSA). */
export const VERIFICATION_SUMMARY_TYPE = 'https://slsa.dev/verification_summary/v1';

/** What a verifier says that it found. */
export interface VerificationSummary {
  readonly verifierId: string;
  readonly resourceUri: string;
  readonly result: 'PASSED' | 'FAILED';
  /** At least one, e.g. `SLSA_BUILD_LEVEL_3`. */
  readonly verifiedLevels: readonly string[];
  /** Milliseconds since 1970, as the verifier wrote it. */
  readonly timeVerifiedMs: number | undefined;
  /** Digests of the policy; empty where none is named. */
  readonly policyDigest: DigestSet;
}
