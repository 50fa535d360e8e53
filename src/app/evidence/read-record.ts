import { verifyOwnEnvelope } from '../../core/evidence/envelope.ts';
import { parseDecisionRecord } from '../../core/evidence/parse-record.ts';
import type { DecisionRecord } from '../../core/evidence/record.ts';
import type { RecordAuthority } from '../../core/evidence/record-authority.ts';
import { STATEMENT_PAYLOAD_TYPE } from '../../core/evidence/statements.ts';
import type { EvidenceReader } from '../../core/evidence-ports.ts';
import type { Sha256Hex, StoredRecord } from '../../core/model/evidence.ts';
import { refuse } from '../../errors.ts';

/**
 * The bytes that a record names by digest; undefined where they are gone, which only a prune record may explain.
 *
 * @throws SlsaGateError `evidence.tampered` when the store has other bytes under the digest
 */
export async function readPayload(
  reader: Pick<EvidenceReader, 'payload'>,
  digest: Sha256Hex,
  { sha256Hex, seq }: { readonly sha256Hex: (bytes: Uint8Array) => string; readonly seq?: number },
): Promise<Buffer | undefined> {
  const bytes = await reader.payload(digest);
  if (bytes !== undefined && sha256Hex(bytes) !== digest) {
    refuse('evidence.tampered', `a payload of the log has other bytes than its digest: ${digest}`, {
      ...(seq === undefined ? {} : { details: { seq } }),
    });
  }
  return bytes;
}

/**
 * The signed decision behind a row of the store, verified with the configured keys and identities. That the row stands in the log is
 * proven elsewhere.
 *
 * @throws SlsaGateError `evidence.signature`, `evidence.tampered`
 */
export function openDecision(
  envelope: Uint8Array,
  row: StoredRecord,
  recordKeys: readonly RecordAuthority[],
): DecisionRecord {
  const payload = verifyOwnEnvelope(envelope, recordKeys, STATEMENT_PAYLOAD_TYPE, {
    malformed: 'evidence.tampered',
    signature: 'evidence.signature',
  });
  const record = parseDecisionRecord(payload);
  assertRow(record, row);
  return record;
}

/** What the row repeats for searching must be what was signed. */
function assertRow(record: DecisionRecord, row: StoredRecord): void {
  const { inputs, outcome } = record;
  const committed: Readonly<Record<string, string>> = {
    recordId: record.recordId,
    requestKey: record.requestKey,
    decisionDigest: record.decisionDigest,
    artifactDigest: artifactDigestOf(inputs.artifact.digests),
    environment: inputs.environment,
    verdict: outcome.verdict,
    codes: blockingCodes(outcome.findings).join(','),
  };
  const stored: Readonly<Record<string, string>> = {
    recordId: row.recordId,
    requestKey: `sha256:${row.requestKey ?? ''}`,
    decisionDigest: `sha256:${row.decisionDigest ?? ''}`,
    artifactDigest: row.artifactDigest ?? '',
    environment: row.environment ?? '',
    verdict: row.verdict ?? '',
    codes: row.codes.join(','),
  };
  for (const [field, expected] of Object.entries(committed)) {
    if (stored[field] === expected) continue;
    refuse('evidence.tampered', `record ${row.seq} has another ${field} than was signed`, {
      expected,
      actual: stored[field] ?? 'none',
      details: { seq: row.seq },
    });
  }
}

/** `sha256:<hex>`, by which records of one artifact are found. */
export const artifactDigestOf = (digests: Readonly<Record<string, string>>): string =>
  `sha256:${digests.sha256 ?? ''}`;

/** Codes of what blocks, sorted, each once. */
export const blockingCodes = (findings: DecisionRecord['outcome']['findings']): readonly string[] =>
  [
    ...new Set(
      findings.filter(({ required, outcome }) => required && outcome !== 'pass').map(({ code }) => code),
    ),
  ].sort();
