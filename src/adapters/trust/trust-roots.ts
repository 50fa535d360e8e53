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
    load: (name) => loadRoot(options, name, clock()),
  };
}

async function loadRoot(options: TrustRootsOptions, name: string, now: Date): Promise<TrustRootBytes> {
  if (!isInstanceName(name)) {
    return onlyRoot(await (await files()).loadTrustRootFile(name, { ...options, now }), name);
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
