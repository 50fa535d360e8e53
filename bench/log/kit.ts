import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { NewEvidenceLogOptions } from '../../src/app/evidence/create-log.ts';
import type { NewEntry } from '../../src/app/evidence/entry.ts';
import type { EvidenceLog } from '../../src/app/evidence/log.ts';
import type { CheckpointPin, EvidenceStore } from '../../src/core/evidence-ports.ts';
import { toVkey } from '../../src/core/log/checkpoint.ts';
import { IN_FLIGHT } from './workload.ts';

const ORIGIN = 'bench.local/log';

/** Keeps the newest checkpoint in memory: what a pin costs depends on where it is, and is measured by itself. */
export function createMemoryPin(): CheckpointPin {
  let note: string | undefined;
  return {
    name: 'pin:memory',
    read: async () => note,
    write: async (next) => {
      note = next;
    },
  };
}

export function logOptions(
  store: EvidenceStore,
  pin: CheckpointPin = createMemoryPin(),
): NewEvidenceLogOptions {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return {
    store,
    origin: ORIGIN,
    checkpointKeys: [toVkey(ORIGIN, spki)],
    checkpointSigner: {
      scheme: 'key',
      algorithm: 'Ed25519',
      publicKey: spki,
      sign: async (bytes) => sign(null, bytes, privateKey),
      close: async () => {},
    },
    recordKeys: [spki],
    pins: [pin],
    now: () => new Date(),
    random: (bytes) => randomBytes(bytes),
  };
}

/** Appends all entries, so many at a time, each as a gate does: it asks for the request's record first. */
export async function appendAll(log: EvidenceLog, entries: readonly NewEntry[]): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      for (let entry = entries[next++]; entry !== undefined; entry = entries[next++]) {
        const { record } = entry;
        const appending = entry;
        const { isNew, proof } = await log.append({
          keys: [record.requestKey ?? '', record.artifactDigest ?? ''],
          decide: async (reader) => {
            const existing = await reader.recordOfRequest(record.requestKey ?? '');
            return existing === undefined ? appending : { existing };
          },
        });
        if (!isNew || proof === '') throw new Error('an append was no append');
      }
    }),
  );
}
