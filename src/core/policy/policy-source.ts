import type { AttestationCheck } from '../attestation/check.ts';
import type { Finding } from '../model/finding.ts';
import { blocks, passes } from './beside.ts';

/** Where a policy came from. */
export interface PolicyOrigin {
  readonly pinnedBy: 'digest' | 'key' | null;
  /** Commit of the checkout in which its file lies; null for none. */
  readonly checkout: string | null;
  /** A job of a CI read it. */
  readonly inPipeline: boolean;
}

const SPEC = 'slsa-gate policy, source of the policy';
const EXPECTED = 'a policy that the promoted revision cannot change';

/**
 * The policy is pinned, or its file is at least no part of the revision that is promoted: whoever changes the code would
 * change what is asked of it.
 */
export function checkPolicySource(
  { pinnedBy, checkout, inPipeline }: PolicyOrigin,
  checks: readonly AttestationCheck[],
): Finding {
  if (pinnedBy !== null) return passes('policy-source', EXPECTED, `pinned by ${pinnedBy}`, SPEC);
  // In a pipeline the file is what somebody checked out there: which commit it belongs to, only evidence could tell that the
  // policy itself lets count.
  const isOwn =
    checkout !== null && (inPipeline || checks.some(({ facts }) => facts?.sourceCommit === checkout));
  return isOwn
    ? blocks({
        rule: 'policy-source',
        code: 'policy.untrusted-source',
        outcome: 'fail',
        expected: EXPECTED,
        actual: `a file in the checkout of ${checkout}`,
        spec: SPEC,
      })
    : passes('policy-source', EXPECTED, 'a file that is no part of the promoted revision', SPEC);
}
