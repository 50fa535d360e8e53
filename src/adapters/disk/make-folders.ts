import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from './system-code.ts';

/**
 * Makes a folder and those above it that are missing. Unlike the recursive `mkdir` of Node it comes to an end where nothing
 * can be made, as below `/proc`: that one tries again for ever as long as the system says that a folder is missing.
 *
 * @throws errors of the system
 */
export async function makeFolders(path: string, mode: number): Promise<void> {
  if (await isMade(path, mode)) return;
  await makeFolders(dirname(path), mode);
  if (!(await isMade(path, mode))) await mkdir(path, { mode });
}

/** False where what is above it is missing. */
async function isMade(path: string, mode: number): Promise<boolean> {
  try {
    await mkdir(path, { mode });
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT' && dirname(path) !== path) return false;
    // What is there may be said in several ways, such as EEXIST, EISDIR and EROFS.
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory() === true) return true;
    throw error;
  }
}
