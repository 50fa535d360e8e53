import canonicalize from 'canonicalize';
import { describe, expect, it } from 'vitest';
import {
  checkLeaf,
  encodeLeaf,
  type GenesisLeaf,
  leafOfRecord,
  MAX_LEAF_BYTES,
  parseLeaf,
  type RecordLeaf,
} from '../../../../src/core/log/leaf.ts';
import type { StoredRecord } from '../../../../src/core/model/evidence.ts';
import { SlsaGateError } from '../../../../src/errors.ts';

const DIGEST = 'a1'.repeat(32);
const RECORD: RecordLeaf = {
  v: 1,
  type: 'decision',
  recordId: 'rec_01KJMMA2G060Q8N68D28Z7B54E',
  recordDigest: DIGEST,
  decisionDigest: 'b2'.repeat(32),
  vsaDigest: null,
  salt: 'c3'.repeat(16),
  appendTime: '2026-03-01T12:00:00.000Z',
};
const GENESIS: GenesisLeaf = {
  v: 1,
  type: 'genesis',
  recordId: 'rec_01KJMMA2G060Q8N68D28Z7B54E',
  origin: 'example.com/releases',
  checkpointKeys: [DIGEST],
  recordKeys: ['00'.repeat(32), DIGEST],
  salt: 'c3'.repeat(16),
  appendTime: '2026-03-01T12:00:00.000Z',
};

describe('a leaf', () => {
  it.each([
    ['a record', RECORD],
    ['a summary too', { ...RECORD, vsaDigest: DIGEST }],
    ['an override', { ...RECORD, type: 'override', decisionDigest: null } as const],
    ['a genesis', GENESIS],
    ['an origin beyond ASCII', { ...GENESIS, origin: 'b\u00fccher.example/\u{1f4d6}' }],
  ])('of %s has one spelling, and is read back', (_, leaf) => {
    const text = encodeLeaf(leaf);
    expect(text).toBe(canonicalize(leaf));
    expect(parseLeaf(text)).toEqual(leaf);
  });

  it('stays below its bound', () => {
    expect(Buffer.byteLength(encodeLeaf({ ...RECORD, vsaDigest: DIGEST }))).toBeLessThan(MAX_LEAF_BYTES / 2);
    const keys = Array.from({ length: 12 }, (_, index) => `${index + 10}`.repeat(32));
    expect(() => encodeLeaf({ ...GENESIS, recordKeys: keys })).toThrow(RangeError);
    const padded = encodeLeaf(GENESIS).replace('example.com', 'e'.repeat(MAX_LEAF_BYTES));
    expect(() => parseLeaf(padded)).toThrow(SlsaGateError);
  });

  const good = encodeLeaf(RECORD);
  it.each<[string, string]>([
    ['spaces', good.replace('","', '", "')],
    ['a final newline', `${good}\n`],
    ['another order of keys', `{"v":1,${good.slice(1).replace(',"v":1', '')}`],
    ['another form of a number', good.replace('"v":1', '"v":1.0')],
    ['an exponent', good.replace('"v":1', '"v":1e0')],
    ['an escape that is not needed', good.replace('decision"', 'decis\\u0069on"')],
    ['a key twice', good.replace('"v":1', '"v":1,"v":1')],
    ['a number as text', good.replace('"v":1', '"v":"1"')],
    ['capital hex', good.replace('b2b2', 'B2b2')],
    ['a byte order mark', `\ufeff${good}`],
    ['a null character', good.replace('decision"', 'decision\\u0000"')],
  ])('EVL-06 with %s is refused, although it says the same', (_, text) => {
    expect(text).not.toBe(good);
    expect(() => parseLeaf(text)).toThrow(expect.objectContaining({ finding: 'evidence.tampered' }));
  });

  it.each<[string, object]>([
    ['another version', { ...RECORD, v: 2 }],
    ['an unknown type', { ...RECORD, type: 'other' }],
    ['an unknown member', { ...RECORD, extra: 1 }],
    ['a missing member', { ...RECORD, vsaDigest: undefined }],
    ['members of a genesis', { ...RECORD, origin: 'example.com' }],
    ['no record digest', { ...RECORD, recordDigest: null }],
    ['a short digest', { ...RECORD, recordDigest: DIGEST.slice(2) }],
    ['a record id of another alphabet', { ...RECORD, recordId: 'rec_01KJMMA2G060Q8N68D28Z7B54U' }],
    ['a month that there is none of', { ...RECORD, appendTime: '2026-13-01T12:00:00.000Z' }],
    ['a time zone', { ...RECORD, appendTime: '2026-03-01T12:00:00.000+00:00' }],
    ['a genesis without keys', { ...GENESIS, checkpointKeys: [] }],
    ['a genesis with keys out of order', { ...GENESIS, recordKeys: [...GENESIS.recordKeys].reverse() }],
    ['a genesis with a key twice', { ...GENESIS, recordKeys: [DIGEST, DIGEST] }],
    ['a genesis with spaces in its origin', { ...GENESIS, origin: 'a b' }],
    ['a list', [RECORD]],
  ])('with %s is refused', (_, value) => {
    expect(() => parseLeaf(canonicalize(value) as string)).toThrow(
      expect.objectContaining({ finding: 'evidence.tampered' }),
    );
  });

  it.each(['', 'null', '1', '{', '[]', '{}', 'x'])('is not %j', (text) => {
    expect(() => parseLeaf(text)).toThrow(expect.objectContaining({ finding: 'evidence.tampered' }));
  });
});

describe('a row', () => {
  const row = (
    changes: Partial<StoredRecord> = {},
    leaf: RecordLeaf | GenesisLeaf = RECORD,
  ): StoredRecord => ({
    seq: 7,
    recordId: leaf.recordId,
    type: leaf.type,
    leaf: encodeLeaf(leaf),
    recordDigest: leaf.type === 'genesis' ? null : leaf.recordDigest,
    vsaDigest: leaf.type === 'genesis' ? null : leaf.vsaDigest,
    decisionDigest: leaf.type === 'genesis' ? null : leaf.decisionDigest,
    requestKey: null,
    artifactDigest: null,
    environment: null,
    verdict: null,
    codes: [],
    appendTime: leaf.appendTime,
    ...changes,
  });

  it.each([
    ['a record', RECORD],
    ['a record with all', { ...RECORD, vsaDigest: DIGEST }],
    ['an override', { ...RECORD, type: 'override', decisionDigest: null } as const],
    ['a genesis', GENESIS],
  ])('of %s says what its leaf says', (_, leaf) => {
    expect(leafOfRecord(row({}, leaf))).toEqual(leaf);
    expect(() => checkLeaf(row({}, leaf))).not.toThrow();
  });

  it.each<[string, Partial<StoredRecord>]>([
    ['type', { type: 'override' }],
    ['recordId', { recordId: 'rec_01KJMMA2G060Q8N68D28Z7B54F' }],
    ['recordDigest', { recordDigest: 'ff'.repeat(32) }],
    ['recordDigest', { recordDigest: null }],
    ['decisionDigest', { decisionDigest: null }],
    ['vsaDigest', { vsaDigest: DIGEST }],
    ['appendTime', { appendTime: '2026-03-01T12:00:00.001Z' }],
  ])('with another %s than its leaf is refused, with its position', (field, changes) => {
    for (const check of [checkLeaf, leafOfRecord]) {
      expect(() => check(row(changes))).toThrow(
        expect.objectContaining({
          finding: 'evidence.tampered',
          message: expect.stringContaining(field),
          details: { seq: 7 },
        }),
      );
    }
  });

  it('EVL-06 with a leaf in another spelling is refused, with its position', () => {
    for (const check of [checkLeaf, leafOfRecord]) {
      expect(() => check(row({ leaf: `${encodeLeaf(RECORD)} ` }))).toThrow(
        expect.objectContaining({ finding: 'evidence.tampered', details: { seq: 7 } }),
      );
    }
  });
});
