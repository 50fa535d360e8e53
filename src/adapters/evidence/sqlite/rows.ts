import type { RecordFilter, StoredRecord } from '../../../core/model/evidence.ts';
import { type Row, toStoredRecord } from '../columns.ts';

const NO_CODES: readonly string[] = [];

/** @throws SlsaGateError `evidence.tampered` */
export const toRecord = (row: Row): StoredRecord => toStoredRecord(row, parseCodes(row.codes as string));

function parseCodes(text: string): unknown {
  if (text === '[]') return NO_CODES;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
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
