import { createHash } from 'node:crypto';
import type { TrustRootBytes } from '../../core/ports.ts';
import { refuse, SlsaGateError } from '../../errors.ts';
import type { HttpClient } from '../http/types.ts';
import { loadEmbeddedRoot, loadSeed } from './embedded.ts';
import { loadPackFile } from './file.ts';
import { INSTANCE_NAMES, INSTANCES, type InstanceName } from './instances.ts';
import { type PackedRoot, toPack } from './pack.ts';
import type { TrustOrigin } from './trust-roots.ts';
import type { TufVersions } from './tuf/chain.ts';
import { parseMetadata } from './tuf/metadata.ts';
import type { Refreshed } from './tuf/refresh.ts';
import { httpSource } from './tuf/source.ts';
import { importState, readStoredRoot, type TufStore, updateStoredRoot } from './tuf/stored-root.ts';

/** What there is to know about one root, for people. */
export interface TrustRootInfo {
  readonly name: InstanceName;
  readonly origin: TrustRootBytes['origin'];
  /** `sha256:<hex>` of its bytes. */
  readonly digest: string;
  /** RFC 3339 UTC. */
  readonly currentAt: string | null;
  readonly ageSeconds: number | null;
  /** Versions of the TUF metadata that prove it; of a shipped root only that of the TUF root beside it. */
  readonly tuf: Partial<TufVersions> | null;
  /** RFC 3339 UTC at which the stored metadata expires; null for a shipped root. */
  readonly expires: string | null;
}

export type TrustOutcome =
  | { readonly name: InstanceName; readonly root: TrustRootInfo }
  | { readonly name: InstanceName; readonly error: SlsaGateError };

export interface ManageOptions extends TufStore {
  /** Default: all instances. */
  readonly names?: readonly InstanceName[];
  readonly now?: Date;
}

const infoOf = (
  { name, origin, bytes, currentAt }: TrustRootBytes & { readonly name: InstanceName },
  tuf: Partial<TufVersions> | null,
  expires: Date | null,
  now: Date,
): TrustRootInfo => ({
  name,
  origin,
  digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
  currentAt: currentAt?.toISOString() ?? null,
  ageSeconds:
    currentAt === null ? null : Math.max(0, Math.floor((now.getTime() - currentAt.getTime()) / 1000)),
  tuf,
  expires: expires?.toISOString() ?? null,
});

const storedRoot = (name: InstanceName, { state, chain }: Refreshed) =>
  ({ name, bytes: chain.bytes, origin: 'tuf', currentAt: state.checkedAt }) as const;

const storedInfo = (name: InstanceName, stored: Refreshed, now: Date): TrustRootInfo =>
  infoOf(storedRoot(name, stored), stored.chain.versions, stored.chain.expires, now);

async function outcomeOf(name: InstanceName, work: () => Promise<TrustRootInfo>): Promise<TrustOutcome> {
  try {
    return { name, root: await work() };
  } catch (error) {
    if (error instanceof SlsaGateError) return { name, error };
    throw error;
  }
}

/**
 * Every root that could be used: the shipped one of each instance, and the stored one where there is one. A stored root
 * that is expired or altered is listed with its error.
 */
export async function showTrustRoots(options: ManageOptions): Promise<readonly TrustOutcome[]> {
  const now = options.now ?? new Date();
  const outcomes: TrustOutcome[] = [];
  for (const name of options.names ?? INSTANCE_NAMES) {
    const shipped = async (): Promise<TrustRootInfo> => {
      const seed = parseMetadata('root', await loadSeed(options.packageRoot, name), 'root');
      const root = await loadEmbeddedRoot(options.packageRoot, name);
      return infoOf({ ...root, name }, { root: seed.signed.version }, null, now);
    };
    outcomes.push(await outcomeOf(name, shipped));
    try {
      const stored = await readStoredRoot(options, name, now);
      if (stored !== undefined) outcomes.push({ name, root: storedInfo(name, stored, now) });
    } catch (error) {
      if (!(error instanceof SlsaGateError)) throw error;
      outcomes.push({ name, error });
    }
  }
  return outcomes;
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
    const update = async () => storedInfo(name, await updateStoredRoot(options, name, source, now), now);
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

/**
 * Stores the roots of a pack as if they had come from the repository: verified from the shipped TUF root, not expired,
 * not older than what is stored.
 *
 * @throws SlsaGateError `trust.malformed` for a root without its chain, and those of an update
 */
export async function importTrustRoots(
  pack: string,
  options: ManageOptions,
): Promise<readonly TrustRootInfo[]> {
  const now = options.now ?? new Date();
  const packed = await loadPackFile(pack, { packageRoot: options.packageRoot, now });
  const imported: TrustRootInfo[] = [];
  for (const { root, tuf } of packed) {
    const name = root.name as InstanceName;
    if (options.names !== undefined && !options.names.includes(name)) continue;
    if (tuf === undefined) {
      refuse('trust.malformed', `${name} of the pack comes without TUF metadata`, {
        hint: 'Give the pack with --trusted-root instead of importing it.',
      });
    }
    imported.push(storedInfo(name, await importState(options, name, tuf, now), now));
  }
  return imported;
}
