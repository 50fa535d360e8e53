import { parseCheckpoint } from '../../core/log/checkpoint.ts';
import { attempt, SlsaGateError } from '../../errors.ts';
import type { EvidenceLogOptions } from './log-options.ts';
import type { RecordTrust } from './open-record.ts';
import { verifyLog } from './verify-log.ts';
import { type RecordCounts, RecordVerifier } from './verify-records.ts';

/** `slsa-gate evidence verify` */
export interface VerifyEvidenceRequest {
  /** Only what came after the pinned checkpoint, and that the log continues it. */
  readonly fromPinned: boolean;
  /** Hash the bytes behind every digest too. */
  readonly withMaterial: boolean;
}

/** A log of which everything that was looked at is intact. */
export interface VerifyEvidenceDocument {
  readonly schemaVersion: 1;
  readonly origin: string;
  /** Leaves of the log. */
  readonly size: number;
  /** First position that was looked at. */
  readonly from: number;
  /** Stored checkpoints that were verified. */
  readonly checkpoints: number;
  /** Signed note of the newest head. */
  readonly checkpoint: string;
  readonly withMaterial: boolean;
  readonly records: RecordCounts;
}

/**
 * Verifies a log from its first leaf (or the pinned checkpoint) to its head, and every record that stands in it.
 *
 * @throws SlsaGateError `evidence.*`; what is about one record has the first bad position as `details.seq`
 */
export async function verifyEvidence(
  { fromPinned, withMaterial }: VerifyEvidenceRequest,
  log: Pick<EvidenceLogOptions, 'store' | 'origin' | 'checkpointKeys' | 'pins'>,
  trust: RecordTrust,
  onProgress?: (done: number, total: number) => void,
): Promise<VerifyEvidenceDocument> {
  const records = new RecordVerifier(log.store, trust, { withMaterial });
  try {
    const { size, from, checkpoint, checkpoints } = await verifyLog({
      ...log,
      fromPinned: fromPinned ? await smallestPin(log.pins) : undefined,
      onProgress,
      onRecord: (row) => records.check(row),
    });
    return {
      schemaVersion: 1,
      origin: log.origin,
      size,
      from,
      checkpoints,
      checkpoint,
      withMaterial,
      records: records.finish(),
    };
  } catch (error) {
    throw error instanceof SlsaGateError ? withPosition(error) : error;
  }
}

/** People read the message alone, so the first bad position stands in it too. */
function withPosition(error: SlsaGateError): SlsaGateError {
  const { seq } = error.details;
  if (typeof seq !== 'number' || error.message.includes(`record ${seq}`)) return error;
  const { finding, message, hint, expected, actual, details, cause } = error;
  return new SlsaGateError(finding, `${message}; the first bad position is that of record ${seq}`, {
    hint,
    ...(expected === undefined ? {} : { expected }),
    ...(actual === undefined ? {} : { actual }),
    details,
    cause,
  });
}

/** The pin from which on most is looked at. One that cannot be read is refused by the walk itself. */
async function smallestPin(pins: EvidenceLogOptions['pins']): Promise<string | undefined> {
  const notes = await Promise.all(pins.map((pin) => pin.read()));
  return notes
    .map((note) => ({ note, head: attempt(() => parseCheckpoint(note ?? '').head) }))
    .flatMap(({ note, head }) => ('value' in head ? [{ note, size: head.value.size }] : []))
    .sort((a, b) => a.size - b.size)[0]?.note;
}
