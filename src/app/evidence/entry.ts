import { hash } from 'node:crypto';
import { encodeLeaf, parseLeaf, type RecordLeaf } from '../../core/log/leaf.ts';
import type { NewRecord, Payload, RecordType, Sha256Hex, StoredRecord } from '../../core/model/evidence.ts';

/** What is to be recorded; the log adds position, leaf and time. */
export interface NewEntry {
  readonly record: Omit<NewRecord, 'type' | 'leaf' | 'appendTime'> & {
    readonly type: Exclude<RecordType, 'genesis'>;
  };
  /** Its envelopes and materials, each under the SHA-256 of its bytes. */
  readonly payloads: readonly Payload[];
  /** Payloads that go in the same transaction, for a record of type `prune`. */
  readonly drop?: readonly Sha256Hex[];
}

/** A new record, or the stored one that answers the same request already. */
export type Entry = NewEntry | { readonly existing: StoredRecord };

/**
 * The record as it will be stored.
 *
 * @param salt 16 bytes
 * @throws TypeError for an entry that no verification of the log would accept
 */
export function toRecord(
  { record, payloads }: NewEntry,
  at: { readonly seq: number; readonly appendTime: string; readonly salt: Uint8Array },
): StoredRecord {
  const { recordDigest, vsaDigest } = record;
  if (recordDigest === null) throw new TypeError('a record has an envelope');
  const given = new Set(payloads.map(({ digest }) => digest));
  for (const digest of [recordDigest, vsaDigest])
    if (digest !== null && !given.has(digest)) throw new TypeError('the envelope of a record is not given');
  for (const { digest, bytes } of payloads)
    if (hash('sha256', bytes) !== digest)
      throw new TypeError('a payload has another digest than it is given under');
  const leaf: RecordLeaf = {
    v: 1,
    type: record.type,
    recordId: record.recordId,
    recordDigest,
    decisionDigest: record.decisionDigest,
    vsaDigest,
    salt: Buffer.from(at.salt).toString('hex'),
    appendTime: at.appendTime,
  };
  const text = encodeLeaf(leaf);
  try {
    parseLeaf(text);
  } catch (cause) {
    // What is committed to cannot be mended afterwards.
    throw new TypeError('the log would not read the record again', { cause });
  }
  return { ...record, seq: at.seq, leaf: text, appendTime: at.appendTime };
}
