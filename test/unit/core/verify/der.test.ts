import { describe, expect, it } from 'vitest';
import { contentOf, DerReader, derHeader, encodingOf, oidKey, TAG } from '../../../../src/core/verify/der.ts';
import { refusal } from '../../../attacks/verify.ts';
import {
  bitString,
  boolean,
  generalizedTime,
  integer,
  oid,
  sequence,
  tlv,
  utcTime,
} from '../../../kit/der.ts';

const reader: DerReader = new DerReader('cert.malformed', 'thing');
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const element = (bytes: Buffer) => reader.read(bytes, 0, bytes.length);

describe('structure', () => {
  it.each([
    ['nothing', '', 'cut short'],
    ['a tag alone', '30', 'cut short'],
    ['a tag of several bytes', '1f8101', 'several bytes'],
    ['an indefinite length', '3080', 'length is malformed'],
    ['a length of five bytes', '30850000000001', 'length is malformed'],
    ['a length that is cut short', '3082ff', 'length is malformed'],
    ['a long form for a short length', `30817f${'00'.repeat(127)}`, 'not minimal'],
    ['a length with a leading zero', `30820080${'00'.repeat(128)}`, 'not minimal'],
    ['content past the end', '300201', 'past the end'],
    ['a length near four gigabytes', '3084ffffffff', 'past the end'],
  ])('refuses %s, under the code of the reader', (_, bytes, message) => {
    expect(refusal(() => element(hex(bytes)))).toMatchObject({
      finding: 'cert.malformed',
      message: expect.stringMatching(`^thing: .*${message}`),
    });
  });

  it.each([0, 1, 127, 128, 255, 256, 65_535])('reads back a header for %i bytes', (length) => {
    const header = derHeader(TAG.sequence, length);
    expect(header).toEqual(tlv(0x30, Buffer.alloc(length)).subarray(0, header.length));
    const read = element(Buffer.concat([header, Buffer.alloc(length)]));
    expect([read.tag, contentOf(read).length, encodingOf(read).length]).toEqual([
      0x30,
      length,
      header.length + length,
    ]);
  });

  it('wants one element that fills the bytes, with its tag', () => {
    expect(refusal(() => reader.whole(hex('050000'), TAG.null)).message).toContain('bytes follow');
    expect(refusal(() => reader.whole(hex('0500'), TAG.sequence)).message).toContain('tag 0x30 is missing');
    expect(refusal(() => reader.expect(undefined, TAG.null)).message).toContain('tag 0x5 is missing');
  });

  it('reads children that end with their parent, and no more than allowed', () => {
    const list = element(sequence(integer(1), integer(2)));
    expect(reader.children(list).map((child) => reader.smallInteger(child))).toEqual([1, 2]);
    expect(refusal(() => reader.children(list, 1)).message).toContain('too many');
    expect(refusal(() => reader.children(element(hex('3003020201')))).message).toContain('past the end');
  });
});

describe('values', () => {
  it('reads booleans of the two values that DER knows', () => {
    expect([boolean(true), boolean(false)].map((bytes) => reader.boolean(element(bytes)))).toEqual([
      true,
      false,
    ]);
    for (const bad of ['010101', '0100', '0102ffff', '0201ff']) {
      expect(refusal(() => reader.boolean(element(hex(bad)))).finding).toBe('cert.malformed');
    }
  });

  it('reads integers in their shortest form', () => {
    expect([0, 127, 128, 0x7fffffff].map((value) => reader.smallInteger(element(integer(value))))).toEqual([
      0, 127, 128, 0x7fffffff,
    ]);
    for (const bad of [integer(-1), integer(2n ** 31n), hex('0200'), hex('02020001'), hex('0202ff80')]) {
      expect(refusal(() => reader.smallInteger(element(bad))).message).toContain('DER integer');
    }
  });

  it.each(['02020001', '0202ff80', '0202ffff'])(
    'refuses the integer %s, which has a shorter form',
    (bytes) => {
      expect(refusal(() => reader.integer(element(hex(bytes)))).message).toContain('not minimal');
    },
  );

  it('reads bit strings of whole bytes, and object identifiers that are not empty', () => {
    expect(reader.bitString(element(bitString(hex('ab'))))).toEqual(hex('ab'));
    expect(refusal(() => reader.bitString(element(bitString(hex('a0'), 4)))).message).toContain(
      'unused bits',
    );
    expect(refusal(() => reader.bitString(element(hex('0300')))).message).toContain('unused bits');
    expect(refusal(() => reader.oid(element(hex('0600')))).message).toContain('is empty');
    for (const dotted of [
      '1.2.840.113549.1.7.2',
      '2.5.29.17',
      '1.3.6.1.4.1.57264.1.24',
      '1.3.6.1.4.1.57264.1.128',
    ]) {
      expect(reader.oid(element(oid(dotted)))).toBe(oidKey(dotted));
    }
  });

  it.each([
    [utcTime('260301120000Z'), '2026-03-01T12:00:00Z'],
    [utcTime('491231235959Z'), '2049-12-31T23:59:59Z'],
    [utcTime('500101000000Z'), '1950-01-01T00:00:00Z'],
    [generalizedTime('20500101000000Z'), '2050-01-01T00:00:00Z'],
    [generalizedTime('20240229000000Z'), '2024-02-29T00:00:00Z'],
    [generalizedTime('99991231235959Z'), '9999-12-31T23:59:59Z'],
  ])('reads time %#', (bytes, instant) => {
    expect(reader.time(element(bytes))).toBe(Date.parse(instant));
  });

  it.each([
    utcTime('2603011200Z'),
    utcTime('260301120000+0000'),
    utcTime('260229120000Z'),
    generalizedTime('20260301120000.0Z'),
    generalizedTime('20260301120000'),
    generalizedTime('20260001000000Z'),
    generalizedTime('20260132000000Z'),
    generalizedTime('20260301126000Z'),
    tlv(0x16, Buffer.from('260301120000Z')),
  ])('refuses time %#', (bytes) => {
    expect(refusal(() => reader.time(element(bytes))).message).toMatch(/^thing: DER time/);
  });
});
