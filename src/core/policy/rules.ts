import type { RuleId } from '../model/finding.ts';

/**
 * Rules without which an answer would say nothing about the artifact: no policy can make them optional, no exception
 * reaches them.
 */
export const ALWAYS_REQUIRED = [
  'attestation',
  'signature',
  'verifier-agreement',
  'log-inclusion',
  'statement',
  'provenance',
  'subject-digest',
  'predicate-type',
  'signer-identity',
  'builder-id',
  'source-uri',
  'min-level',
  'verification-summary',
  'summary-log',
  'trust-root',
] as const satisfies readonly RuleId[];

/** Rules about the age of what is released; not evaluated yet, so they block. */
export const FRESHNESS_RULES = [
  'source-on-branch',
  'built-after-landing',
  'no-newer-change',
  'attestation-age',
  'release-order',
  'branch-controls',
] as const;

/** Rules about who approved; not evaluated yet, so they block. */
export const APPROVAL_RULES = ['change-approvals', 'release-approvals'] as const;

/** Rules that a policy asks by a key of its own, and may report without letting them decide. */
export const OPTIONAL_RULES = [
  'source-repository-id',
  'source-ref',
  'build-parameters',
  'build-trigger',
  'runner-environment',
  'bundle-version',
  ...FRESHNESS_RULES,
  ...APPROVAL_RULES,
] as const;

/** Every rule that a policy can name. */
export const POLICY_RULES = [...ALWAYS_REQUIRED, ...OPTIONAL_RULES] as const;

export type AlwaysRequiredRule = (typeof ALWAYS_REQUIRED)[number];
export type OptionalRule = (typeof OPTIONAL_RULES)[number];
export type PolicyRule = (typeof POLICY_RULES)[number];

export const isAlwaysRequired = (rule: unknown): rule is AlwaysRequiredRule =>
  (ALWAYS_REQUIRED as readonly unknown[]).includes(rule);
