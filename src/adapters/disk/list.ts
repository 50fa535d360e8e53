import { readdir } from 'node:fs/promises';
import { refuse } from '../../errors.ts';
import { systemCode } from './system-code.ts';

/**
 * Names of the folders in a folder, sorted; links are none.
 *
 * @throws SlsaGateError `path.not-found`, `path.unreadable`
 */
export async function listFolders(path: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
  } catch (cause) {
    const isMissing = systemCode(cause) === 'ENOENT';
    return refuse(
      isMissing ? 'path.not-found' : 'path.unreadable',
      `not a folder that can be read: ${path}`,
      {
        actual: path,
        cause,
      },
    );
  }
}
