import type { TrustRootBytes, TrustRoots } from '../../core/ports.ts';
import { refuse } from '../../errors.ts';
import { loadEmbeddedRoot } from './embedded.ts';
import { type InstanceName, isInstanceName } from './instances.ts';
import { isFolderThere } from './tuf/folder.ts';
import type { TufStore } from './tuf/stored-root.ts';

/**
 * Where the root of a named instance is taken from; always one place, chosen beforehand.
 *
 * - `embedded`: the one that is shipped with the package
 * - `tuf`: what `trust update` stored on this machine; none: `trust.unavailable`
 * - `updated-or-embedded`: `tuf` once `trust update` has run here for this instance, `embedded` before. A stored root
 *   that is expired or altered is refused, never passed over.
 */
export type TrustOrigin = 'embedded' | 'tuf' | 'updated-or-embedded';

export interface TrustRootsOptions extends TufStore {
  readonly origin: TrustOrigin;
  /** A pack that replaces `origin` for the names that it holds; other names are then `trust.unavailable`. */
  readonly pack?: string;
  /** Oldest acceptable root; older, or of unknown age: `trust.stale`. Left out: any age. */
  readonly maxAgeMs?: number;
  /** Called at each load, so that a process that runs for days sees time pass. */
  readonly now?: () => Date;
}

/** Files, packs and the cache bring TUF with them, which costs the start of a command more than all the rest. */
const files = () => import('./file.ts');
const cache = () => import('./tuf/stored-root.ts');

/** The port over the package, the cache and files. Each load reads and verifies again; nothing is kept in memory. */
export function createTrustRoots(options: TrustRootsOptions): TrustRoots {
  const clock = options.now ?? (() => new Date());
  return {
    async load(name) {
      const now = clock();
      const root = await loadRoot(options, name, now);
      assertAge(root, options.maxAgeMs, now);
      return root;
    },
  };
}

async function loadRoot(options: TrustRootsOptions, name: string, now: Date): Promise<TrustRootBytes> {
  if (!isInstanceName(name)) {
    return onlyRoot(await (await files()).loadTrustRootFile(name, { ...options, now }), name);
  }
  if (options.pack !== undefined) {
    const packed = await (await files()).loadTrustRootFile(options.pack, { ...options, now });
    return (
      packed.find((root) => root.name === name) ??
      refuse('trust.unavailable', `the pack does not hold ${name}`)
    );
  }
  if (options.origin === 'embedded') return loadEmbeddedRoot(options.packageRoot, name);
  const stored = await loadStoredRoot(options, name, now);
  if (stored !== undefined) return stored;
  if (options.origin === 'updated-or-embedded') return loadEmbeddedRoot(options.packageRoot, name);
  return refuse('trust.unavailable', `no trust root of ${name} has been stored on this machine`);
}

async function loadStoredRoot(
  store: TufStore,
  name: InstanceName,
  now: Date,
): Promise<TrustRootBytes | undefined> {
  if (!(await isFolderThere(store, name))) return undefined;
  const stored = await (await cache()).readStoredRoot(store, name, now);
  if (stored === undefined) return undefined;
  return { name, bytes: stored.chain.bytes, origin: 'tuf', currentAt: stored.state.checkedAt };
}

function onlyRoot(roots: readonly TrustRootBytes[], path: string): TrustRootBytes {
  const [root, ...others] = roots;
  if (root === undefined || others.length > 0) {
    refuse('trust.malformed', `the pack holds several roots: ${path}`, {
      hint: 'Name the instance and give the file as a pack.',
      actual: roots.map(({ name }) => name).join(', '),
    });
  }
  return root;
}

function assertAge({ name, currentAt }: TrustRootBytes, maxAgeMs: number | undefined, now: Date): void {
  if (maxAgeMs === undefined) return;
  const ageMs = currentAt === null ? Number.POSITIVE_INFINITY : now.getTime() - currentAt.getTime();
  if (ageMs <= maxAgeMs) return;
  refuse('trust.stale', `the trust root ${name} is too old`, {
    expected: `at most ${Math.floor(maxAgeMs / 1000)} seconds`,
    actual: currentAt === null ? 'of unknown age' : `${Math.floor(ageMs / 1000)} seconds`,
  });
}
