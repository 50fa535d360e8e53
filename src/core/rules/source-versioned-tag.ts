import { isVersionOf, parseVersion } from '../model/version.ts';
import { fails, holds, type Interpreted, type Rule } from './rule.ts';

const TAG = 'refs/tags/';

/** The build was made from a tag that is a version of the expected one: `v1` has `v1.2.3`, never `v10.0.0`. */
export const sourceVersionedTag: Rule<Interpreted> = {
  id: 'source-versioned-tag',
  spec: 'Semantic Versioning 2.0.0',
  expected: ({ sourceVersionedTag: tag }) => tag && `a version of ${tag}`,
  check({ facts }, { sourceVersionedTag: wanted }) {
    const actual = facts?.sourceRef;
    if (actual === undefined) return fails('cert.claim-missing', 'nothing proven names the ref', undefined);
    if (!actual.startsWith(TAG)) return fails('source.ref-type', 'not built from a tag', actual);
    const expected = wanted === undefined ? undefined : parseVersion(wanted);
    const version = parseVersion(actual.slice(TAG.length));
    if (expected === undefined || version === undefined) {
      return fails('source.version', 'the tag is no version', actual);
    }
    return isVersionOf(version, expected)
      ? holds(actual)
      : fails('source.version', 'built from another version', actual);
  },
};
