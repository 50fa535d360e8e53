import { constants } from 'node:fs';
import { access, lstat, realpath, stat } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';

const SUFFIX = process.platform === 'win32' ? '.exe' : '';

export async function isExecutable(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) return false;
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Whether a folder belongs to a work tree: whoever changes its code could put programs there. */
async function isInRepository(folder: string): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    if ((await lstat(join(at, '.git')).catch(() => undefined)) !== undefined) return true;
    if (dirname(at) === at) return false;
  }
}

/** Folders that PATH names in full, resolved, but for the working directory and those in a repository. */
export async function safeFolders(searchPath: string, workingDirectory: string): Promise<readonly string[]> {
  const here = await realpath(workingDirectory);
  const folders = new Set<string>();
  for (const entry of searchPath.split(delimiter).filter(isAbsolute)) {
    const folder = await realpath(entry).catch(() => undefined);
    if (folder !== undefined && folder !== here && !(await isInRepository(folder))) folders.add(folder);
  }
  return [...folders];
}

/**
 * A program in a folder that PATH names in full, never in the working directory or in a repository, where what is
 * promoted could have planted one; also not through a link. Undefined where there is none.
 *
 * @param name without the suffix of the system
 */
export async function findProgram(
  name: string,
  searchPath: string,
  workingDirectory: string,
): Promise<string | undefined> {
  const here = await realpath(workingDirectory);
  for (const folder of await safeFolders(searchPath, workingDirectory)) {
    const path = join(folder, `${name}${SUFFIX}`);
    if (!(await isExecutable(path))) continue;
    const program = await realpath(path);
    const home = dirname(program);
    if (home !== here && !(await isInRepository(home))) return program;
  }
  return undefined;
}
