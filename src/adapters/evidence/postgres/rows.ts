import type { RecordFilter, StoredRecord } from '../../../core/model/evidence.ts';
import { type Row, toStoredRecord } from '../columns.ts';

/** @throws SlsaGateError `evidence.tampered` */
export const toRecord = (row: Row): StoredRecord => toStoredRecord(row, row.codes);

const CONDITIONS: Readonly<Record<keyof RecordFilter, (parameter: string) => string>> = {
  artifactDigest: (parameter) => `artifact_digest = ${parameter}`,
  environment: (parameter) => `environment = ${parameter}`,
  verdict: (parameter) => `verdict = ${parameter}`,
  code: (parameter) => `codes ? ${parameter}`,
  type: (parameter) => `type = ${parameter}`,
  since: (parameter) => `append_time >= ${parameter} COLLATE "C"`,
  until: (parameter) => `append_time < ${parameter} COLLATE "C"`,
  before: (parameter) => `seq < ${parameter}`,
};

/** The conditions of a filter in SQL, and what stands for their parameters. */
export function toWhere(filter: RecordFilter): { readonly where: string; readonly values: unknown[] } {
  const given = (Object.keys(CONDITIONS) as (keyof RecordFilter)[]).filter(
    (key) => filter[key] !== undefined,
  );
  const conditions = given.map((key, index) => CONDITIONS[key](`$${index + 1}`));
  return {
    where: given.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`,
    values: given.map((key) => filter[key]),
  };
}
