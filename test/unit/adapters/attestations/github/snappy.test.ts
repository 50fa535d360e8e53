import { randomBytes } from 'node:crypto';
import { compress } from 'snappyjs';
import { describe, expect, it } from 'vitest';
import { decodeSnappy } from '../../../../../src/adapters/attestations/github/snappy.ts';
import { refusedWith } from '../../../../kit/servers/github-lab.ts';

const MAX = 1024 * 1024;
const block = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);
const decode = (bytes: Uint8Array) => () => decodeSnappy(bytes, MAX);

describe('Snappy blocks', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['one byte', Buffer.from('x')],
    ['repetition', Buffer.from('abcabcabc'.repeat(5_000))],
    ['far repetition', Buffer.concat([randomBytes(70_000), randomBytes(3), Buffer.alloc(70_000, 'xy')])],
    ['noise', randomBytes(100_000)],
  ])('are decoded: %s', (_, bytes) => {
    expect(Buffer.from(decodeSnappy(compress(bytes), MAX)).equals(bytes)).toBe(true);
  });

  it('are decoded with every kind of copy', () => {
    // abcd, then a copy with one, two and four bytes of offset.
    const bytes = block(16, 0x0c, 0x61, 0x62, 0x63, 0x64, 0x01, 0x04, 0x0e, 0x04, 0x00, 0x0f, 0x04, 0, 0, 0);
    expect(Buffer.from(decodeSnappy(bytes, MAX)).toString()).toBe('abcd'.repeat(4));
  });

  it.each([
    ['no bytes at all', block()],
    ['a length without end', block(0x80, 0x80, 0x80, 0x80, 0x80, 0x00)],
    ['a length beyond 32 bits', block(0xff, 0xff, 0xff, 0xff, 0x7f)],
    ['a length that breaks off', block(0x80)],
    ['more than it says', block(1, 0x04, 0x61, 0x62)],
    ['less than it says', block(9, 0x04, 0x61, 0x62)],
    ['nothing where it says something', block(5)],
    ['a literal that breaks off', block(4, 0x0c, 0x61)],
    ['a literal length that breaks off', block(4, 0xf0)],
    ['a literal of 4 GiB', block(4, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x61)],
    [
      'a literal of a negative length to some',
      block(4, 0xfc, 0xf0, 0xff, 0xff, 0xff, 0x61, 0x61, 0x61, 0x61),
    ],
    ['a copy that breaks off', block(8, 0x0c, 0x61, 0x62, 0x63, 0x64, 0x01)],
    ['a copy of four bytes that breaks off', block(5, 0x00, 0x61, 0x0f, 0x01, 0x00)],
    ['a copy from before the start', block(8, 0x0c, 0x61, 0x62, 0x63, 0x64, 0x01, 0x05)],
    ['a copy from nowhere', block(8, 0x0c, 0x61, 0x62, 0x63, 0x64, 0x01, 0x00)],
  ])('are refused: %s', (_, bytes) => {
    expect(decode(bytes)).toThrow(refusedWith('source.bundle-undecodable'));
  });

  it('are refused whatever byte is missing at the end', () => {
    const whole = compress(Buffer.from('{"a":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","b":[1,2,3,4,5,6]}'));
    for (let length = 0; length < whole.length; length++)
      expect(decode(whole.subarray(0, length))).toThrow(refusedWith('source.bundle-undecodable'));
  });
});
