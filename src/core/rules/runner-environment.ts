import { compareFact, type Interpreted, type Rule } from './rule.ts';

/** The build ran on the expected kind of runner. */
export const runnerEnvironment: Rule<Interpreted> = {
  id: 'runner-environment',
  spec: 'Fulcio OID 1.3.6.1.4.1.57264.1.11',
  expected: ({ runnerEnvironment: runner }) => runner,
  check: ({ facts }, { runnerEnvironment: expected = '' }) =>
    compareFact('runner', expected, facts?.runnerEnvironment, 'runner.self-hosted'),
};
