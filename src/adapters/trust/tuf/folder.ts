import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstanceName } from '../instances.ts';
import type { TufStore } from './stored-root.ts';

/** Where the states of one instance are kept. */
export const folderOf = (store: TufStore, name: InstanceName): string =>
  join(store.cacheDirectory, 'trust', name);

/** False only when there certainly is no such folder; whatever else stands in the way is for the reader to tell. */
export async function isFolderThere(store: TufStore, name: InstanceName): Promise<boolean> {
  try {
    await lstat(folderOf(store, name));
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ENOENT');
  }
}
