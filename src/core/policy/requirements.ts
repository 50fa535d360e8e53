import { refuse } from '../../errors.ts';
import type { RuleDemands } from '../attestation/check.ts';
import type { DecisionOptions } from '../decide.ts';
import type { FactRule, RuleId } from '../model/finding.ts';
import type { Thresholds } from '../verify/thresholds.ts';
import type { TrustedKey } from '../verify/verify-bundle.ts';
import { toSeconds } from './duration.ts';
import { type EnvironmentChain, findEnvironment } from './environment.ts';
import { highest } from './layers.ts';
import { compilePattern } from './pattern.ts';
import { APPROVAL_RULES, FRESHNESS_RULES } from './rules.ts';
import type {
  Policy,
  PolicyEnvironment,
  PolicyEvidence,
  PolicyException,
  PolicyPackage,
  PolicySigner,
  PolicyVeto,
} from './schema.ts';
import { toTrustedKey } from './signers.ts';

/** What an environment demands of every decision. Each demand is the strictest of all that it extends. */
export interface Requirements {
  readonly environment: string;
  readonly mode: NonNullable<PolicyEnvironment['mode']>;
  readonly level: 1 | 2 | 3;
  /** Names of trusted roots under which an attestation counts for the artifact; never empty. */
  readonly trustedRoots: readonly string[];
  /**
   * Names of all roots in the chain: under these, attestations count against the artifact. An environment that trusts fewer
   * roots than what it extends must not become deaf to what denies there.
   */
  readonly heardRoots: readonly string[];
  readonly maxTrustAgeSeconds: number | undefined;
  readonly minBundleVersion: '0.1' | '0.2' | '0.3' | undefined;
  readonly thresholds: Partial<Thresholds>;
  readonly verifier: 'both' | 'strict';
  readonly demands: RuleDemands;
  readonly quantifier: DecisionOptions['quantifier'];
  readonly requiredSources: readonly string[];
  readonly vetoes: readonly PolicyVeto[];
  /** Rules that no adapter can answer yet; they block. */
  readonly factRules: readonly FactRule[];
  /** What the evidence file must offer; each holds. */
  readonly evidence: readonly PolicyEvidence[];
  readonly exceptions: readonly PolicyException[];
}

/** @throws SlsaGateError `policy.environment`, `policy.empty` */
export function toRequirements(policy: Policy, wanted: string): Requirements {
  const chain = findEnvironment(policy, wanted);
  const { environments } = chain;
  const [own] = environments;
  const levels = environments.flatMap(({ level }) => level ?? []);
  const level = levels.sort().at(-1);
  if (level === undefined) return refuse('policy.empty', `${chain.name} demands no level`);
  return {
    environment: chain.name,
    mode: own.mode ?? 'pipeline',
    level,
    trustedRoots: commonRoots(chain),
    heardRoots: unique(environments.flatMap(({ trustedRoots }) => trustedRoots ?? [])),
    maxTrustAgeSeconds: least(environments.flatMap(({ maxTrustAge }) => maxTrustAge ?? [])),
    minBundleVersion: highest(environments.map(({ minBundleVersion }) => minBundleVersion)),
    thresholds: highestThresholds(environments),
    verifier: isStrictAlone(environments) ? 'strict' : 'both',
    demands: toDemands(environments),
    quantifier: environments.some(({ provenance }) => provenance?.quantifier === 'all') ? 'all' : 'any',
    requiredSources: unique(environments.flatMap(({ sources }) => sources?.required ?? [])),
    vetoes: environments.flatMap(({ vetoes }) => vetoes ?? []),
    factRules: unique(environments.flatMap(factRulesOf)),
    evidence: environments.flatMap(({ evidence }) => evidence ?? []),
    exceptions: (policy.exceptions ?? []).filter(({ environment }) => environment === chain.name),
  };
}

/** Entries of the policy that are about a package; all of them apply. */
export const matchingPackages = (policy: Policy, name: string): readonly PolicyPackage[] =>
  policy.packages.filter((entry) => compilePattern(entry.package).matches(name));

/**
 * Every key that the policy names, wherever: verification must know them, rules say which one counts for what. Where one
 * stands several times, each of its windows holds: whoever signs chooses the name by which the key is found.
 */
export function keysOf(policy: Policy): readonly TrustedKey[] {
  const signers: (PolicySigner | undefined)[] = [
    ...policy.packages.flatMap(({ builders, summaries = [] }) =>
      [...builders, ...summaries].map(({ signer }) => signer),
    ),
    ...Object.values(policy.environments).flatMap(({ vetoes = [] }) => vetoes.map(({ signer }) => signer)),
  ];
  const keys = signers.flatMap((signer) =>
    signer !== undefined && 'key' in signer ? [toTrustedKey(signer.key)] : [],
  );
  return keys.map((key) => {
    const windows = keys.flatMap(({ key: other, window }) =>
      window !== undefined && other.spki.equals(key.key.spki) ? [window] : [],
    );
    if (windows.length === 0) return key;
    const start = Math.max(...windows.map((window) => window.start));
    return { ...key, window: { start, end: Math.min(...windows.map(({ end }) => end)) } };
  });
}

const unique = <T>(items: readonly T[]): readonly T[] => [...new Set(items)];

/** Only a root that all of them trust. */
function commonRoots({ name, environments }: EnvironmentChain): readonly string[] {
  const lists = environments.flatMap(({ trustedRoots }) =>
    trustedRoots === undefined ? [] : [trustedRoots],
  );
  const common = unique(lists.flat()).filter((root) => lists.every((list) => list.includes(root)));
  if (common.length === 0)
    refuse('policy.empty', `${name} and what it extends have no trusted root in common`);
  return common;
}

function least(durations: readonly string[]): number | undefined {
  const seconds = durations.map((text) => toSeconds(text) ?? 0);
  return seconds.length === 0 ? undefined : Math.min(...seconds);
}

function highestThresholds(environments: readonly PolicyEnvironment[]): Partial<Thresholds> {
  const raised: Partial<Record<keyof Thresholds, number>> = {};
  for (const { thresholds = {} } of environments) {
    for (const name of ['log', 'sct', 'tsa', 'time'] as const) {
      const value = thresholds[name];
      if (value !== undefined) raised[name] = Math.max(raised[name] ?? 0, value);
    }
  }
  return raised;
}

/** The second verifier is left out only where all of them say so: one that is silent has two. */
const isStrictAlone = (environments: readonly PolicyEnvironment[]): boolean =>
  environments.every(({ verifier }) => verifier === 'strict');

/** A rule is only reported where none of them lets it decide. */
function toDemands(environments: readonly PolicyEnvironment[]): RuleDemands {
  const required = new Set<RuleId>(environments.flatMap(({ rules }) => rules?.required ?? []));
  const reported = environments.map(({ rules }) => new Set<RuleId>(rules?.reported ?? []));
  const [first = new Set<RuleId>()] = reported;
  return {
    // Rules about facts are asked beside the attestations.
    required: new Set([...required].filter((rule) => !isFactRule(rule))),
    reported: new Set(
      [...first].filter((rule) => !required.has(rule) && reported.every((set) => set.has(rule))),
    ),
  };
}

const FACT_RULES: readonly string[] = [
  ...FRESHNESS_RULES,
  ...APPROVAL_RULES,
  'clock-corroboration',
] satisfies readonly FactRule[];

const isFactRule = (rule: string): rule is FactRule => FACT_RULES.includes(rule);

function factRulesOf({ freshness, approvals, clock, rules }: PolicyEnvironment): readonly FactRule[] {
  return [
    ...(rules?.required ?? []).flatMap((rule): FactRule[] => (isFactRule(rule) ? [rule] : [])),
    ...(freshness?.rules ?? []),
    ...(approvals?.change === undefined ? [] : (['change-approvals'] as const)),
    ...(approvals?.release === undefined ? [] : (['release-approvals'] as const)),
    ...(clock === 'corroborated' ? (['clock-corroboration'] as const) : []),
  ];
}
