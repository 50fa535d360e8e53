import { createHash, randomBytes } from 'node:crypto';
import { type NewEntry, toRecord } from '../../src/app/evidence/entry.ts';
import { toRecordId } from '../../src/core/log/record-id.ts';
import type { StoredRecord } from '../../src/core/model/evidence.ts';

interface Envelopes {
  readonly recordBytes: number;
  readonly summaryBytes: number;
}

/** As large as the envelopes of a decision about one attestation, and of its summary. */
const ENVELOPES: Envelopes = { recordBytes: 3000, summaryBytes: 1500 };
/** For figures in which payloads do not matter. */
export const SMALL_ENVELOPES: Envelopes = { recordBytes: 64, summaryBytes: 64 };
/** Appends that wait at the same time, and rows of a raw transaction. */
export const IN_FLIGHT = 64;

const hexOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
let made = 0;

/** A decision unlike all others, as a gate would append it: two envelopes, its request, its artifact. */
export function createEntry({ recordBytes, summaryBytes }: Envelopes = ENVELOPES): NewEntry {
  const at = new Date(Date.UTC(2026, 0, 1) + made++);
  const envelope = Buffer.alloc(recordBytes, randomBytes(300).toString('base64'));
  const summary = Buffer.alloc(summaryBytes, randomBytes(300).toString('base64'));
  const recordDigest = hexOf(envelope);
  const vsaDigest = hexOf(summary);
  return {
    record: {
      recordId: toRecordId(at, randomBytes(10)),
      type: 'decision',
      recordDigest,
      vsaDigest,
      requestKey: randomBytes(32).toString('hex'),
      decisionDigest: randomBytes(32).toString('hex'),
      artifactDigest: `sha256:${randomBytes(32).toString('hex')}`,
      environment: 'production',
      verdict: 'allow',
      codes: [],
    },
    payloads: [
      { digest: recordDigest, bytes: envelope },
      { digest: vsaDigest, bytes: summary },
    ],
  };
}

export const createEntries = (count: number, envelopes?: Envelopes): NewEntry[] =>
  Array.from({ length: count }, () => createEntry(envelopes));

/** What an append stores of an entry. */
export interface Row {
  readonly record: StoredRecord;
  readonly payloads: NewEntry['payloads'];
}

export const toRow = (entry: NewEntry, seq: number): Row => ({
  record: toRecord(entry, { seq, appendTime: '2026-01-01T00:00:00.000Z', salt: randomBytes(16) }),
  payloads: entry.payloads,
});
