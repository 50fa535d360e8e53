import { fails, holds, type Interpreted, type Rule } from './rule.ts';

const PULL_REQUEST = /^refs\/(?:pull|merge-requests)\//;

/** The build was made from one of the listed refs, fully qualified and in its own case. Pull requests are none. */
export const sourceRef: Rule<Interpreted> = {
  id: 'source-ref',
  spec: 'Fulcio OID 1.3.6.1.4.1.57264.1.14',
  expected: ({ sourceRefs: refs }) => refs?.map(({ describe }) => describe).join(' or '),
  check({ facts }, { sourceRefs: expected }) {
    const actual = facts?.sourceRef;
    if (actual === undefined) return fails('cert.claim-missing', 'nothing proven names the ref', undefined);
    if (PULL_REQUEST.test(actual)) {
      return fails('source.fork', 'built from a proposal that was not merged', actual);
    }
    return expected?.some((ref) => ref.matches(actual)) === true
      ? holds(actual)
      : fails('source.ref', `built from ${actual}`, actual);
  },
};
