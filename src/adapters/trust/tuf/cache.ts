import { createHash, randomUUID } from 'node:crypto';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SlsaGateError } from '../../../errors.ts';
import { makeFolders } from '../../disk/make-folders.ts';
import { syncFolder } from '../../disk/write.ts';
import { readRegularFile } from '../disk.ts';
import { TUF_LIMITS } from '../limits.ts';
import type { TufVersions } from './chain.ts';
import { parseStored, type TufState, toStored } from './state.ts';

/**
 * One file per state, named by what orders states (root version, timestamp version, time of the check) and by its
 * SHA-256. A state is complete or absent (written aside, then renamed), the highest name counts, and writers need no
 * lock: one that comes late with an older state does not hide a newer one. The digest shows any damage at once, also
 * where no signature covers a byte; forgery is for the signatures.
 */
interface StateName {
  readonly file: string;
  readonly root: number;
  readonly timestamp: number;
  readonly checkedAt: number;
  readonly sha256: string;
}

const NAME = /^(\d{1,9})\.(\d{1,12})\.(\d{1,15})\.([0-9a-f]{64})\.json$/;
const TEMPORARY = /^\.[0-9a-f-]{36}\.tmp$/;

const REFUSALS = {
  missing: 'trust.unavailable',
  tooLarge: 'trust.cache-corrupt',
  unreadable: 'trust.cache-corrupt',
} as const;

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const byAge = (a: StateName, b: StateName): number =>
  b.root - a.root || b.timestamp - a.timestamp || b.checkedAt - a.checkedAt || (a.sha256 < b.sha256 ? 1 : -1);

async function list(directory: string): Promise<readonly StateName[]> {
  let names: readonly string[];
  try {
    names = await readdir(directory);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new SlsaGateError('trust.cache-corrupt', `the cache cannot be read: ${directory}`, { cause });
  }
  const states = names.flatMap((file) => {
    const [, root, timestamp, checkedAt, sha256] = NAME.exec(file) ?? [];
    if (sha256 === undefined) return [];
    return [{ file, root: Number(root), timestamp: Number(timestamp), checkedAt: Number(checkedAt), sha256 }];
  });
  return states.sort(byAge);
}

/** A state as read, together with what its name promises; nothing is verified. */
export interface CachedState {
  readonly state: TufState;
  readonly root: number;
  readonly timestamp: number;
}

/**
 * The newest state; undefined when there is none from this root or a later one.
 *
 * @param leastRoot version of the seed: older states cannot be verified from it
 * @throws SlsaGateError `trust.cache-corrupt`
 */
export async function readNewestState(
  directory: string,
  leastRoot: number,
): Promise<CachedState | undefined> {
  for (let tries = 0; ; tries++) {
    const [newest] = (await list(directory)).filter(({ root }) => root >= leastRoot);
    if (newest === undefined) return undefined;
    try {
      const bytes = await readRegularFile(join(directory, newest.file), {
        maxBytes: TUF_LIMITS.state,
        refusals: REFUSALS,
      });
      if (sha256Of(bytes) !== newest.sha256) {
        throw new SlsaGateError('trust.cache-corrupt', `the cached trust root was altered: ${directory}`);
      }
      const state = parseStored(bytes);
      if (state.checkedAt.getTime() !== newest.checkedAt) {
        throw new SlsaGateError('trust.cache-corrupt', `the cached trust root was renamed: ${directory}`);
      }
      return { state, root: newest.root, timestamp: newest.timestamp };
    } catch (cause) {
      // Another process has just replaced it by a newer one.
      if (cause instanceof SlsaGateError && cause.finding === 'trust.unavailable' && tries < 20) continue;
      if (cause instanceof SlsaGateError && cause.finding === 'trust.cache-corrupt') throw cause;
      throw new SlsaGateError('trust.cache-corrupt', 'the cached trust root cannot be read', { cause });
    }
  }
}

/**
 * Stores a verified state durably, then removes the older ones.
 *
 * @throws SlsaGateError `trust.unavailable` when the cache cannot be written
 */
export async function writeState(directory: string, state: TufState, versions: TufVersions): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(toStored(state)));
  const name = `${versions.root}.${versions.timestamp}.${state.checkedAt.getTime()}.${sha256Of(bytes)}.json`;
  const aside = join(directory, `.${randomUUID()}.tmp`);
  try {
    await makeFolders(directory, 0o700);
    await writeDurably(aside, bytes);
    await rename(aside, join(directory, name));
    await syncFolder(directory);
  } catch (cause) {
    await rm(aside, { force: true }).catch(() => {});
    throw new SlsaGateError('trust.unavailable', `the cache cannot be written: ${directory}`, {
      hint: 'Give a cache directory that can be written.',
      cause,
    });
  }
  await removeOlder(directory);
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  await file.writeFile(bytes);
  await file.sync();
}

const HOUR_MS = 3_600_000;

/** Best effort: what is left over is never read again, because a newer state is there. */
async function removeOlder(directory: string): Promise<void> {
  const [, ...older] = await list(directory);
  for (const { file } of older) await rm(join(directory, file), { force: true }).catch(() => {});
  for (const file of await readdir(directory)) {
    if (TEMPORARY.test(file)) await removeIfAbandoned(join(directory, file)).catch(() => {});
  }
}

/** A file aside that nobody has touched for an hour belongs to a process that died. */
async function removeIfAbandoned(path: string): Promise<void> {
  await using file = await open(path, 'r');
  if (Date.now() - (await file.stat()).mtimeMs > HOUR_MS) await rm(path, { force: true });
}
