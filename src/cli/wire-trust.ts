import { homedir } from 'node:os';
import type { HttpClientOptions } from '../adapters/http/index.ts';
import { defaultCacheDirectory } from '../adapters/trust/cache-directory.ts';
import { INSTANCE_NAMES, isInstanceName } from '../adapters/trust/instances.ts';
import { createTrustRoots } from '../adapters/trust/trust-roots.ts';
import type { TrustStore } from '../app/requests.ts';
import { nearest } from '../core/model/did-you-mean.ts';
import { refuse, SlsaGateError } from '../errors.ts';
import { PACKAGE_ROOT } from './package-root.ts';
import { VERSION } from './version.ts';

/** Everything about trusted roots, TUF included; only what refreshes and packs waits for it. */
const adapters = () => import('../adapters/trust/index.ts');

/**
 * The environment variables that are read: where the user's cache is. They choose between roots that are verified from
 * the package in any case.
 */
export const cacheDirectory = (): string => {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  return defaultCacheDirectory({
    platform: process.platform,
    homeDirectory: homedir(),
    env: { XDG_CACHE_HOME, LOCALAPPDATA },
  });
};

const instanceName = (name: string) =>
  isInstanceName(name)
    ? name
    : refuse('usage.flag', `not the name of an instance: ${name}`, {
        hint: `A file stays as it is; name one of ${INSTANCE_NAMES.join(', ')}.`,
        expected: INSTANCE_NAMES.join(', '),
        actual: name,
      });

/** A misspelt name is taken for a file; whoever meant a name is told so. */
const withName = (error: unknown, given: string): unknown => {
  const near = nearest(given, INSTANCE_NAMES);
  if (!(error instanceof SlsaGateError) || error.finding !== 'path.not-found' || near === undefined)
    return error;
  return new SlsaGateError('path.not-found', `no such trusted root or file: ${given}`, {
    hint: `Did you mean ${near}?`,
    actual: given,
    cause: error,
  });
};

/**
 * The trusted roots of the package, of the user's cache and of files.
 *
 * @param network how an update goes over the network
 */
export function createTrustStore(
  now: () => Date,
  network: () => Promise<HttpClientOptions> = async () => ({ userAgent: `slsa-gate/${VERSION}` }),
): TrustStore {
  const store = () => ({ packageRoot: PACKAGE_ROOT, cacheDirectory: cacheDirectory() });
  const load: TrustStore['load'] = (name) =>
    createTrustRoots({ ...store(), origin: 'updated-or-embedded', now }).load(name);
  return {
    load,
    async open(name) {
      if (isInstanceName(name)) return [await load(name)];
      try {
        const { loadTrustRootFile } = await import('../adapters/trust/file.ts');
        return await loadTrustRootFile(name, { packageRoot: PACKAGE_ROOT, now: now() });
      } catch (error) {
        throw withName(error, name);
      }
    },
    async update(name) {
      const trust = await adapters();
      const { createHttpClient } = await import('../adapters/http/index.ts');
      const http = createHttpClient(await network());
      try {
        const names = [instanceName(name)];
        for (const outcome of await trust.updateTrustRoots({ ...store(), http, names, now: now() })) {
          if ('error' in outcome) throw outcome.error;
        }
      } finally {
        await http.close();
      }
    },
    async pack(names) {
      const trust = await adapters();
      const wanted = names.map((name) => instanceName(name));
      const options = {
        ...store(),
        origin: 'updated-or-embedded',
        names: wanted,
        now: now(),
      } as const;
      return Buffer.from(await trust.exportTrustRoots(options));
    },
  };
}
