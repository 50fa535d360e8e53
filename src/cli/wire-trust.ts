import { homedir } from 'node:os';
import type { TrustStore } from '../app/requests.ts';
import { refuse } from '../errors.ts';
import { PACKAGE_ROOT } from './package-root.ts';
import { VERSION } from './version.ts';

/** Loaded when a root is needed; usage errors and help must not wait for it. */
const adapters = () => import('../adapters/trust/index.ts');
type Adapters = Awaited<ReturnType<typeof adapters>>;

/**
 * The environment variables that are read: where the user's cache is. They choose between roots that are verified from
 * the package in any case.
 */
const cacheDirectory = ({ defaultCacheDirectory }: Adapters): string => {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  return defaultCacheDirectory({
    platform: process.platform,
    homeDirectory: homedir(),
    env: { XDG_CACHE_HOME, LOCALAPPDATA },
  });
};

const instanceName = ({ isInstanceName, INSTANCE_NAMES }: Adapters, name: string) =>
  isInstanceName(name)
    ? name
    : refuse('usage.flag', `not the name of an instance: ${name}`, {
        hint: `A file stays as it is; name one of ${INSTANCE_NAMES.join(', ')}.`,
        expected: INSTANCE_NAMES.join(', '),
        actual: name,
      });

/** The trusted roots of the package, of the user's cache and of files. */
export function createTrustStore(now: () => Date): TrustStore {
  const storeOf = (trust: Adapters) => ({
    packageRoot: PACKAGE_ROOT,
    cacheDirectory: cacheDirectory(trust),
  });
  const load: TrustStore['load'] = async (name) => {
    const trust = await adapters();
    return trust.createTrustRoots({ ...storeOf(trust), origin: 'updated-or-embedded', now }).load(name);
  };
  return {
    load,
    async open(name) {
      const trust = await adapters();
      if (trust.isInstanceName(name)) return [await load(name)];
      return trust.loadTrustRootFile(name, { packageRoot: PACKAGE_ROOT, now: now() });
    },
    async update(name) {
      const trust = await adapters();
      const { createHttpClient } = await import('../adapters/http/index.ts');
      const http = createHttpClient({ userAgent: `slsa-gate/${VERSION}` });
      try {
        const names = [instanceName(trust, name)];
        for (const outcome of await trust.updateTrustRoots({ ...storeOf(trust), http, names, now: now() })) {
          if ('error' in outcome) throw outcome.error;
        }
      } finally {
        await http.close();
      }
    },
    async pack(names) {
      const trust = await adapters();
      const wanted = names.map((name) => instanceName(trust, name));
      const options = {
        ...storeOf(trust),
        origin: 'updated-or-embedded',
        names: wanted,
        now: now(),
      } as const;
      return Buffer.from(await trust.exportTrustRoots(options));
    },
  };
}
