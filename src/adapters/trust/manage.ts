import { createHash } from 'node:crypto';
import { refuse, SlsaGateError } from '../../errors.ts';
import type { HttpClient } from '../http/types.ts';
import { loadEmbeddedRoot } from './embedded.ts';
import { INSTANCE_NAMES, INSTANCES, type InstanceName } from './instances.ts';
import { type PackedRoot, toPack } from './pack.ts';
import type { TrustOrigin } from './trust-roots.ts';
import type { TufVersions } from './tuf/chain.ts';
import type { Refreshed } from './tuf/refresh.ts';
import { httpSource } from './tuf/source.ts';
import { readStoredRoot, type TufStore, updateStoredRoot } from './tuf/stored-root.ts';

/** What an update has stored, for people. */
export interface TrustRootInfo {
  readonly name: InstanceName;
  /** `sha256:<hex>` of its bytes. */
  readonly digest: string;
  /** Versions of the TUF metadata that prove it. */
  readonly tuf: TufVersions;
  readonly currentAt: Date;
  readonly expires: Date;
}

export type TrustOutcome =
  | { readonly name: InstanceName; readonly root: TrustRootInfo }
  | { readonly name: InstanceName; readonly error: SlsaGateError };

export interface ManageOptions extends TufStore {
  /** Default: all instances. */
  readonly names?: readonly InstanceName[];
  readonly now?: Date;
}

const storedRoot = (name: InstanceName, { state, chain }: Refreshed) =>
  ({ name, bytes: chain.bytes, origin: 'tuf', currentAt: state.checkedAt }) as const;

const infoOf = (name: InstanceName, { state, chain }: Refreshed): TrustRootInfo => ({
  name,
  digest: `sha256:${createHash('sha256').update(chain.bytes).digest('hex')}`,
  tuf: chain.versions,
  currentAt: state.checkedAt,
  expires: chain.expires,
});

async function outcomeOf(name: InstanceName, work: () => Promise<TrustRootInfo>): Promise<TrustOutcome> {
  try {
    return { name, root: await work() };
  } catch (error) {
    if (error instanceof SlsaGateError) return { name, error };
    throw error;
  }
}

export interface UpdateOptions extends ManageOptions {
  readonly http: HttpClient;
  /** Other mirrors than the operators' own, by instance. They are not trusted either. */
  readonly mirrors?: Readonly<Partial<Record<InstanceName, string>>>;
}

/** Asks the repository of each instance and stores what verifies. One that fails does not keep the others from it. */
export async function updateTrustRoots(options: UpdateOptions): Promise<readonly TrustOutcome[]> {
  const now = options.now ?? new Date();
  const outcomes: TrustOutcome[] = [];
  for (const name of options.names ?? INSTANCE_NAMES) {
    const source = httpSource(options.http, options.mirrors?.[name] ?? INSTANCES[name].mirror);
    const update = async () => infoOf(name, await updateStoredRoot(options, name, source, now));
    outcomes.push(await outcomeOf(name, update));
  }
  return outcomes;
}

export interface ExportOptions extends ManageOptions {
  /** `tuf`: stored roots with the chains that prove them. `embedded`: the shipped ones, without. */
  readonly origin: TrustOrigin;
}

/**
 * The text of an offline pack.
 *
 * @throws SlsaGateError `trust.unavailable` when a name has not been stored, `trust.expired`, `trust.cache-corrupt`
 */
export async function exportTrustRoots(options: ExportOptions): Promise<string> {
  const now = options.now ?? new Date();
  const roots: PackedRoot[] = [];
  for (const name of options.names ?? INSTANCE_NAMES) {
    const stored = options.origin === 'embedded' ? undefined : await readStoredRoot(options, name, now);
    if (stored !== undefined) {
      roots.push({ root: storedRoot(name, stored), tuf: stored.state });
    } else if (options.origin === 'tuf') {
      refuse('trust.unavailable', `no trust root of ${name} has been stored on this machine`);
    } else {
      roots.push({ root: await loadEmbeddedRoot(options.packageRoot, name) });
    }
  }
  return toPack(roots);
}
