import canonicalize from 'canonicalize';
import { refuse } from '../../errors.ts';
import type { RecordType, Sha256Hex, StoredRecord } from '../model/evidence.ts';
import { isJsonObject, type Json, type JsonObject, parseJsonText } from '../model/json.ts';
import { isRecordId } from './record-id.ts';

/** What the tree commits to for a record: digests and a salt, nothing about people or artifacts. */
export interface RecordLeaf {
  readonly v: 1;
  readonly type: Exclude<RecordType, 'genesis'>;
  readonly recordId: string;
  readonly recordDigest: Sha256Hex;
  readonly decisionDigest: Sha256Hex | null;
  readonly vsaDigest: Sha256Hex | null;
  /** 16 random bytes, hex: a leaf cannot be guessed from what it is about. */
  readonly salt: string;
  readonly appendTime: string;
}

/** The first leaf: which log this is, and under which keys it began. */
export interface GenesisLeaf {
  readonly v: 1;
  readonly type: 'genesis';
  readonly recordId: string;
  readonly origin: string;
  /** SHA-256 of the keys (SPKI, DER), sorted. */
  readonly checkpointKeys: readonly Sha256Hex[];
  readonly recordKeys: readonly Sha256Hex[];
  readonly salt: string;
  readonly appendTime: string;
}

export type Leaf = RecordLeaf | GenesisLeaf;

/** Leaves stay below it; their texts are ASCII but for the origin. */
export const MAX_LEAF_BYTES = 1024;

const HEX_DIGEST = /^[0-9a-f]{64}$/;
const RECORD_TYPE = /^(?:decision|override|prune)$/;
const SALT = /^[0-9a-f]{32}$/;
const TIME = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/**
 * The bytes of a leaf: canonical JSON (RFC 8785), so that one leaf has one spelling.
 *
 * @throws RangeError when it is not below {@link MAX_LEAF_BYTES}; only a genesis with many keys or a long origin can be
 */
export function encodeLeaf(leaf: Leaf): string {
  const text = canonicalize(leaf) as string;
  if (Buffer.byteLength(text) >= MAX_LEAF_BYTES) throw new RangeError('the leaf is too large');
  return text;
}

/**
 * Reads a leaf, strictly: another spelling of the same values is refused, since it would have another hash.
 *
 * @throws SlsaGateError `evidence.tampered`
 */
export function parseLeaf(text: string): Leaf {
  if (Buffer.byteLength(text) >= MAX_LEAF_BYTES) wrong(`a leaf is not below ${MAX_LEAF_BYTES} bytes`);
  let value: Json;
  try {
    value = parseJsonText(text, 'leaf');
  } catch (cause) {
    refuse('evidence.tampered', 'a leaf is no JSON', { cause });
  }
  const isKnown = isJsonObject(value) && (value.type === 'genesis' ? isGenesis(value) : isRecord(value));
  if (!isKnown) wrong('a leaf has other members than leaves have');
  if (canonicalize(value) !== text) wrong('a leaf is not in canonical form');
  return value as unknown as Leaf;
}

const wrong = (message: string): never => refuse('evidence.tampered', message);

const is =
  (pattern: RegExp) =>
  (value: Json | undefined): boolean =>
    typeof value === 'string' && pattern.test(value);
const isDigest = is(HEX_DIGEST);
const isDigestOrNull = (value: Json | undefined): boolean => value === null || isDigest(value);
const isId = (value: Json | undefined): boolean => typeof value === 'string' && isRecordId(value);
const isSortedDigests = (value: Json | undefined): boolean =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every(isDigest) &&
  value.every((digest, index) => index === 0 || (value[index - 1] as string) < (digest as string));

type Members = Readonly<Record<string, (value: Json | undefined) => boolean>>;

const COMMON: Members = {
  v: (value) => value === 1,
  recordId: isId,
  salt: is(SALT),
  appendTime: is(TIME),
};
const RECORD: Members = {
  ...COMMON,
  type: is(RECORD_TYPE),
  recordDigest: isDigest,
  decisionDigest: isDigestOrNull,
  vsaDigest: isDigestOrNull,
};
const GENESIS: Members = {
  ...COMMON,
  type: is(/^genesis$/),
  origin: is(/^[^\s+]+$/u),
  checkpointKeys: isSortedDigests,
  recordKeys: isSortedDigests,
};

const hasMembers =
  (members: Members) =>
  (value: JsonObject): boolean =>
    Object.keys(value).length === Object.keys(members).length &&
    Object.entries(members).every(([key, holds]) => Object.hasOwn(value, key) && holds(value[key]));
const isRecord = hasMembers(RECORD);
const isGenesis = hasMembers(GENESIS);

const SALT_START = '"salt":"';
const SALT_DIGITS = 32;

/**
 * Compares a stored row with its leaf: the leaf must be one, in its one spelling, and the columns that repeat it must say
 * the same.
 *
 * @throws SlsaGateError `evidence.tampered`, naming the position
 */
export function checkLeaf(record: StoredRecord): void {
  // Millions of rows are compared: where the leaf is the text that the columns make, nothing is left to be parsed.
  if (record.leaf !== leafOfColumns(record)) leafOfRecord(record);
}

/** The leaf of a record with these columns and the salt of its own leaf; undefined where they are no columns of ours. */
function leafOfColumns(record: StoredRecord): string | undefined {
  const { type, leaf, recordId, recordDigest, decisionDigest, vsaDigest, appendTime } = record;
  const at = leaf.indexOf(SALT_START) + SALT_START.length;
  const salt = leaf.slice(at, at + SALT_DIGITS);
  const isOurs =
    RECORD_TYPE.test(type) &&
    isRecordId(recordId) &&
    recordDigest !== null &&
    HEX_DIGEST.test(recordDigest) &&
    (decisionDigest === null || HEX_DIGEST.test(decisionDigest)) &&
    (vsaDigest === null || HEX_DIGEST.test(vsaDigest)) &&
    SALT.test(salt) &&
    TIME.test(appendTime);
  if (!isOurs) return undefined;
  const digest = (value: string | null): string => (value === null ? 'null' : `"${value}"`);
  return (
    `{"appendTime":"${appendTime}","decisionDigest":${digest(decisionDigest)},"recordDigest":"${recordDigest}",` +
    `"recordId":"${recordId}","salt":"${salt}","type":"${type}","v":1,"vsaDigest":${digest(vsaDigest)}}`
  );
}

/**
 * As {@link checkLeaf}, with the leaf.
 *
 * @throws SlsaGateError `evidence.tampered`, naming the position
 */
export function leafOfRecord(record: StoredRecord): Leaf {
  let leaf: Leaf;
  try {
    leaf = parseLeaf(record.leaf);
  } catch (cause) {
    refuse('evidence.tampered', `record ${record.seq}: ${(cause as Error).message}`, at(record, cause));
  }
  const { recordDigest, decisionDigest, vsaDigest } =
    leaf.type === 'genesis' ? { recordDigest: null, decisionDigest: null, vsaDigest: null } : leaf;
  const differing = (
    [
      ['type', leaf.type],
      ['recordId', leaf.recordId],
      ['recordDigest', recordDigest],
      ['decisionDigest', decisionDigest],
      ['vsaDigest', vsaDigest],
      ['appendTime', leaf.appendTime],
    ] as const
  ).find(([field, committed]) => record[field] !== committed);
  if (differing !== undefined) {
    const [field, committed] = differing;
    refuse('evidence.tampered', `record ${record.seq} has another ${field} than its leaf`, {
      expected: committed ?? 'none',
      actual: record[field] ?? 'none',
      ...at(record),
    });
  }
  return leaf;
}

const at = (record: StoredRecord, cause?: unknown) => ({ details: { seq: record.seq }, cause });
