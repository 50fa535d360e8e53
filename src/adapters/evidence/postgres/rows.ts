import type { RecordFilter, RecordType, StoredRecord } from '../../../core/model/evidence.ts';
import type { Verdict } from '../../../core/model/result.ts';
import { refuse } from '../../../errors.ts';
import type { Row } from './session.ts';

export const COLUMNS =
  'seq, record_id, type, leaf, record_digest, vsa_digest, request_key, decision_digest, artifact_digest, environment, verdict, codes, append_time';

/** @throws SlsaGateError `evidence.tampered` */
export function toStoredRecord(row: Row): StoredRecord {
  const text = (column: string): string => row[column] as string;
  const orNull = (column: string): string | null => row[column] as string | null;
  const seq = row.seq as number;
  const { codes } = row;
  if (!Array.isArray(codes) || !codes.every((code) => typeof code === 'string'))
    return refuse('evidence.tampered', `record ${seq} has no list of codes`, { details: { seq } });
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
