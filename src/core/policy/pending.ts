import { APPROVAL_RULES, FRESHNESS_RULES } from './rules.ts';
import type { Policy, PolicyEnvironment } from './schema.ts';

const NOT_YET: readonly string[] = [...FRESHNESS_RULES, ...APPROVAL_RULES];

/**
 * What of a policy blocks whatever is promoted, in sentences: drafts, and demands that this version accepts and cannot
 * evaluate yet.
 */
export function pendingOf(policy: Policy): readonly string[] {
  const draft = policy.draft === true ? ['draft: true: gate refuses a draft'] : [];
  return [
    ...draft,
    ...Object.entries(policy.environments).flatMap(([name, environment]) =>
      keysOf(environment).map(
        (key) => `environments.${name}.${key} is not evaluated yet, so everything to ${name} is blocked`,
      ),
    ),
  ];
}

function keysOf({ freshness, approvals, clock, rules }: PolicyEnvironment): readonly string[] {
  return [
    ...(freshness === undefined ? [] : ['freshness']),
    ...(approvals === undefined ? [] : ['approvals']),
    ...(clock === 'corroborated' ? ['clock'] : []),
    ...(rules?.required?.some((rule) => NOT_YET.includes(rule)) ? ['rules.required'] : []),
  ];
}
