import { randomBytes } from 'node:crypto';
import { lstat, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { refuse } from '../../errors.ts';
import { makeFolders } from '../disk/make-folders.ts';
import { isSystemError, systemCode } from '../disk/system-code.ts';
import { createFile, syncFolder } from '../disk/write.ts';

export interface FileToWrite {
  /** Relative, with `/`; names of ours. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

const SAFE = /^(?:[A-Za-z0-9_][A-Za-z0-9_.-]*\/)*[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/**
 * Writes a folder that is not there yet, all of it or nothing: beside its place first, and then moved there.
 *
 * @throws SlsaGateError `output.exists` when something is there, `output.unwritable`, and whatever `files` throws
 */
export async function writeFolder(path: string, files: AsyncIterable<FileToWrite>): Promise<void> {
  const target = resolve(path);
  await assertAbsent(target, path);
  const temporary = `${target}.${randomBytes(8).toString('hex')}.tmp`;
  try {
    const folders = new Set<string>();
    await makeFolder(temporary, folders);
    for await (const { path: name, bytes } of files) {
      if (!SAFE.test(name)) throw new TypeError(`not a name for a file of ours: ${name}`);
      const file = join(temporary, ...name.split('/'));
      await makeFolder(dirname(file), folders);
      await createFile(file, bytes, 0o644);
    }
    for (const folder of folders) await syncFolder(folder);
    // A folder that came there meanwhile is replaced only when it is empty.
    await rename(temporary, target);
    await syncFolder(dirname(target));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (!isSystemError(error)) throw error;
    const code = systemCode(error);
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR') refuseExisting(path);
    refuse('output.unwritable', `the folder could not be written (${code}): ${path}`, { cause: error });
  }
}

async function makeFolder(folder: string, made: Set<string>): Promise<void> {
  if (made.has(folder)) return;
  await makeFolders(folder, 0o755);
  made.add(folder);
}

async function assertAbsent(target: string, path: string): Promise<void> {
  const found = await lstat(target).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    return refuse('output.unwritable', `the folder could not be written (${systemCode(error)}): ${path}`, {
      cause: error,
    });
  });
  if (found !== undefined) refuseExisting(path);
}

const refuseExisting = (path: string): never =>
  refuse('output.exists', `there is something in the place of the new folder: ${path}`, { actual: path });
