import * as z from 'zod/mini';
import type { StoredRecord } from '../model/evidence.ts';
import { lazy } from '../model/lazy.ts';
import { failRecord, openOwnRecord, type RecordForm } from './own-record.ts';
import type { RecordAuthority } from './record-authority.ts';
import { toStatement } from './statements.ts';

/** Predicate type of the record that an override was accepted. */
export const OVERRIDE_RECORD_TYPE = 'https://slsa-gate.dev/override-record/v1';

/** An override that the gate verified and accepted. */
export interface OverrideRecord {
  readonly recordId: string;
  /** Denial that it lifts. */
  readonly lifts: string;
  /** `sha256:<hex>` */
  readonly artifactDigest: string;
  readonly environment: string;
  /** Of the signed override as it was given, which lies among the payloads: `sha256:<hex>`. */
  readonly override: string;
  readonly reason: string;
  readonly owner: string;
  readonly approver: string;
  /** RFC 3339 UTC; afterwards the denial stands again. */
  readonly expires: string;
  /** RFC 3339 UTC */
  readonly acceptedAt: string;
}

const Predicate = lazy(() =>
  z.strictObject({
    recordId: z.string(),
    lifts: z.string(),
    artifactDigest: z.string().check(z.regex(/^sha256:[0-9a-f]{64}$/)),
    environment: z.string(),
    override: z.string().check(z.regex(/^sha256:[0-9a-f]{64}$/)),
    reason: z.string(),
    owner: z.string(),
    approver: z.string(),
    expires: z.iso.datetime(),
    acceptedAt: z.iso.datetime(),
  }),
);

const subjectOf = ({ artifactDigest }: OverrideRecord) => ({
  name: artifactDigest,
  digest: { sha256: artifactDigest.slice('sha256:'.length) },
});

export const toOverrideStatement = (record: OverrideRecord): Buffer =>
  toStatement(OVERRIDE_RECORD_TYPE, subjectOf(record), { ...record });

const FORM: RecordForm<OverrideRecord> = {
  name: 'an override',
  predicate: Predicate,
  toStatement: toOverrideStatement,
};

/**
 * Reads the envelope of an accepted override, and compares it with the row that names it.
 *
 * @throws SlsaGateError `evidence.signature`, `evidence.tampered`
 */
export function openOverrideRecord(
  envelope: Uint8Array,
  row: StoredRecord,
  recordKeys: readonly RecordAuthority[],
): OverrideRecord {
  const record = openOwnRecord(envelope, row, recordKeys, FORM);
  const { recordId, artifactDigest, environment } = record;
  if (recordId !== row.recordId || artifactDigest !== row.artifactDigest || environment !== row.environment)
    failRecord(row, 'says something else than its row');
  return record;
}
