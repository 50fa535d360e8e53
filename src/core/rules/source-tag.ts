import { fails, holds, type Interpreted, type Rule } from './rule.ts';

const TAG = 'refs/tags/';

/** The build was made from the expected tag. */
export const sourceTag: Rule<Interpreted> = {
  id: 'source-tag',
  spec: 'Fulcio OID 1.3.6.1.4.1.57264.1.14',
  expected: ({ sourceTag: tag }) => tag,
  check({ facts }, { sourceTag: expected }) {
    const actual = facts?.sourceRef;
    if (actual === undefined) return fails('cert.claim-missing', 'nothing proven names the ref', undefined);
    if (!actual.startsWith(TAG)) return fails('source.ref-type', 'not built from a tag', actual);
    return actual === expected ? holds(actual) : fails('source.tag', 'built from another tag', actual);
  },
};
