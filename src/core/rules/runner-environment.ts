import { compareFact, type Interpreted, type Rule } from './rule.ts';

/** The build ran on an expected kind of runner. */
export const runnerEnvironment: Rule<Interpreted> = {
  id: 'runner-environment',
  spec: 'Fulcio OID 1.3.6.1.4.1.57264.1.11',
  expected: ({ runnerEnvironments: runners }) => runners?.join(' or '),
  check: ({ facts }, { runnerEnvironments: expected }) =>
    compareFact('runner', expected ?? [], facts?.runnerEnvironment, 'runner.self-hosted'),
};
