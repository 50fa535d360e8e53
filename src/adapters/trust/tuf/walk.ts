import type { Key, TargetFile } from '@tufjs/models';
import { refuse } from '../../../errors.ts';
import { TUF_LIMITS } from '../limits.ts';
import type { MetadataByKind } from './metadata.ts';
import type { SigningRole } from './signers.ts';

type Targets = MetadataByKind['targets'];

/** Loads a delegated role and verifies it against the keys of the role that delegates *here*, not of any other. */
export type LoadDelegated = (name: string, role: SigningRole, keys: Readonly<Record<string, Key>>) => Targets;

export interface FoundTarget {
  readonly file: TargetFile;
  readonly visited: readonly string[];
}

interface Step {
  readonly name: string;
  readonly role: SigningRole;
  readonly keys: Readonly<Record<string, Key>>;
}

/**
 * Step 5.6.7: depth first, in order of appearance. A role name that two delegators use is visited once, for the first
 * of them that may name the target.
 *
 * @throws SlsaGateError `trust.delegation` when delegations exist but none leads to the target, `trust.unavailable`
 * when the repository has no such target
 */
export function findTarget(top: Targets, path: string, load: LoadDelegated): FoundTarget {
  const visited: string[] = [];
  const pending: Step[] = [];
  let delegates = false;
  for (let targets = top; ; ) {
    if (Object.hasOwn(targets.signed.targets, path)) {
      const file = targets.signed.targets[path];
      if (file !== undefined) return { file, visited };
    }
    const { roles, keys = {} } = targets.signed.delegations ?? {};
    delegates ||= Object.keys(roles ?? {}).length > 0;
    const steps: Step[] = [];
    for (const role of Object.values(roles ?? {})) {
      if (!role.isDelegatedPath(path)) continue;
      steps.push({ name: role.name, role, keys });
      if (!role.terminating) continue;
      pending.length = 0;
      break;
    }
    pending.push(...steps.reverse());
    const next = nextStep(pending, visited);
    if (next === undefined) break;
    visited.push(next.name);
    if (visited.length > TUF_LIMITS.delegations) refuse('trust.delegation', 'too many delegations');
    targets = load(next.name, next.role, next.keys);
  }
  return refuse(
    delegates ? 'trust.delegation' : 'trust.unavailable',
    'no role of the repository may name the target',
    {
      actual: path,
    },
  );
}

function nextStep(pending: Step[], visited: readonly string[]): Step | undefined {
  for (let step = pending.pop(); step !== undefined; step = pending.pop()) {
    if (!visited.includes(step.name)) return step;
  }
  return undefined;
}
