import { exportRecords } from '../../src/app/evidence/export.ts';
import { packTrust } from '../../src/app/evidence/pack-trust.ts';
import type { PackReader, PackTrust } from '../../src/app/evidence/verify-pack.ts';
import { renderPackReadme } from '../../src/cli/render/evidence-pack.ts';
import { refuse } from '../../src/errors.ts';
import { type DecidedLog, VERIFIER_ID } from './decided-log.ts';

/** Exports in memory: by path, so that a test can alter any file. */
export type MemoryPack = Map<string, Buffer>;

export async function exportTo(log: DecidedLog, recordIds: readonly string[]): Promise<MemoryPack> {
  const pack: MemoryPack = new Map();
  await exportRecords(recordIds, log.evidence, {
    checkpointKeys: log.kit.options.checkpointKeys,
    describe: renderPackReadme,
    write: async (files) => {
      for await (const { path, bytes } of files) pack.set(path, Buffer.from(bytes));
    },
  });
  return pack;
}

export const readerOf = (pack: MemoryPack): PackReader => ({
  list: async () => [...pack.keys()].sort(),
  read: async (path, maxBytes) => {
    const bytes = pack.get(path);
    if (bytes === undefined) return refuse('path.not-found', `no such file: ${path}`);
    if (bytes.length > maxBytes) return refuse('path.unreadable', `larger than ${maxBytes} bytes: ${path}`);
    return bytes;
  },
});

/** The keys of a log, as an auditor got them from somewhere else. */
export const trustOfLog = ({ kit }: DecidedLog): PackTrust =>
  packTrust({
    origin: kit.options.origin,
    recordKeys: [kit.recordKeys.pem],
    checkpointKeys: kit.options.checkpointKeys,
    verifierId: VERIFIER_ID,
  });
