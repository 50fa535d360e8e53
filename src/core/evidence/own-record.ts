import type * as z from 'zod/mini';
import { refuse } from '../../errors.ts';
import type { StoredRecord } from '../model/evidence.ts';
import { isJsonObject, type Json, parseJson } from '../model/json.ts';
import { verifyOwnEnvelope } from './envelope.ts';
import type { RecordAuthority } from './record-authority.ts';
import { STATEMENT_PAYLOAD_TYPE } from './statements.ts';

/** A kind of record, but for decisions, whose reader does not see the envelope. */
export interface RecordForm<T> {
  /** e.g. `pruning` */
  readonly name: string;
  readonly predicate: () => z.ZodMiniType<T>;
  readonly toStatement: (record: T) => Buffer;
}

/** @throws SlsaGateError `evidence.tampered` */
export const failRecord = ({ seq }: StoredRecord, message: string, cause?: unknown): never =>
  refuse('evidence.tampered', `record ${seq} ${message}`, { details: { seq }, cause });

/**
 * Reads the envelope of a record in its one spelling. That it is the one of `row` is left to the caller.
 *
 * @throws SlsaGateError `evidence.signature`, `evidence.tampered`
 */
export function openOwnRecord<T>(
  envelope: Uint8Array,
  row: StoredRecord,
  recordKeys: readonly RecordAuthority[],
  { name, predicate, toStatement }: RecordForm<T>,
): T {
  const payload = verifyOwnEnvelope(envelope, recordKeys, STATEMENT_PAYLOAD_TYPE, {
    malformed: 'evidence.tampered',
    signature: 'evidence.signature',
  });
  let statement: Json;
  try {
    statement = parseJson(payload, 'record');
  } catch (cause) {
    return failRecord(row, `is no record of ${name}`, cause);
  }
  const parsed = predicate().safeParse(isJsonObject(statement) ? statement.predicate : undefined);
  // One spelling: what is no statement of ours is not what ours would be.
  if (!parsed.success || !toStatement(parsed.data).equals(payload))
    return failRecord(row, `is no record of ${name}`);
  return parsed.data;
}
