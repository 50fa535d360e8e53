import type { Draft } from '../config/draft.ts';
import type { Report } from '../config/parse.ts';
import type { Path } from '../config/tree.ts';
import { SHIPPED_ROOTS } from '../model/trusted-root-names.ts';
import { checkDistinct, checkPattern, checkPatterns, checkSigner, hintForName } from './check-values.ts';
import { OPTIONAL_RULES } from './rules.ts';
import type { Policy, PolicyEnvironment } from './schema.ts';

type Environments = Draft<Policy['environments']>;

export function checkEnvironments(policy: Draft<Policy>, report: Report): void {
  const environments = policy.environments ?? {};
  const roots = checkRoots(policy, report);
  checkNames(environments, report);
  for (const [name, environment] of Object.entries(environments)) {
    if (environment === undefined) continue;
    const path = ['environments', name];
    checkEnvironment(environment, path, report);
    environment.trustedRoots?.forEach((root, index) => {
      if (root !== undefined && !roots.includes(root))
        report.fault(
          'policy.invalid',
          [...path, 'trustedRoots', index],
          `no such trusted root: ${JSON.stringify(root)}`,
          `Known are ${roots.join(', ')}; others stand in trust.roots.`,
        );
    });
    checkChain(environments, name, report);
  }
}

/** Names of all trusted roots. */
function checkRoots(policy: Draft<Policy>, report: Report): readonly string[] {
  const own = Object.keys(policy.trust?.roots ?? {});
  for (const name of own)
    if ((SHIPPED_ROOTS as readonly string[]).includes(name))
      report.fault(
        'policy.invalid',
        ['trust', 'roots', name],
        'this name is taken by a root of the package',
        'Give your root another name.',
        'key',
      );
  return [...SHIPPED_ROOTS, ...own];
}

/** Which environment is meant must not depend on who looks first; forges do not tell upper from lower case. */
function checkNames(environments: Environments, report: Report): void {
  const owners = new Map<string, string>();
  for (const name of Object.keys(environments)) {
    const key = name.toLowerCase();
    if (owners.has(key))
      report.fault(
        'policy.invalid',
        ['environments', name],
        'differs from another environment in case alone',
        undefined,
        'key',
      );
    owners.set(key, name);
  }
  for (const [name, environment] of Object.entries(environments)) {
    environment?.aliases?.forEach((alias, index) => {
      if (alias === undefined) return;
      const key = alias.toLowerCase();
      const owner = owners.get(key);
      if (owner !== undefined)
        report.fault(
          'policy.invalid',
          ['environments', name, 'aliases', index],
          `${JSON.stringify(alias)} is a name of ${JSON.stringify(owner)} already`,
          'Give every alias once, and none that is the name of an environment.',
        );
      owners.set(key, name);
    });
  }
}

const listOf = (names: Draft<PolicyEnvironment>['extends']): readonly (string | undefined)[] =>
  names === undefined ? [] : typeof names === 'string' ? [names] : names;

/** What it extends exists, does not come back to it, and together they say what must be said. */
function checkChain(environments: Environments, name: string, report: Report): void {
  const path: Path = ['environments', name];
  const own = environments[name]?.extends;
  listOf(own).forEach((base, index) => {
    if (base === undefined || Object.hasOwn(environments, base)) return;
    report.fault(
      'policy.environment',
      typeof own === 'string' ? [...path, 'extends'] : [...path, 'extends', index],
      `no such environment: ${JSON.stringify(base)}`,
      hintForName(base, Object.keys(environments)),
    );
  });
  const reached = reach(environments, name);
  if (reached.returns) {
    report.fault(
      'policy.invalid',
      [...path, 'extends'],
      'the environment extends itself',
      'Let it extend others alone.',
    );
    return;
  }
  // What is wrong further up is told there.
  if ([...reached.names].some((base) => report.touches(['environments', base]))) return;
  const chain = [...reached.names].map((base) => environments[base]);
  for (const key of ['level', 'trustedRoots'] as const) {
    if (chain.some((environment) => environment?.[key] !== undefined)) continue;
    const message = `${JSON.stringify(name)} has none, and neither has what it extends`;
    const hint = `Write ${key}: ${key === 'level' ? '3' : '[public-good]'} there.`;
    report.fault('policy.invalid', [...path, key], message, hint, 'key');
  }
  const roots = chain.flatMap((environment) => (environment?.trustedRoots ? [environment.trustedRoots] : []));
  if (roots.length > 1 && !roots[0]?.some((root) => roots.every((list) => list.includes(root)))) {
    const message = 'it has no trusted root in common with what it extends';
    report.fault(
      'policy.empty',
      [...path, 'trustedRoots'],
      message,
      'A root counts where all of them name it.',
    );
  }
}

/** The environment and all that it extends, at any distance. */
function reach(environments: Environments, name: string): { names: Set<string>; returns: boolean } {
  const names = new Set([name]);
  let returns = false;
  for (const reached of names) {
    for (const base of listOf(environments[reached]?.extends)) {
      if (base === name) returns = true;
      if (base !== undefined) names.add(base);
    }
  }
  return { names, returns };
}

function checkEnvironment(environment: Draft<PolicyEnvironment>, path: Path, report: Report): void {
  checkRules(environment.rules, [...path, 'rules'], report);
  environment.vetoes?.forEach((veto, index) => {
    checkPattern(veto?.verifierId, [...path, 'vetoes', index, 'verifierId'], report);
    checkSigner(veto?.signer, [...path, 'vetoes', index, 'signer'], report);
  });
  const { freshness } = environment;
  checkPattern(freshness?.branch, [...path, 'freshness', 'branch'], report);
  checkPatterns(freshness?.paths, [...path, 'freshness', 'paths'], report);
  checkPatterns(freshness?.sharedPaths, [...path, 'freshness', 'sharedPaths'], report);
  checkDistinct(environment.trustedRoots ?? [], (index) => [...path, 'trustedRoots', index], report);
}

function checkRules(rules: Draft<PolicyEnvironment>['rules'], path: Path, report: Report): void {
  const reported = rules?.reported ?? [];
  for (const key of ['required', 'reported'] as const)
    checkDistinct(rules?.[key] ?? [], (index) => [...path, key, index], report);
  reported.forEach((rule, index) => {
    if (rule !== undefined && rules?.required?.includes(rule))
      report.fault(
        'policy.invalid',
        [...path, 'reported', index],
        `${rule} is required as well`,
        'Leave it out of one of the two lists.',
      );
  });
  if (OPTIONAL_RULES.every((rule) => reported.includes(rule)))
    report.fault('policy.empty', [...path, 'reported'], 'no rule is left that the policy itself decides by');
}
