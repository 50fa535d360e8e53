import type { RuleId } from '../model/finding.ts';
import { toRequirements } from './requirements.ts';
import { APPROVAL_RULES, FRESHNESS_RULES } from './rules.ts';
import type { Policy, PolicyPackage } from './schema.ts';

const NOT_EVALUATED: readonly string[] = [...FRESHNESS_RULES, ...APPROVAL_RULES, 'clock-corroboration'];

/** Rules that no source can answer yet; whoever asks them is blocked. */
export const isNotEvaluatedYet = (rule: RuleId): boolean => NOT_EVALUATED.includes(rule);

/**
 * Rules that a key of the policy asks and that decide in some environment: by each of them the policy can deny. What
 * holds whatever a policy says, signatures and digests among them, is not listed, unless the policy names it.
 */
export function askedRules(policy: Policy): readonly RuleId[] {
  const ofPackages = policy.packages.flatMap(rulesOfPackage);
  const asked = Object.keys(policy.environments).flatMap((name) => {
    const { demands, factRules, vetoes, requiredSources, minBundleVersion, thresholds } = toRequirements(
      policy,
      name,
    );
    const rules: readonly RuleId[] = [
      ...ofPackages,
      ...(minBundleVersion === undefined ? [] : (['bundle-version'] as const)),
      ...(Object.keys(thresholds).length === 0 ? [] : (['signature'] as const)),
      ...demands.required,
      ...factRules,
      ...(vetoes.length === 0 ? [] : (['negative-attestation'] as const)),
      ...(requiredSources.length === 0 ? [] : (['required-sources'] as const)),
    ];
    return rules.filter((rule) => !demands.reported.has(rule));
  });
  return [...new Set<RuleId>(['policy-match', ...asked])];
}

function rulesOfPackage(entry: PolicyPackage): readonly RuleId[] {
  const { source, builders } = entry;
  const given = (value: unknown, rule: RuleId): readonly RuleId[] => (value === undefined ? [] : [rule]);
  return [
    'builder-id',
    'source-uri',
    'min-level',
    ...given(
      builders.find(({ signer }) => signer !== undefined),
      'signer-identity',
    ),
    ...given(source.repositoryId ?? source.ownerId, 'source-repository-id'),
    ...given(source.refs, 'source-ref'),
    ...given(entry.predicateTypes, 'predicate-type'),
    ...given(entry.parameters, 'build-parameters'),
    ...given(entry.triggers, 'build-trigger'),
    ...given(entry.runners, 'runner-environment'),
    ...given(entry.minBundleVersion, 'bundle-version'),
    ...given(entry.summaries, 'verification-summary'),
  ];
}
