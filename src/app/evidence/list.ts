import type { RecordFilter, RecordType, StoredRecord } from '../../core/model/evidence.ts';
import type { Verdict } from '../../core/model/result.ts';
import type { EvidenceAccess } from './find-record.ts';
import { openRecord } from './open-record.ts';
import { openProver } from './prover.ts';
import { PrunedPayloads } from './pruned-payloads.ts';

/** `slsa-gate evidence list` */
export interface ListRequest {
  readonly filter: RecordFilter;
  /** At least 1. */
  readonly limit: number;
  /** Prove each record and verify its signature. */
  readonly verify: boolean;
}

export interface ListedRecord {
  readonly seq: number;
  readonly recordId: string;
  readonly type: RecordType;
  readonly artifactDigest: string | null;
  readonly environment: string | null;
  readonly verdict: Verdict | null;
  readonly codes: readonly string[];
  readonly appendTime: string;
  /** Record that took its envelope away; null where nothing did, absent where nobody looked. */
  readonly prunedBy?: string | null;
}

export interface ListDocument {
  readonly schemaVersion: 1;
  readonly origin: string;
  /** Whether each record was proven; without it the rows are what the store says. */
  readonly verified: boolean;
  /** Newest first. */
  readonly records: readonly ListedRecord[];
  /** For the next page: records before this position; null when there are none. */
  readonly before: number | null;
}

/**
 * Lists records, newest first. What the columns say of a pruned record is all that is left of it.
 *
 * @throws SlsaGateError `evidence.*`
 */
export async function listRecords(
  { filter, limit, verify }: ListRequest,
  access: EvidenceAccess,
): Promise<ListDocument> {
  const { log } = access;
  const rows = await log.store.list(filter, limit + 1);
  const page = rows.slice(0, limit);
  return {
    schemaVersion: 1,
    origin: log.origin,
    verified: verify,
    records: verify ? await verified(page, access) : page.map(toListed),
    before: rows.length > limit ? (page.at(-1)?.seq ?? null) : null,
  };
}

async function verified(
  rows: readonly StoredRecord[],
  access: EvidenceAccess,
): Promise<readonly ListedRecord[]> {
  const { store } = access.log;
  const prover = await openProver(access.log);
  const pruned = new PrunedPayloads(store, access, prover);
  const listed: ListedRecord[] = [];
  for (const row of rows) {
    await prover.prove(row);
    const opened = await openRecord(store, row, access);
    const prunedBy = opened.kind === 'gone' ? await pruned.recordOfRow(opened, row) : null;
    listed.push({ ...toListed(row), prunedBy });
  }
  return listed;
}

export const toListed = ({
  seq,
  recordId,
  type,
  artifactDigest,
  environment,
  verdict,
  codes,
  appendTime,
}: StoredRecord): ListedRecord => ({
  seq,
  recordId,
  type,
  artifactDigest,
  environment,
  verdict,
  codes,
  appendTime,
});
