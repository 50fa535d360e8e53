import { toCanonicalJson } from '../../core/evidence/canonical.ts';
import { verifyOwnEnvelope } from '../../core/evidence/envelope.ts';
import type { DecisionRecord } from '../../core/evidence/record.ts';
import type { RecordAuthority } from '../../core/evidence/record-authority.ts';
import { STATEMENT_PAYLOAD_TYPE, toSummaryStatement } from '../../core/evidence/statements.ts';
import type { Sha256Hex } from '../../core/model/evidence.ts';
import { isJsonObject, type Json, parseJson } from '../../core/model/json.ts';
import { refuse } from '../../errors.ts';

/**
 * The summary that consumers see says what the record says: signed by a configured key, about the same subject, resource,
 * policy and result, by the same verifier, naming the record by digest. An answer that nobody knows has none.
 *
 * @throws SlsaGateError `evidence.tampered`, `evidence.signature`
 */
export function assertSummary(
  envelope: Uint8Array | undefined,
  record: DecisionRecord,
  recordDigest: Sha256Hex,
  recordKeys: readonly RecordAuthority[],
): void {
  const expected = toSummaryStatement(record, recordDigest);
  if (envelope === undefined && expected === undefined) return;
  if (envelope === undefined || expected === undefined) {
    refuse('evidence.tampered', `the record has ${envelope === undefined ? 'no' : 'a'} summary`, {
      expected: expected === undefined ? 'none, since nothing was decided' : 'one that names the record',
      actual: envelope === undefined ? 'none' : 'one',
    });
  }
  const payload = verifyOwnEnvelope(envelope, recordKeys, STATEMENT_PAYLOAD_TYPE, {
    malformed: 'evidence.tampered',
    signature: 'evidence.signature',
  });
  if (expected.equals(payload)) return;
  const [own, found] = [expected, payload].map((bytes) => parseJson(bytes, 'summary'));
  const [path, left, right] = firstDifference(own, found, '') ?? ['', null, null];
  refuse('evidence.tampered', `the summary says another ${path || 'thing'} than the record`, {
    expected: print(left),
    actual: print(right),
  });
}

const print = (value: Json | undefined): string => (value === undefined ? 'none' : toCanonicalJson(value));

/** Where two values differ first, by their keys in order. */
function firstDifference(
  left: Json | undefined,
  right: Json | undefined,
  path: string,
): readonly [string, Json | undefined, Json | undefined] | undefined {
  if (print(left) === print(right)) return undefined;
  if (!isJsonObject(left) || !isJsonObject(right)) return [path, left, right];
  for (const key of [...new Set([...Object.keys(left), ...Object.keys(right)])].sort()) {
    const found = firstDifference(left[key], right[key], path === '' ? key : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
