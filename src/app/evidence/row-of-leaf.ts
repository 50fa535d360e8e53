import { readOwnPayload } from '../../core/evidence/envelope.ts';
import { parseDecisionRecord } from '../../core/evidence/parse-record.ts';
import { parseLeaf } from '../../core/log/leaf.ts';
import type { StoredRecord } from '../../core/model/evidence.ts';
import { isJsonObject, type Json, parseJson } from '../../core/model/json.ts';
import { hexOf } from './open-record.ts';
import { artifactDigestOf, blockingCodes } from './read-record.ts';

type Columns = Pick<StoredRecord, 'requestKey' | 'artifactDigest' | 'environment' | 'verdict' | 'codes'>;

const NONE: Columns = {
  requestKey: null,
  artifactDigest: null,
  environment: null,
  verdict: null,
  codes: [],
};

/**
 * The row that a store would have for a leaf, out of the envelope that is said to be its record. Nothing of it is
 * verified: it is what `openRecord` then compares with what was signed.
 *
 * @throws SlsaGateError `evidence.tampered` for what is no leaf or no envelope
 */
export function rowOfLeaf(seq: number, text: string, envelope: Uint8Array | undefined): StoredRecord {
  const leaf = parseLeaf(text);
  const common = { seq, recordId: leaf.recordId, leaf: text, appendTime: leaf.appendTime };
  if (leaf.type === 'genesis')
    return { ...common, ...NONE, type: leaf.type, recordDigest: null, vsaDigest: null, decisionDigest: null };
  const { type, recordDigest, vsaDigest, decisionDigest } = leaf;
  const columns = envelope === undefined ? NONE : columnsOf(type, envelope);
  return { ...common, ...columns, type, recordDigest, vsaDigest, decisionDigest };
}

function columnsOf(type: StoredRecord['type'], envelope: Uint8Array): Columns {
  const { payload } = readOwnPayload(envelope, 'evidence.tampered');
  if (type === 'decision') {
    const { requestKey, inputs, outcome } = parseDecisionRecord(payload);
    return {
      requestKey: hexOf(requestKey),
      artifactDigest: artifactDigestOf(inputs.artifact.digests),
      environment: inputs.environment,
      verdict: outcome.verdict,
      codes: blockingCodes(outcome.findings),
    };
  }
  const statement = parseJson(payload, 'record');
  const predicate = isJsonObject(statement) ? statement.predicate : undefined;
  const field = (name: string): string | null => {
    const value: Json | undefined = isJsonObject(predicate) ? predicate[name] : undefined;
    return typeof value === 'string' ? value : null;
  };
  const override = field('override');
  return {
    ...NONE,
    requestKey: override === null ? null : hexOf(override),
    artifactDigest: field('artifactDigest'),
    environment: field('environment'),
  };
}
