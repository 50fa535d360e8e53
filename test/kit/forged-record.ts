import type { NewEntry } from '../../src/app/evidence/entry.ts';
import { artifactDigestOf, blockingCodes } from '../../src/app/evidence/read-record.ts';
import { sha256Hex } from '../../src/core/evidence/canonical.ts';
import { decisionDigest } from '../../src/core/evidence/decision-digest.ts';
import { signEnvelope } from '../../src/core/evidence/envelope.ts';
import { parseDecisionRecord } from '../../src/core/evidence/parse-record.ts';
import type { DecisionRecord } from '../../src/core/evidence/record.ts';
import {
  STATEMENT_PAYLOAD_TYPE,
  toDecisionStatement,
  toSummaryStatement,
} from '../../src/core/evidence/statements.ts';
import { toRecordId } from '../../src/core/log/record-id.ts';
import type { Payload, StoredRecord } from '../../src/core/model/evidence.ts';
import { DECIDED_AT, type DecidedLog } from './decided-log.ts';
import { toSigner } from './evidence.ts';
import { sha256 } from './keys.ts';

/** Records that say what no gate has decided, with every digest and signature right. */

/** The signed decision behind a record. */
export async function decisionOf({ log }: DecidedLog, recordId: string): Promise<DecisionRecord> {
  const row = await log.store.record(recordId);
  const envelope = await log.store.payload(String(row?.recordDigest));
  const { payload } = JSON.parse(String(envelope));
  return parseDecisionRecord(Buffer.from(payload, 'base64'));
}

export interface Forgery {
  /** What the record says; its id, request and decision digest are made anew. */
  readonly change?: (record: DecisionRecord) => DecisionRecord;
  readonly payloads?: readonly Payload[];
  /** Signs in place of the configured key. */
  readonly signer?: ReturnType<typeof toSigner>;
  /** Statement of the summary in place of the right one; null for none. */
  readonly summary?: (right: Buffer) => Buffer | null;
  /** Signs the summary in place of the configured key. */
  readonly summarySigner?: ReturnType<typeof toSigner>;
  /** Columns in place of the right ones. */
  readonly row?: Partial<NewEntry['record']>;
  /** Digest in place of the one of what is decided. */
  readonly decisionDigest?: string;
}

let forgeries = 0;

/** Appends a record like that of `recordId`, but for what is forged. */
export async function forge(log: DecidedLog, recordId: string, forgery: Forgery): Promise<StoredRecord> {
  const base = await decisionOf(log, recordId);
  const { change = (record) => record, summary = (right) => right } = forgery;
  const signer = forgery.signer ?? toSigner(log.kit.recordKeys);
  const changed = change({
    ...base,
    recordId: toRecordId(DECIDED_AT, sha256(Buffer.from(`forged ${++forgeries}`)).subarray(0, 10)),
    requestKey: `sha256:${sha256Hex(`forged request ${forgeries}`)}`,
  });
  const digest = forgery.decisionDigest ?? decisionDigest(changed.inputs, changed.outcome);
  const record: DecisionRecord = { ...changed, decisionDigest: `sha256:${digest}` };
  const payloadOf = (bytes: Uint8Array): Payload => ({ digest: sha256Hex(bytes), bytes });
  const envelope = payloadOf(await signEnvelope(STATEMENT_PAYLOAD_TYPE, toDecisionStatement(record), signer));
  const right = toSummaryStatement(record, envelope.digest);
  const statement = right === undefined ? null : summary(right);
  const vsa =
    statement === null
      ? null
      : payloadOf(await signEnvelope(STATEMENT_PAYLOAD_TYPE, statement, forgery.summarySigner ?? signer));
  const entry: NewEntry = {
    record: {
      recordId: record.recordId,
      type: 'decision',
      recordDigest: envelope.digest,
      vsaDigest: vsa?.digest ?? null,
      requestKey: record.requestKey.slice('sha256:'.length),
      decisionDigest: digest,
      artifactDigest: artifactDigestOf(record.inputs.artifact.digests),
      environment: record.inputs.environment,
      verdict: record.outcome.verdict,
      codes: blockingCodes(record.outcome.findings),
      ...forgery.row,
    },
    payloads: [envelope, ...(vsa === null ? [] : [vsa]), ...(forgery.payloads ?? [])],
  };
  const appended = await log.log.append({ decide: async () => entry });
  return appended.record;
}
