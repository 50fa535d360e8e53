import { createHash } from 'node:crypto';
import { ConfigError, type Fault } from '../../core/model/faults.ts';
import { parsePolicy } from '../../core/policy/parse.ts';
import { pendingOf } from '../../core/policy/pending.ts';
import { attempt } from '../../errors.ts';

/** What came of reading one policy. */
export interface CheckedPolicy {
  readonly file: string;
  readonly outcome: 'ok' | 'refused';
  /** `sha256:<hex>` of its bytes, for `--policy-digest`. */
  readonly digest: string;
  /** Null where it was refused. */
  readonly name: string | null;
  readonly environments: readonly string[];
  /** What blocks every promotion for now, in sentences. */
  readonly blocks: readonly string[];
  /** Empty exactly when the outcome is `ok`. */
  readonly faults: readonly Fault[];
}

export interface PolicyCheckDocument {
  readonly schemaVersion: 1;
  readonly policies: readonly CheckedPolicy[];
}

/**
 * Reads policies as `gate` would, and tells every fault of each instead of stopping.
 *
 * @throws SlsaGateError `path.*` when a file cannot be read at all
 */
export async function checkPolicies(
  files: readonly string[],
  readFile: (path: string) => Promise<Uint8Array>,
): Promise<PolicyCheckDocument> {
  const policies: CheckedPolicy[] = [];
  for (const file of files) policies.push(check(file, await readFile(file)));
  return { schemaVersion: 1, policies };
}

function check(file: string, bytes: Uint8Array): CheckedPolicy {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const parsed = attempt(() => parsePolicy(bytes, file));
  if ('error' in parsed) {
    if (!(parsed.error instanceof ConfigError)) throw parsed.error;
    const { faults } = parsed.error;
    return { file, outcome: 'refused', digest, name: null, environments: [], blocks: [], faults };
  }
  const { name, environments } = parsed.value;
  return {
    file,
    outcome: 'ok',
    digest,
    name,
    environments: Object.keys(environments),
    blocks: pendingOf(parsed.value),
    faults: [],
  };
}
