import type { RecordFilter, RecordType, StoredRecord } from '../../../core/model/evidence.ts';
import type { Verdict } from '../../../core/model/result.ts';
import { refuse } from '../../../errors.ts';

export const COLUMNS =
  'seq, record_id, type, leaf, record_digest, vsa_digest, request_key, decision_digest, artifact_digest, environment, verdict, codes, append_time';

/** A row as SQLite gives it, under the names of {@link COLUMNS}. */
export type Row = Readonly<Record<string, unknown>>;

/** @throws SlsaGateError `evidence.tampered` */
export function toStoredRecord(row: Row): StoredRecord {
  const text = (column: string): string => row[column] as string;
  const orNull = (column: string): string | null => (row[column] ?? null) as string | null;
  const seq = row.seq as number;
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
    codes: parseCodes(text('codes'), seq),
    appendTime: text('append_time'),
  };
}

const NO_CODES: readonly string[] = [];

function parseCodes(text: string, seq: number): readonly string[] {
  if (text === '[]') return NO_CODES;
  let codes: unknown;
  try {
    codes = JSON.parse(text);
  } catch {
    codes = undefined;
  }
  if (!Array.isArray(codes) || !codes.every((code) => typeof code === 'string'))
    return refuse('evidence.tampered', `record ${seq} has no list of codes`, { details: { seq } });
  return codes;
}

export const toParameters = (record: StoredRecord): (string | number | null)[] => [
  record.seq,
  record.recordId,
  record.type,
  record.leaf,
  record.recordDigest,
  record.vsaDigest,
  record.requestKey,
  record.decisionDigest,
  record.artifactDigest,
  record.environment,
  record.verdict,
  JSON.stringify(record.codes),
  record.appendTime,
];

const CONDITIONS: Readonly<Record<keyof RecordFilter, string>> = {
  artifactDigest: 'artifact_digest = ?',
  environment: 'environment = ?',
  verdict: 'verdict = ?',
  code: 'EXISTS (SELECT 1 FROM json_each(codes) WHERE value = ?)',
  type: 'type = ?',
  since: 'append_time >= ?',
  until: 'append_time < ?',
  before: 'seq < ?',
};

/** The conditions of a filter in SQL, and what stands for their question marks. */
export function toWhere(filter: RecordFilter): {
  readonly where: string;
  readonly values: (string | number)[];
} {
  const given = (Object.keys(CONDITIONS) as (keyof RecordFilter)[]).filter(
    (key) => filter[key] !== undefined,
  );
  return {
    where: given.length === 0 ? '' : `WHERE ${given.map((key) => CONDITIONS[key]).join(' AND ')}`,
    values: given.map((key) => filter[key] as string | number),
  };
}
