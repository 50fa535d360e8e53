import { createArtifactFiles, createAttestationFiles } from '../adapters/attestations/file/index.ts';
import { loadEmbeddedRoot } from '../adapters/trust/embedded.ts';
import { loadShippedCloudBuildKeys } from '../adapters/trust/gcb-keys.ts';
import { isInstanceName } from '../adapters/trust/instances.ts';
import { loadShippedNpmKeys } from '../adapters/trust/npm-keys.ts';
import { PACKAGE_ROOT } from '../adapters/trust/package-root.ts';
import type { VerificationPorts } from '../app/requests.ts';
import type { TrustRootBytes } from '../core/ports.ts';
import { refuse } from '../errors.ts';
import type { Held } from './request.ts';

/**
 * What ships with the package is read once per process: a thousand verifications at a time would else open thousands of
 * files. A read that failed is tried again.
 */
function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => {
    loaded ??= load().catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
}

const SHIPPED: Readonly<Record<string, () => Promise<TrustRootBytes>>> = {
  'public-good': once(() => loadEmbeddedRoot(PACKAGE_ROOT, 'public-good')),
  staging: once(() => loadEmbeddedRoot(PACKAGE_ROOT, 'staging')),
  github: once(() => loadEmbeddedRoot(PACKAGE_ROOT, 'github')),
};
const npmKeys = once(() => loadShippedNpmKeys(PACKAGE_ROOT));
const cloudBuildKeys = once(() => loadShippedCloudBuildKeys(PACKAGE_ROOT));

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** The ports of one call: what the caller handed over, its files, and the trust that ships with the package. */
export const createPorts = ({ attestations, roots, keyPem, now }: Held): VerificationPorts => ({
  trust: {
    async open(name) {
      const own = roots.get(name);
      if (own !== undefined) return [{ name, bytes: own, origin: 'file', currentAt: null }];
      const shipped = isInstanceName(name) ? SHIPPED[name] : undefined;
      return [
        await (shipped ?? (() => refuse('trust.unavailable', `no trusted root of this name: ${name}`)))(),
      ];
    },
  },
  keys: {
    readKey: async () =>
      Buffer.from(keyPem ?? refuse('internal.bug', 'a key is asked for that nobody gave'), 'latin1'),
    npm: npmKeys,
    cloudBuild: cloudBuildKeys,
  },
  artifacts: {
    ...createArtifactFiles(),
    readLayout: async (reference) =>
      (await import('../adapters/attestations/oci-layout/index.ts')).readOciLayout(reference),
  },
  attestations: {
    async collect(files) {
      const fromFiles = await createAttestationFiles(nothing()).collect(files);
      const given = attestations.map((bytes, index) => ({ bytes, source: `attestations[${index}]` }));
      return { ...fromFiles, name: 'given', attestations: [...given, ...fromFiles.attestations] };
    },
  },
  now: () => now ?? new Date(),
});
