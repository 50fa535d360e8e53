import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CloudBuildKeys } from '../../core/gcb/index.ts';
import { LIMITS } from '../../core/limits.ts';
import { type PublicKey, parsePublicKeyPem } from '../../core/verify/public-key.ts';
import { refuse } from '../../errors.ts';
import { readRegularFile } from './disk.ts';

/** Google has some forty regions; a folder with more files is not one of keys. */
const MAX_KEYS = 256;
const KEY_FILE = /^([A-Za-z0-9_-]{1,100})\.(?:pem|key)$/;

/**
 * Cloud Build's public keys that are shipped with the package, by file stem.
 *
 * @param packageRoot folder that holds `package.json`
 * @throws SlsaGateError `trust.unavailable`, `key.malformed`
 */
export const loadShippedCloudBuildKeys = (packageRoot: string): Promise<CloudBuildKeys> =>
  loadCloudBuildKeys(join(packageRoot, 'testdata', 'trust', 'gcb'));

/**
 * Cloud Build's public keys out of a folder: one PEM key a file, named after its region or, for the two global keys that
 * sign the pre-authentication encoding, `global-pae-<key>_<version>`. Other files are left alone.
 *
 * @throws SlsaGateError `trust.unavailable` when there is no folder or no key in it, `trust.malformed`, `key.malformed`
 */
export async function loadCloudBuildKeys(folder: string): Promise<CloudBuildKeys> {
  const keys = new Map<string, PublicKey>();
  for (const name of await listFiles(folder)) {
    const stem = KEY_FILE.exec(name)?.[1];
    if (stem === undefined) continue;
    if (keys.has(stem)) {
      refuse('key.malformed', 'two files hold the key of one region', { path: folder, actual: stem });
    }
    const pem = await readRegularFile(join(folder, name), {
      maxBytes: LIMITS.publicKeyBytes,
      refusals: { missing: 'trust.unavailable', tooLarge: 'key.malformed', unreadable: 'trust.unavailable' },
      followLinks: true,
    });
    keys.set(stem, parsePublicKeyPem(Buffer.from(pem).toString('latin1'), 'key.malformed'));
  }
  if (keys.size === 0) refuse('trust.unavailable', 'no Cloud Build key in the folder', { path: folder });
  return keys;
}

async function listFiles(folder: string): Promise<readonly string[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    refuse('trust.unavailable', 'no folder of Cloud Build keys', { path: folder, cause });
  }
  if (names.length > MAX_KEYS)
    refuse('trust.malformed', 'too many files in the folder of keys', { path: folder });
  return names.sort();
}
