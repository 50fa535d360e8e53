import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LIMITS } from '../../core/limits.ts';
import { refuse } from '../../errors.ts';
import { readRegularFile } from './disk.ts';

/** Google has some forty regions; a folder with more files is not one of keys. */
const MAX_FILES = 256;
const KEY_FILE = /^([A-Za-z0-9_-]{1,100})\.(?:pem|key)$/;

/** PEM files by stem; `parseCloudBuildKeys` makes keys of them. */
export type CloudBuildKeyFiles = ReadonlyMap<string, Uint8Array>;

/**
 * Cloud Build's public keys that are shipped with the package.
 *
 * @param packageRoot folder that holds `package.json`
 * @throws SlsaGateError `trust.unavailable`
 */
export const loadShippedCloudBuildKeys = (packageRoot: string): Promise<CloudBuildKeyFiles> =>
  loadCloudBuildKeys(join(packageRoot, 'testdata', 'trust', 'gcb'));

/**
 * Cloud Build's public keys out of a folder: one PEM key a file (`.pem` or `.key`), named after its region or, for the two
 * global keys that sign the pre-authentication encoding, `global-pae-<key>_<version>`. Other files are left alone.
 *
 * @throws SlsaGateError `trust.unavailable` when there is no folder or no key in it, `trust.malformed`, `key.malformed`
 */
export async function loadCloudBuildKeys(folder: string): Promise<CloudBuildKeyFiles> {
  const files = new Map<string, Uint8Array>();
  for (const name of await listFiles(folder)) {
    const stem = KEY_FILE.exec(name)?.[1];
    if (stem === undefined) continue;
    if (files.has(stem)) {
      refuse('key.malformed', 'two files hold the key of one region', { path: folder, actual: stem });
    }
    const bytes = await readRegularFile(join(folder, name), {
      maxBytes: LIMITS.publicKeyBytes,
      refusals: { missing: 'trust.unavailable', tooLarge: 'key.malformed', unreadable: 'trust.unavailable' },
      followLinks: true,
    });
    files.set(stem, bytes);
  }
  if (files.size === 0) refuse('trust.unavailable', 'no Cloud Build key in the folder', { path: folder });
  return files;
}

async function listFiles(folder: string): Promise<readonly string[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    refuse('trust.unavailable', 'no folder of Cloud Build keys', { path: folder, cause });
  }
  if (names.length > MAX_FILES) {
    refuse('trust.malformed', 'too many files for a folder of Cloud Build keys', {
      path: folder,
      expected: `at most ${MAX_FILES}`,
      actual: String(names.length),
    });
  }
  return names.sort();
}
