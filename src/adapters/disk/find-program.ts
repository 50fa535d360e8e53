import { constants } from 'node:fs';
import { access, lstat, realpath, stat } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join, sep } from 'node:path';

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

/** Where programs are looked for, and by whom. */
export interface ProgramPlaces {
  readonly searchPath: string;
  readonly workingDirectory: string;
  /** Of the user, where it is known. */
  readonly homeDirectory?: string;
}

const isBelow = (path: string, folder: string): boolean =>
  path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);

/**
 * Whether a folder belongs to the working directory, as `node_modules/.bin` does, which runners of scripts put on PATH. One
 * that holds the user's home, or everything, has programs of the user below it: there only itself counts.
 */
async function workingFolder({
  workingDirectory,
  homeDirectory,
}: ProgramPlaces): Promise<(folder: string) => boolean> {
  const here = await realpath(workingDirectory);
  const home = homeDirectory && (await realpath(homeDirectory).catch(() => homeDirectory));
  const isOfUser = here === dirname(here) || home === here || (home !== undefined && isBelow(home, here));
  return (folder) => folder === here || (!isOfUser && isBelow(folder, here));
}

/** Folders that PATH names in full, resolved, but for those in the working directory and in a repository. */
export async function safeFolders(places: ProgramPlaces): Promise<readonly string[]> {
  const isWorking = await workingFolder(places);
  const folders = new Set<string>();
  for (const entry of places.searchPath.split(delimiter).filter(isAbsolute)) {
    const folder = await realpath(entry).catch(() => undefined);
    if (folder !== undefined && !isWorking(folder) && !(await isInRepository(folder))) folders.add(folder);
  }
  return [...folders];
}

/**
 * A program in a folder that PATH names in full, never in the working directory or in a repository, where what is
 * promoted could have planted one; also not through a link. Undefined where there is none.
 *
 * @param name without the suffix of the system
 */
export async function findProgram(name: string, places: ProgramPlaces): Promise<string | undefined> {
  const isWorking = await workingFolder(places);
  for (const folder of await safeFolders(places)) {
    const path = join(folder, `${name}${SUFFIX}`);
    if (!(await isExecutable(path))) continue;
    const program = await realpath(path);
    const home = dirname(program);
    if (!isWorking(home) && !(await isInRepository(home))) return program;
  }
  return undefined;
}
