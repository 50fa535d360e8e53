import { compareFact, fails, holds, type Interpreted, type Rule } from './rule.ts';

/** Events that run with the rights of the default branch while they may build somebody else's code. */
const BORROWED_RIGHTS = new Set(['pull_request_target', 'workflow_run', 'issue_comment']);

/** The build was started by the expected event; with none named, by none that lends its rights to strangers. */
export const buildTrigger: Rule<Interpreted> = {
  id: 'build-trigger',
  spec: 'Fulcio OID 1.3.6.1.4.1.57264.1.20',
  expected({ trigger, source }) {
    if (trigger !== undefined) return trigger;
    return source === undefined ? undefined : `none of ${[...BORROWED_RIGHTS].join(', ')}`;
  },
  check({ facts }, { trigger: expected }) {
    const actual = facts?.trigger;
    if (expected !== undefined)
      return compareFact('event that started the build', expected, actual, 'build.trigger');
    if (actual !== undefined && BORROWED_RIGHTS.has(actual)) {
      return fails(
        'build.trigger',
        'the event runs with the rights of the default branch on behalf of others',
        actual,
        `Name it, if it is meant: --build-trigger ${actual}.`,
      );
    }
    return holds(actual ?? 'not named');
  },
};
