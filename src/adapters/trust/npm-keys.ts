import { join } from 'node:path';
import { LIMITS } from '../../core/limits.ts';
import { readRegularFile } from './disk.ts';

/**
 * The keys of npm's registry that are shipped with the package.
 *
 * @param packageRoot folder that holds `package.json`
 * @throws SlsaGateError `trust.unavailable`
 */
export const loadShippedNpmKeys = (packageRoot: string): Promise<Uint8Array> =>
  readRegularFile(join(packageRoot, 'testdata', 'trust', 'npm', 'keys.json'), {
    maxBytes: LIMITS.trustedRootBytes,
    refusals: {
      missing: 'trust.unavailable',
      tooLarge: 'trust.unavailable',
      unreadable: 'trust.unavailable',
    },
    followLinks: true,
  });
