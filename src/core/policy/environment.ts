import { refuse } from '../../errors.ts';
import type { Policy, PolicyEnvironment } from './schema.ts';

/** An environment with all that it extends; none of them takes back what another one demands. */
export interface EnvironmentChain {
  /** Name in the policy, also where an alias was asked for. */
  readonly name: string;
  /** Of all of them, in their order. */
  readonly names: readonly string[];
  /** The environment itself first. */
  readonly environments: readonly [PolicyEnvironment, ...PolicyEnvironment[]];
}

/**
 * Finds an environment by its name or one of its aliases.
 *
 * @throws SlsaGateError `policy.environment`
 */
export function findEnvironment(policy: Policy, wanted: string): EnvironmentChain {
  const names = Object.keys(policy.environments);
  const name = names.find(
    (candidate) => candidate === wanted || policy.environments[candidate]?.aliases?.includes(wanted) === true,
  );
  const own = name === undefined ? undefined : policy.environments[name];
  if (name === undefined || own === undefined) {
    return refuse('policy.environment', `the policy has no environment ${wanted}`, {
      expected: names.join(' or '),
      actual: wanted,
    });
  }
  const seen = new Set([name]);
  const environments: [PolicyEnvironment, ...PolicyEnvironment[]] = [own];
  const follow = (environment: PolicyEnvironment): void => {
    for (const next of [environment.extends ?? []].flat()) {
      const extended = Object.hasOwn(policy.environments, next) ? policy.environments[next] : undefined;
      if (extended === undefined) refuse('policy.environment', `${name} extends an unknown one: ${next}`);
      if (seen.has(next)) continue;
      seen.add(next);
      environments.push(extended);
      follow(extended);
    }
  };
  follow(own);
  return { name, names: [...seen], environments };
}
