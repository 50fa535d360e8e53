import type { RecordType, StoredRecord } from '../../core/model/evidence.ts';
import type { Verdict } from '../../core/model/result.ts';
import { refuse } from '../../errors.ts';

/** Columns of a record, the same in every database. */
export const COLUMNS =
  'seq, record_id, type, leaf, record_digest, vsa_digest, request_key, decision_digest, artifact_digest, environment, verdict, codes, append_time';

/** A row as a database gives it. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * What a row with {@link COLUMNS} says, as it stands there.
 *
 * @param codes list in the row's JSON, which each database gives in another form
 * @throws SlsaGateError `evidence.tampered`
 */
export function toStoredRecord(row: Row, codes: unknown): StoredRecord {
  const seq = row.seq as number;
  if (!Array.isArray(codes) || !codes.every((code) => typeof code === 'string'))
    return refuse('evidence.tampered', `record ${seq} has no list of codes`, { details: { seq } });
  const text = (column: string): string => row[column] as string;
  const orNull = (column: string): string | null => (row[column] ?? null) as string | null;
  return {
    seq,
    recordId: text('record_id'),
    type: text('type') as RecordType,
    leaf: text('leaf'),
    recordDigest: orNull('record_digest'),
    vsaDigest: orNull('vsa_digest'),
    requestKey: orNull('request_key'),
    decisionDigest: orNull('decision_digest'),
    artifactDigest: orNull('artifact_digest'),
    environment: orNull('environment'),
    verdict: orNull('verdict') as Verdict | null,
    codes,
    appendTime: text('append_time'),
  };
}
