import { compareFact, type Interpreted, type Rule } from './rule.ts';

/** The build was made from exactly this commit, named in full. */
export const sourceCommit: Rule<Interpreted> = {
  id: 'source-commit',
  spec: 'Fulcio OID 1.3.6.1.4.1.57264.1.13',
  expected: ({ sourceCommit: commit }) => commit,
  check: ({ facts }, { sourceCommit: expected = '' }) =>
    compareFact('commit', [expected], facts?.sourceCommit, 'source.commit'),
};
