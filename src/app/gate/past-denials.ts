import { sha256Hex } from '../../core/evidence/canonical.ts';
import type { PastDenial } from '../../core/evidence/deny-memory.ts';
import { openOverrideRecord } from '../../core/evidence/override-record.ts';
import type { RecordAuthority } from '../../core/evidence/record-authority.ts';
import type { EvidenceReader } from '../../core/evidence-ports.ts';
import type { StoredRecord } from '../../core/model/evidence.ts';
import { refuse } from '../../errors.ts';
import { everyRecord } from '../evidence/every-record.ts';
import { openDecision, readPayload } from '../evidence/read-record.ts';

/** One artifact in one environment. */
export interface Place {
  readonly artifactDigest: string;
  readonly environment: string;
}

async function envelopeOf(reader: EvidenceReader, row: StoredRecord): Promise<Buffer> {
  const { recordDigest, seq, recordId } = row;
  const bytes =
    recordDigest === null ? undefined : await readPayload(reader, recordDigest, { sha256Hex, seq });
  return (
    bytes ??
    refuse('evidence.material-missing', `the record of a denial is gone: ${recordId}`, { details: { seq } })
  );
}

/**
 * Denials of these bytes for this environment, out of their signed records. One whose record cannot be read any more is
 * no denial forgotten: the gate stops.
 *
 * @throws SlsaGateError `evidence.material-missing`, `evidence.tampered`, `evidence.signature`
 */
export async function pastDenials(
  reader: EvidenceReader,
  place: Place,
  recordKeys: readonly RecordAuthority[],
): Promise<readonly PastDenial[]> {
  const denials: PastDenial[] = [];
  for await (const row of everyRecord(reader, { ...place, type: 'decision', verdict: 'deny' })) {
    const { recordId, outcome } = openDecision(await envelopeOf(reader, row), row, recordKeys);
    const blocking = outcome.findings.filter((finding) => finding.required && finding.outcome === 'fail');
    denials.push({ recordId, findings: blocking });
  }
  return denials;
}

/** Ids of denials of this place that an override on record lifts; one that has expired lifts nothing. */
export async function overriddenDenials(
  reader: EvidenceReader,
  place: Place,
  recordKeys: readonly RecordAuthority[],
  nowMs: number,
): Promise<ReadonlySet<string>> {
  const lifted = new Set<string>();
  for await (const row of everyRecord(reader, { ...place, type: 'override' })) {
    const { lifts, expires } = openOverrideRecord(await envelopeOf(reader, row), row, recordKeys);
    if (Date.parse(expires) > nowMs) lifted.add(lifts);
  }
  return lifted;
}
