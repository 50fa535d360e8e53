import { SlsaGateError } from '../../../errors.ts';
import { loadSeed } from '../embedded.ts';
import { type InstanceName, TRUSTED_ROOT_TARGET } from '../instances.ts';
import { readNewestState, writeState } from './cache.ts';
import { type VerifiedChain, verifyChain } from './chain.ts';
import { folderOf } from './folder.ts';
import { parseMetadata } from './metadata.ts';
import type { Refreshed } from './refresh.ts';
import type { TufSource } from './source.ts';
import type { TufState } from './state.ts';

/** Where one instance's seed and states are. */
export interface TufStore {
  readonly packageRoot: string;
  /** The user's cache directory for slsa-gate; made with mode 0700 when missing. */
  readonly cacheDirectory: string;
}

/** Beyond every expiry check: the instant at which nothing has expired. */
const BEFORE_ANY_EXPIRY = new Date(0);

/**
 * What the cache holds, with the whole chain verified again from the root in the package. undefined: nothing.
 *
 * @param now instant for expiry; left out, expiry is not looked at
 * @throws SlsaGateError `trust.expired`; `trust.cache-corrupt` for everything else that does not hold, because it did
 * hold when it was written
 */
export async function readStoredRoot(
  store: TufStore,
  name: InstanceName,
  now?: Date,
): Promise<Refreshed | undefined> {
  const seed = await loadSeed(store.packageRoot, name);
  const cached = await readNewestState(
    folderOf(store, name),
    parseMetadata('root', seed, 'root').signed.version,
  );
  if (cached === undefined) return undefined;
  const { state } = cached;
  const chain = verifyCached(seed, state, now ?? BEFORE_ANY_EXPIRY);
  const isNamedSo = chain.versions.root === cached.root && chain.versions.timestamp === cached.timestamp;
  if (!isNamedSo || state.target.path !== TRUSTED_ROOT_TARGET) {
    throw new SlsaGateError('trust.cache-corrupt', 'a cached trust root was renamed');
  }
  return { state, chain };
}

function verifyCached(seed: Uint8Array, state: TufState, now: Date): VerifiedChain {
  try {
    return verifyChain(seed, state, now);
  } catch (cause) {
    if (cause instanceof SlsaGateError && cause.finding === 'trust.expired') throw cause;
    throw new SlsaGateError('trust.cache-corrupt', 'the cached trust root does not verify any more', {
      cause,
    });
  }
}

/**
 * Asks the repository and stores what it said, if all of it holds and nothing is older than before.
 *
 * @throws SlsaGateError the `trust.*` codes of an update; the cache is unchanged then
 */
export async function updateStoredRoot(
  store: TufStore,
  name: InstanceName,
  source: TufSource,
  now: Date,
): Promise<Refreshed> {
  const seed = await loadSeed(store.packageRoot, name);
  const previous = await readStoredRoot(store, name);
  // The library that drives an update is not needed to read what one has stored.
  const { refreshTarget } = await import('./refresh.ts');
  const refreshed = await refreshTarget({ seed, source, target: TRUSTED_ROOT_TARGET, now, previous });
  await writeState(folderOf(store, name), refreshed.state, refreshed.chain.versions);
  return refreshed;
}
