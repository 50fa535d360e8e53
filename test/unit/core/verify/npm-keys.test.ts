import { describe, expect, it } from 'vitest';
import { parseNpmKeys } from '../../../../src/core/verify/npm-keys.ts';
import { refusal } from '../../../attacks/verify.ts';
import { changed, without } from '../../../kit/json.ts';
import { createKeyPair } from '../../../kit/keys.ts';

const entry = (keyId: string) => ({
  keyId,
  keyUsage: 'npm:attestations',
  publicKey: {
    rawBytes: createKeyPair().spki.toString('base64'),
    keyDetails: 'PKIX_ECDSA_P256_SHA_256',
    validFor: { start: '2022-12-01T00:00:00.000Z', end: '2025-01-29T00:00:00.000Z' },
  },
});
const good = { keys: [entry('SHA256:a'), entry('SHA256:b')] };
const parse = (json: unknown) => parseNpmKeys(Buffer.from(JSON.stringify(json)));

describe("npm's registry keys", () => {
  it('are read with id and window, without keys of other uses', () => {
    expect(parse(good).map(({ id, window }) => [id, window?.start])).toEqual([
      ['SHA256:a', Date.parse('2022-12-01T00:00:00.000Z')],
      ['SHA256:b', Date.parse('2022-12-01T00:00:00.000Z')],
    ]);
    expect(parse(changed(good, 'keys.0.keyUsage', 'npm:signatures')).map(({ id }) => id)).toEqual([
      'SHA256:b',
    ]);
  });

  it.each<[string, unknown, string]>([
    ['a field that is missing', without(good, 'keys.0.publicKey.rawBytes'), 'trust.malformed'],
    ['a window without a start', without(good, 'keys.0.publicKey.validFor.start'), 'trust.malformed'],
    ['a start that is no time', changed(good, 'keys.0.publicKey.validFor.start', 'x'), 'trust.malformed'],
    [
      'an inverted window',
      changed(good, 'keys.0.publicKey.validFor.end', '2022-11-30T00:00:00.000Z'),
      'trust.validity-malformed',
    ],
    ['one id twice', changed(good, 'keys.1.keyId', 'SHA256:a'), 'trust.malformed'],
    ['a key that is none', changed(good, 'keys.0.publicKey.rawBytes', 'AAAA'), 'trust.malformed'],
  ])('are refused with %s', (_, json, code) => {
    expect(refusal(() => parse(json)).finding).toBe(code);
  });
});
