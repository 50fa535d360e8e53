import { join } from 'node:path';
import * as z from 'zod/mini';
import { LIMITS } from '../../core/limits.ts';
import { parseJson } from '../../core/model/json.ts';
import { lazy } from '../../core/model/lazy.ts';
import type { TrustRootBytes } from '../../core/ports.ts';
import { refuse } from '../../errors.ts';
import { readRegularFile } from './disk.ts';
import type { InstanceName } from './instances.ts';
import { TUF_LIMITS } from './limits.ts';

/** Without its own files the package is damaged; nothing else may stand in for them. */
const REFUSALS = {
  missing: 'trust.unavailable',
  tooLarge: 'trust.unavailable',
  unreadable: 'trust.unavailable',
} as const;

const datesSchema = lazy(() =>
  z.object({ roots: z.record(z.string(), z.object({ currentAt: z.iso.datetime() })) }),
);

const read = (packageRoot: string, maxBytes: number, ...path: readonly string[]): Promise<Uint8Array> =>
  readRegularFile(join(packageRoot, 'testdata', 'trust', ...path), {
    maxBytes,
    refusals: REFUSALS,
    followLinks: true,
  });

/**
 * The root that is shipped with the package, as old as the release says.
 *
 * @param packageRoot folder that holds `package.json`
 * @throws SlsaGateError `trust.unavailable`
 */
export async function loadEmbeddedRoot(packageRoot: string, name: InstanceName): Promise<TrustRootBytes> {
  const dates = datesSchema().safeParse(
    parseJson(await read(packageRoot, 64 * 1024, 'embedded.json'), 'embedded.json'),
  );
  const currentAt = dates.data?.roots[name]?.currentAt;
  if (currentAt === undefined)
    refuse('trust.unavailable', 'the package does not say how old its trust root is', { actual: name });
  const bytes = await read(packageRoot, LIMITS.trustedRootBytes, name, 'trusted_root.json');
  return { name, bytes, origin: 'embedded', currentAt: new Date(currentAt) };
}

/** The TUF root that updates of the instance start from. */
export const loadSeed = (packageRoot: string, name: InstanceName): Promise<Uint8Array> =>
  read(packageRoot, TUF_LIMITS.root, name, 'root.json');
