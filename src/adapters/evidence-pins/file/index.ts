import { isUtf8 } from 'node:buffer';
import { readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { CheckpointPin } from '../../../core/evidence-ports.ts';
import { LIMITS } from '../../../core/limits.ts';
import { refuse, SlsaGateError } from '../../../errors.ts';
import { LockTimeout, withLock } from '../../disk/lock.ts';
import { readRegularFile } from '../../disk/read.ts';
import { isSystemError, systemCode } from '../../disk/system-code.ts';
import { replaceFile } from '../../disk/write.ts';
import { shouldMove } from '../move.ts';

/**
 * The newest checkpoint in a file, which lies best where whoever can write to the store cannot. Its folder must be there:
 * one that is missing may be a disk that is not mounted.
 *
 * @param path as the user wrote it
 */
export function openFilePin(path: string, baseDirectory: string): CheckpointPin {
  if (path === '') refuse('evidence.config', 'file: names no file', { hint: 'Write file:PATH.' });
  if (/\p{Cc}/u.test(path)) refuse('path.unsafe', 'path holds a control character', { actual: path });
  const name = `file:${path}`;
  const file = resolve(baseDirectory, path);
  return {
    name,
    read: () => readPin(file, name),
    async write(next, previous) {
      try {
        await withLock(`${file}.lock`, async ({ isInherited, isHeld }) => {
          if (isInherited) await removeRests(file);
          if (!shouldMove(await readPin(file, name), next, previous)) return;
          if (!(await isHeld())) refuse('evidence.unwritable', `the pin was taken over: ${name}`);
          await replaceFile(file, Buffer.from(next), 0o644);
          if ((await readPin(file, name)) !== next)
            refuse('evidence.unwritable', `the pin does not hold what was written: ${name}`);
        });
      } catch (error) {
        unwritable(name, error);
      }
    },
  };
}

function unwritable(name: string, cause: unknown): never {
  const isLocked = cause instanceof LockTimeout;
  if (!isLocked && !isSystemError(cause)) throw cause;
  const why = isLocked ? 'locked by another process' : systemCode(cause);
  refuse('evidence.unwritable', `the pin could not be written (${why}): ${name}`, { cause });
}

async function readPin(file: string, name: string): Promise<string | undefined> {
  try {
    const { bytes } = await readRegularFile(file, {
      maxBytes: LIMITS.checkpointBytes,
      missing: 'path.not-found',
      unreadable: 'evidence.pin-unreadable',
      followLinks: false,
    });
    if (!isUtf8(bytes)) refuse('evidence.pin-unreadable', `the pin is no text: ${name}`);
    return bytes.toString('utf8');
  } catch (error) {
    if (!(error instanceof SlsaGateError) || error.finding !== 'path.not-found') throw error;
  }
  const folder = await stat(dirname(file)).catch(() => undefined);
  if (folder?.isDirectory() !== true)
    refuse('evidence.pin-unreadable', `the folder of the pin is not there: ${name}`);
  return undefined;
}

/** What a process that was killed had not yet put in its place. */
async function removeRests(file: string): Promise<void> {
  const folder = dirname(file);
  const prefix = `${basename(file)}.`;
  for (const entry of await readdir(folder)) {
    if (entry.startsWith(prefix) && /^[0-9a-f]{16}\.tmp$/.test(entry.slice(prefix.length)))
      await rm(join(folder, entry), { force: true });
  }
}
