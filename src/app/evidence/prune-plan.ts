import { rowDigest } from '../../core/evidence/prune-record.ts';
import type { EvidenceReader } from '../../core/evidence-ports.ts';
import type { Sha256Hex, StoredRecord } from '../../core/model/evidence.ts';
import type { Verdict } from '../../core/model/result.ts';
import { refuse } from '../../errors.ts';
import type { EvidenceAccess } from './find-record.ts';
import { type GoneRecord, materialsOf, type OpenedRecord, openRecord } from './open-record.ts';
import type { Prover } from './prover.ts';
import { PrunedPayloads } from './pruned-payloads.ts';

/** Which records may lose their payloads. */
export interface Retention {
  /** RFC 3339 UTC with milliseconds; records from before are past it. */
  readonly cutoff: string;
  /** Null for all. */
  readonly environment: string | null;
}

/** A record that is past its retention. */
export interface PrunableRecord {
  readonly seq: number;
  readonly recordId: string;
  readonly artifactDigest: string;
  readonly environment: string;
  readonly verdict: Verdict;
  readonly appendTime: string;
  /** Digest of its row. */
  readonly row: string;
  readonly recordDigest: Sha256Hex;
  /** Its payloads that no record shares which is kept. */
  readonly payloads: readonly Sha256Hex[];
}

export interface PrunePlan {
  readonly records: readonly PrunableRecord[];
  /** Leaves that were looked at. */
  readonly size: number;
  /** There are more than one run takes. */
  readonly hasMore: boolean;
}

/** More would have to be kept in mind at once. */
const MAX_RECORDS = 100_000;

/**
 * Decisions that may go: old, no denial, and not the newest of their artifact and environment. A denial is remembered for
 * ever, so it is never among them; nor are overrides, which may lift one, nor the records of pruning itself.
 *
 * @throws SlsaGateError `evidence.*` when a record of the log is not whole
 */
export async function planPrune(
  { cutoff, environment }: Retention,
  access: EvidenceAccess,
  prover: Prover,
): Promise<PrunePlan> {
  const { store } = access.log;
  const { size } = prover.head.head;
  const pruned = new PrunedPayloads(store, access, prover);
  const chosen = new Map<number, PrunableRecord>();
  /** Who may have them; by the last record that does, since records go in the order of the log. */
  const owners = new Map<Sha256Hex, number>();
  let hasMore = false;
  for await (const row of rowsOf(store, size)) {
    if (row.appendTime >= cutoff || !isPrunable(row)) continue;
    if (environment !== null && row.environment !== environment) continue;
    if (await isNewest(store, row)) continue;
    const opened = await openProven(row, access, prover, pruned);
    if (opened?.kind !== 'decision') continue;
    if (chosen.size === MAX_RECORDS) {
      hasMore = true;
      break;
    }
    chosen.set(row.seq, toPrunable(row));
    for (const digest of payloadsOf(row, opened)) owners.set(digest, row.seq);
  }
  if (chosen.size > 0) {
    for await (const row of rowsOf(store, size)) {
      if (chosen.has(row.seq)) continue;
      const opened = await openProven(row, access, prover, pruned);
      if (opened !== undefined) for (const digest of payloadsOf(row, opened)) owners.delete(digest);
    }
  }
  const payloads = new Map<number, Sha256Hex[]>();
  for (const [digest, seq] of owners) payloads.set(seq, [...(payloads.get(seq) ?? []), digest]);
  const records = [...chosen.values()].map((one) => ({ ...one, payloads: payloads.get(one.seq) ?? [] }));
  return { records, size, hasMore };
}

type Prunable = StoredRecord & {
  readonly artifactDigest: string;
  readonly environment: string;
  readonly verdict: Verdict;
  readonly recordDigest: Sha256Hex;
};

const isPrunable = (row: StoredRecord): row is Prunable =>
  row.type === 'decision' &&
  row.verdict !== null &&
  row.verdict !== 'deny' &&
  row.artifactDigest !== null &&
  row.environment !== null &&
  row.recordDigest !== null;

const toPrunable = (row: Prunable): PrunableRecord => ({
  seq: row.seq,
  recordId: row.recordId,
  artifactDigest: row.artifactDigest,
  environment: row.environment,
  verdict: row.verdict,
  appendTime: row.appendTime,
  row: rowDigest(row),
  recordDigest: row.recordDigest,
  payloads: [],
});

async function isNewest(
  reader: EvidenceReader,
  { artifactDigest, environment, seq }: Prunable,
): Promise<boolean> {
  const [newest] = await reader.list({ artifactDigest, environment, type: 'decision' }, 1);
  return newest === undefined || newest.seq <= seq;
}

/** All rows of a head, none of them missing. */
async function* rowsOf(reader: EvidenceReader, size: number): AsyncGenerator<StoredRecord> {
  let seq = 0;
  for await (const batch of reader.records(0)) {
    for (const row of batch) {
      if (seq === size) return;
      if (row.seq !== seq) break;
      seq++;
      yield row;
    }
  }
  if (seq < size) refuse('evidence.tampered', `record ${seq} is missing`, { details: { seq } });
}

/** The record, or nothing where it was pruned before. */
async function openProven(
  row: StoredRecord,
  access: EvidenceAccess,
  prover: Prover,
  pruned: PrunedPayloads,
): Promise<OpenedRecord | undefined> {
  await prover.prove(row);
  const opened: OpenedRecord | GoneRecord = await openRecord(access.log.store, row, access);
  if (opened.kind !== 'gone') return opened;
  await pruned.recordOfRow(opened, row);
  return undefined;
}

/** Every payload that a record names. */
export function payloadsOf(row: StoredRecord, opened: OpenedRecord): readonly Sha256Hex[] {
  const own = [row.recordDigest, row.vsaDigest].flatMap((digest) => digest ?? []);
  return [...own, ...materialsOf(opened).map(({ digest }) => digest)];
}
