import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSqliteStore } from '../../src/adapters/evidence/sqlite/index.ts';
import { openPin } from '../../src/adapters/evidence-pins/index.ts';
import { openFolderSink } from '../../src/adapters/sinks/folder/index.ts';
import { findRecord } from '../../src/app/evidence/find-record.ts';
import { openEvidence } from '../../src/app/evidence/open-evidence.ts';
import { ResultSchema } from '../../src/cli/render/schema.ts';
import type { StoredRecord } from '../../src/core/model/evidence.ts';
import type { Ran } from '../e2e/built.ts';

type Evidence = Awaited<ReturnType<typeof openEvidence>>;

/** Opens the evidence file of a folder for reading. */
export const openToRead = (file: string): Promise<Evidence> =>
  openEvidence(
    file,
    {
      readFile: (path) => readFile(path),
      openStore: async (reference, name) => {
        if (reference.kind !== 'sqlite') throw new Error('not an embedded store');
        return createSqliteStore({ path: reference.path, name });
      },
      openSigner: () => Promise.reject(new Error('nothing is signed')),
      openIdentitySigner: () => Promise.reject(new Error('nothing is signed')),
      readTrustedRoot: () => Promise.reject(new Error('no identity signs')),
      openPin: (reference, baseDirectory) =>
        openPin(reference, baseDirectory, { searchPath: '', workingDirectory: baseDirectory }),
      openSink: openFolderSink,
      diskOf: async () => 'durable',
      onHostedRunner: false,
      now: () => new Date(),
      random: randomBytes,
    },
    { write: false },
  );

/** What is on record about one answer. */
export interface OnRecord {
  readonly row: StoredRecord;
  /** DSSE envelopes, in the bytes that the store keeps. */
  readonly decision: Buffer;
  readonly summary: Buffer;
}

/** The envelopes behind an answer of `gate --json`. */
export async function onRecord({ stdout }: Ran, evidenceFile: string): Promise<OnRecord> {
  const [result] = ResultSchema.parse(JSON.parse(stdout)).results;
  const evidence = await openToRead(evidenceFile);
  try {
    const row = await findRecord(evidence, String(result?.recordId));
    const payload = async (digest: string | null): Promise<Buffer> => {
      const bytes = digest === null ? undefined : await evidence.log.store.payload(digest);
      if (bytes === undefined) throw new Error(`the record has no ${digest ?? 'summary'}`);
      return bytes;
    };
    return { row, decision: await payload(row.recordDigest), summary: await payload(row.vsaDigest) };
  } finally {
    await evidence.close();
  }
}
