import { createHash } from 'node:crypto';
import { readRegularFile } from '../adapters/trust/disk.ts';
import { loadShippedCloudBuildKeys } from '../adapters/trust/gcb-keys.ts';
import type { InspectPorts } from '../app/inspect.ts';
import { LIMITS } from '../core/limits.ts';
import { parseDigest } from '../core/model/digest.ts';
import { PACKAGE_ROOT } from './package-root.ts';
import { createPorts } from './wire.ts';

export const createInspectPorts = async (): Promise<InspectPorts> => ({
  ...(await createPorts()),
  collectBundles: (names) =>
    Promise.all(
      names.map(async (name) => ({
        source: `file:${name}`,
        bytes: await readRegularFile(name, {
          maxBytes: LIMITS.attestationFileBytes,
          refusals: { missing: 'path.not-found', tooLarge: 'limit.bytes', unreadable: 'path.unreadable' },
          followLinks: true,
        }),
      })),
    ),
  loadCloudBuildKeys: () => loadShippedCloudBuildKeys(PACKAGE_ROOT),
  async digestArtifact(reference) {
    if (/^sha\d+:/.test(reference)) {
      const { algorithm, value } = parseDigest(reference);
      return { [algorithm]: value };
    }
    const bytes = await readRegularFile(reference, {
      maxBytes: LIMITS.artifactInMemoryBytes,
      refusals: { missing: 'path.not-found', tooLarge: 'limit.bytes', unreadable: 'path.unreadable' },
      followLinks: true,
    });
    const digest = (algorithm: string): string => createHash(algorithm).update(bytes).digest('hex');
    return { sha256: digest('sha256'), sha384: digest('sha384'), sha512: digest('sha512') };
  },
});
