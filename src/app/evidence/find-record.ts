import { isRecordId } from '../../core/log/record-id.ts';
import type { StoredRecord } from '../../core/model/evidence.ts';
import { refuse } from '../../errors.ts';
import type { GateEvidence } from '../gate/requests.ts';

/** The log as commands read it: opened, held against its pins, with the keys of configuration. */
export type EvidenceAccess = Pick<GateEvidence, 'log' | 'recordKeys' | 'verifierId'>;

/**
 * The row of a record; nothing about it is verified.
 *
 * @throws SlsaGateError `evidence.not-found`
 */
export async function findRecord({ log }: EvidenceAccess, recordId: string): Promise<StoredRecord> {
  const row = isRecordId(recordId) ? await log.store.record(recordId) : undefined;
  return (
    row ??
    refuse('evidence.not-found', `no such record: ${recordId}`, {
      expected: 'rec_ and 26 letters and digits',
      actual: recordId,
    })
  );
}
