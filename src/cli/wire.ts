import {
  createArtifactFiles,
  createAttestationFiles,
  readKeyFile,
} from '../adapters/attestations/file/index.ts';
import { readRegularFile } from '../adapters/disk/read.ts';
import { loadShippedCloudBuildKeys } from '../adapters/trust/gcb-keys.ts';
import { loadShippedNpmKeys } from '../adapters/trust/npm-keys.ts';
import type { Ports } from '../app/requests.ts';
import { LIMITS } from '../core/limits.ts';
import { PACKAGE_ROOT } from './package-root.ts';
import { progressOn } from './progress.ts';
import { createTrustStore } from './wire-trust.ts';

const clock = (): Date => new Date();

/** One byte more than such a file may have, so that its reader tells that as any other fault. */
const readConfigFile = async (path: string): Promise<Uint8Array> => {
  const options = { missing: 'path.not-found', unreadable: 'path.unreadable', followLinks: true } as const;
  return (await readRegularFile(path, { ...options, maxBytes: LIMITS.configBytes + 1 })).bytes;
};

/** An export of an evidence log; read by few, so its adapter is loaded when it is needed. */
export const openPack = async (path: string) =>
  (await import('../adapters/evidence-packs/read.ts')).openFolder(path);

/** Connects the use cases with the outside; the only place of the command that names adapters. */
export const createPorts = async (): Promise<Ports> => ({
  trust: createTrustStore(clock),
  keys: {
    readKey: readKeyFile,
    npm: () => loadShippedNpmKeys(PACKAGE_ROOT),
    cloudBuild: () => loadShippedCloudBuildKeys(PACKAGE_ROOT),
  },
  artifacts: {
    ...createArtifactFiles(progressOn(process.stderr)),
    readLayout: async (reference) =>
      (await import('../adapters/attestations/oci-layout/index.ts')).readOciLayout(reference),
  },
  attestations: createAttestationFiles(process.stdin),
  readFile: readConfigFile,
  openPack,
  now: clock,
});
