import { lstat } from 'node:fs/promises';
import { makeFolders } from '../disk/make-folders.ts';

/**
 * Makes a folder that nobody else can write to. A link, or one that belongs to somebody else or that others may write to,
 * is not used: what is in it would be theirs.
 */
export async function claimFolder(path: string): Promise<boolean> {
  await makeFolders(path, 0o700);
  const found = await lstat(path);
  if (!found.isDirectory()) return false;
  const own = process.getuid?.();
  return own === undefined || (found.uid === own && (found.mode & 0o022) === 0);
}
