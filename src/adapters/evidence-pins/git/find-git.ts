import { constants } from 'node:fs';
import { access, lstat, realpath, stat } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { refuse } from '../../../errors.ts';

const NAME = process.platform === 'win32' ? 'git.exe' : 'git';

const isExecutable = async (path: string): Promise<boolean> => {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) return false;
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
};

/** Whether a folder belongs to a work tree: whoever changes its code could put programs there. */
async function isInRepository(folder: string): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    if ((await lstat(join(at, '.git')).catch(() => undefined)) !== undefined) return true;
    if (dirname(at) === at) return false;
  }
}

/**
 * The git to run: in a folder that PATH names in full, never in the working directory or in a repository, where what is
 * promoted could have planted one.
 *
 * @throws SlsaGateError `evidence.pin-unreadable`
 */
export async function findGit(searchPath: string, workingDirectory: string): Promise<string> {
  const here = await realpath(workingDirectory);
  for (const entry of searchPath.split(delimiter).filter(isAbsolute)) {
    const folder = await realpath(entry).catch(() => undefined);
    if (folder === undefined || folder === here || !(await isExecutable(join(folder, NAME)))) continue;
    const program = await realpath(join(folder, NAME));
    if (!(await isInRepository(folder)) && !(await isInRepository(dirname(program)))) return program;
  }
  refuse('evidence.pin-unreadable', 'git is not installed', {
    hint: 'Install git where PATH names its folder in full, outside of repositories, or pin to file:PATH.',
  });
}
