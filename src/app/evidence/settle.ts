import type { EvidenceReader, EvidenceStore, EvidenceWrite } from '../../core/evidence-ports.ts';
import type { CheckpointTrust, TreeHead } from '../../core/log/checkpoint.ts';
import type { StoredRecord } from '../../core/model/evidence.ts';
import { refuse, SlsaGateError } from '../../errors.ts';
import { assertContinues, tilesFrom, type VerifiedHead, verifyHead } from './heads.ts';

/** A write that was tried. */
export interface Attempted {
  readonly write: EvidenceWrite;
  readonly head: TreeHead;
  /** The head that it was to follow. */
  readonly before: TreeHead;
}

/**
 * A store may have kept what it reported as failed. Looks, in a transaction of its own so that the failed one has ended.
 *
 * @returns the head that is stored, when all of the write is there
 * @throws SlsaGateError `evidence.unwritable` when nothing of it is there, or nobody can tell; `evidence.tampered` when
 *   only a part is; an integrity code as `failure` has it
 */
export async function settle(
  store: EvidenceStore,
  attempted: Attempted,
  trust: CheckpointTrust,
  failure: unknown,
): Promise<VerifiedHead> {
  let found: VerifiedHead | 'absent';
  try {
    found = await store.transact((transaction) => look(transaction, attempted, trust, store.name));
  } catch (error) {
    if (error instanceof SlsaGateError && error.exitCode === 3) throw error;
    return refuse(
      'evidence.unwritable',
      `writing to ${store.name} failed, and whether it was stored is not known`,
      {
        hint: 'Mend the store and run again; a record that was stored is found again.',
        cause: failure,
      },
    );
  }
  if (found !== 'absent') return found;
  if (failure instanceof SlsaGateError) throw failure;
  return refuse('evidence.unwritable', `writing to ${store.name} failed`, { cause: failure });
}

async function look(
  reader: EvidenceReader,
  { write, head, before }: Attempted,
  trust: CheckpointTrust,
  name: string,
): Promise<VerifiedHead | 'absent'> {
  const stored = await verifyHead(reader, trust, name);
  const presence = await Promise.all(write.records.map((record) => isStored(reader, record)));
  const isHead = stored.note === write.checkpoint.note;
  if (presence.every((isThere) => isThere) && (isHead || stored.head.size > head.size)) {
    await assertContinues(stored.head, head, 'this process', tilesFrom(reader));
    return stored;
  }
  if (presence.every((isThere) => !isThere) && !isHead) {
    await assertContinues(stored.head, before, 'this process', tilesFrom(reader));
    return 'absent';
  }
  return refuse('evidence.tampered', `${name} kept a part of a transaction`, {
    expected: 'all of it or nothing',
    details: { seq: write.records[0]?.seq ?? head.size },
  });
}

/** The record, at its place, with the envelopes that make it readable. */
async function isStored(reader: EvidenceReader, record: StoredRecord): Promise<boolean> {
  const found = await reader.record(record.recordId);
  if (found?.leaf !== record.leaf || found.seq !== record.seq) return false;
  for (const digest of [record.recordDigest, record.vsaDigest])
    if (digest !== null && (await reader.payload(digest)) === undefined) return false;
  return true;
}
