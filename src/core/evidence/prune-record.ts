import * as z from 'zod/mini';
import type { StoredRecord } from '../model/evidence.ts';
import { lazy } from '../model/lazy.ts';
import { canonicalDigest } from './canonical.ts';
import { failRecord, openOwnRecord, type RecordForm } from './own-record.ts';
import type { RecordAuthority } from './record-authority.ts';
import { toStatement } from './statements.ts';

/** Predicate type of the record that payloads were taken away. */
export const PRUNE_TYPE = 'https://slsa-gate.dev/prune/v1';

/** A record that lost its payloads. Nothing else vouches for its row afterwards. */
export interface PrunedRow {
  readonly recordId: string;
  /** Of the whole row, `sha256:<hex>`; its leaf has a salt, so that nothing can be guessed from it. */
  readonly row: string;
}

/** Which payloads went, and why: whoever misses them later finds it here. */
export interface PruneRecord {
  readonly recordId: string;
  /** RFC 3339 UTC */
  readonly prunedAt: string;
  /** RFC 3339 UTC; only records from before lost theirs. */
  readonly cutoff: string;
  /** Only records of this environment; null for all. */
  readonly environment: string | null;
  readonly reason: string;
  /** Records whose envelopes and materials went, in the order of the log. */
  readonly records: readonly PrunedRow[];
  /** Payloads that went, `sha256:<hex>`, sorted; what a kept record shares is not among them. */
  readonly payloads: readonly string[];
}

/** Payloads that one such record may name, so that it stays readable. */
export const MAX_PRUNED = 5_000;

export const rowDigest = (row: StoredRecord): string => `sha256:${canonicalDigest({ ...row })}`;

const Predicate = lazy(() => {
  const digest = z.string().check(z.regex(/^sha256:[0-9a-f]{64}$/));
  const bounds = [z.minLength(1), z.maxLength(2 * MAX_PRUNED)] as const;
  return z.strictObject({
    recordId: z.string(),
    prunedAt: z.iso.datetime(),
    cutoff: z.iso.datetime(),
    environment: z.nullable(z.string()),
    reason: z.string().check(z.minLength(1)),
    records: z.array(z.strictObject({ recordId: z.string(), row: digest })).check(...bounds),
    payloads: z.array(digest).check(...bounds),
  });
});

/** A statement is about something with a digest: here the list of what went. */
export const toPruneStatement = (record: PruneRecord): Buffer =>
  toStatement(
    PRUNE_TYPE,
    { name: 'pruned payloads', digest: { sha256: canonicalDigest([...record.payloads]) } },
    { ...record, records: record.records.map((row) => ({ ...row })) },
  );

const FORM: RecordForm<PruneRecord> = {
  name: 'pruning',
  predicate: Predicate,
  toStatement: toPruneStatement,
};

/**
 * Reads the envelope of a prune record, and compares it with the row that names it.
 *
 * @throws SlsaGateError `evidence.signature`, `evidence.tampered`
 */
export function openPruneRecord(
  envelope: Uint8Array,
  row: StoredRecord,
  recordKeys: readonly RecordAuthority[],
): PruneRecord {
  const record = openOwnRecord(envelope, row, recordKeys, FORM);
  const { recordId, environment, payloads } = record;
  if (payloads.some((digest, index) => index > 0 && digest <= (payloads[index - 1] ?? '')))
    failRecord(row, 'names what it pruned in another order');
  if (recordId !== row.recordId || environment !== row.environment || row.artifactDigest !== null)
    failRecord(row, 'says something else than its row');
  return record;
}
