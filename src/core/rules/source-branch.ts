import { fails, holds, type Interpreted, type Rule } from './rule.ts';

const BRANCH = 'refs/heads/';

/** The build was made from the expected branch. Refs are case-sensitive and fully qualified. */
export const sourceBranch: Rule<Interpreted> = {
  id: 'source-branch',
  spec: 'Fulcio OID 1.3.6.1.4.1.57264.1.14',
  expected: ({ sourceBranch: branch }) => branch,
  check({ facts }, { sourceBranch: expected }) {
    const actual = facts?.sourceRef;
    if (actual === undefined) return fails('cert.claim-missing', 'nothing proven names the ref', undefined);
    if (!actual.startsWith(BRANCH)) {
      return fails('source.ref-type', 'not built from a branch', actual);
    }
    return actual === expected ? holds(actual) : fails('source.branch', 'built from another branch', actual);
  },
};
