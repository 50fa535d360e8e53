import { fails, holds, type Interpreted, type Rule } from './rule.ts';

const BRANCH = 'refs/heads/';
const TAG = 'refs/tags/';

/**
 * The build was made from the expected branch, or from a tag that was made from it, where the builder can be believed
 * about that. Refs are case-sensitive and fully qualified.
 */
export const sourceBranch: Rule<Interpreted> = {
  id: 'source-branch',
  spec: 'Fulcio OID 1.3.6.1.4.1.57264.1.14',
  expected: ({ sourceBranch: branch }) => branch,
  check({ facts }, { sourceBranch: expected }) {
    const actual = facts?.sourceRef;
    if (actual === undefined) return fails('cert.claim-missing', 'nothing proven names the ref', undefined);
    const base = facts?.baseBranch;
    if (actual.startsWith(TAG) && base !== undefined) {
      const described = `${actual}, made from ${base}`;
      return base === expected
        ? holds(described)
        : fails('source.branch', 'built from a tag of another branch', described);
    }
    if (!actual.startsWith(BRANCH)) {
      return fails('source.ref-type', 'not built from a branch', actual);
    }
    return actual === expected ? holds(actual) : fails('source.branch', 'built from another branch', actual);
  },
};
