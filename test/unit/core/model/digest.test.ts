import { describe, expect, it } from 'vitest';
import { compareDigests, isBindingAlgorithm, parseDigest } from '../../../../src/core/model/digest.ts';
import { refusal } from '../../../attacks/verify.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const LONG = 'c'.repeat(128);

describe('parseDigest', () => {
  it('reads the three binding algorithms', () => {
    expect(parseDigest(`sha256:${A}`)).toEqual({ algorithm: 'sha256', value: A });
    expect(parseDigest(`sha384:${'d'.repeat(96)}`)).toEqual({ algorithm: 'sha384', value: 'd'.repeat(96) });
    expect(parseDigest(`sha512:${LONG}`)).toEqual({ algorithm: 'sha512', value: LONG });
  });

  it.each([
    '',
    A,
    'sha256',
    'sha256:',
    `sha256:${A.slice(1)}`,
    `sha256:${A}a`,
    `sha256:${A.toUpperCase()}`,
    `SHA256:${A}`,
    `sha512:${A}`,
    `sha256 :${A}`,
    `sha256:${A}\n`,
    `sha256:sha256:${A}`,
    `sha1:${'a'.repeat(40)}`,
    `toString:${A}`,
    `sha256:${'g'.repeat(64)}`,
  ])('refuses %j', (text) => {
    const error = refusal(() => parseDigest(text));
    expect([error.finding, error.actual]).toEqual(['subject.digest-format', text]);
  });
});

describe('isBindingAlgorithm', () => {
  it('holds for nothing that objects have by birth', () => {
    for (const name of ['toString', '__proto__', 'constructor', 'sha1', 'md5', '']) {
      expect(isBindingAlgorithm(name)).toBe(false);
    }
  });
});

describe('compareDigests', () => {
  it('matches by one digest that agrees, whatever else is not known', () => {
    expect(compareDigests({ sha256: A }, { sha256: A })).toBe('match');
    expect(compareDigests({ sha256: A, sha512: LONG }, { sha256: A })).toBe('match');
    expect(compareDigests({ sha512: LONG, unknown: 'x' }, { sha256: A, sha512: LONG })).toBe('match');
  });

  it('does not match by a digest of which the artifact has none', () => {
    expect(compareDigests({ sha512: LONG }, { sha256: A })).toBe('mismatch');
    expect(compareDigests({ sha256: A }, {})).toBe('mismatch');
    expect(compareDigests({}, { sha256: A })).toBe('weak');
    expect(compareDigests({ sha1: '1'.repeat(40) }, { sha1: '1'.repeat(40) })).toBe('weak');
  });

  it('answers alike in whatever order the digests stand', () => {
    const artifact = { sha256: A, sha512: LONG, sha1: '1'.repeat(40) };
    for (const entries of [
      { sha256: B, sha512: LONG },
      { sha256: A, sha1: '2'.repeat(40) },
      { sha256: B, sha1: '1'.repeat(40) },
    ]) {
      const reversed = Object.fromEntries(Object.entries(entries).toReversed());
      expect([compareDigests(entries, artifact), compareDigests(reversed, artifact)]).toEqual([
        'conflict',
        'conflict',
      ]);
    }
  });
});
