import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../src/core/limits.ts';
import { looksLikeEnvelope, toEnvelope } from '../../../../src/core/model/envelope.ts';
import type { Json, JsonObject } from '../../../../src/core/model/json.ts';
import { refusal } from '../../../attacks/verify.ts';

const SIG = { sig: 'qrs=', keyid: 'k' };
const envelope = (changes: JsonObject = {}): JsonObject => ({
  payload: Buffer.from('{}').toString('base64'),
  payloadType: 'application/vnd.in-toto+json',
  signatures: [SIG],
  ...changes,
});
const base64 = (bytes: number): string => Buffer.alloc(bytes).toString('base64');

describe('a DSSE envelope alone', () => {
  it('is told by its members', () => {
    expect(looksLikeEnvelope(envelope())).toBe(true);
    for (const json of [null, [], {}, { payload: '', payloadType: '' }, { dsseEnvelope: envelope() }])
      expect(looksLikeEnvelope(json)).toBe(false);
  });

  it('is read, with the key id as a hint that may be absent', () => {
    expect(toEnvelope(envelope())).toEqual({
      payload: Buffer.from('{}'),
      payloadType: 'application/vnd.in-toto+json',
      signature: Buffer.from('qrs=', 'base64'),
      keyid: 'k',
    });
    for (const signature of [{ sig: 'qrs=' }, { sig: 'qrs=', keyid: null }])
      expect(toEnvelope(envelope({ signatures: [signature] })).keyid).toBe('');
  });

  it.each<[string, Json, string, string | undefined]>([
    ['no signature', envelope({ signatures: [] }), 'dsse.signature-count', undefined],
    ['two signatures', envelope({ signatures: [SIG, SIG] }), 'dsse.signature-count', undefined],
    ['an empty signature', envelope({ signatures: [{ sig: '' }] }), 'bundle.malformed', 'signatures[0].sig'],
    [
      'a number for a signature',
      envelope({ signatures: [{ sig: 1 }] }),
      'bundle.malformed',
      'signatures[0].sig',
    ],
    ['null for the signatures', envelope({ signatures: null }), 'bundle.malformed', 'signatures'],
    ['white space in its payload', envelope({ payload: 'e30 ' }), 'bundle.base64', 'payload'],
    ['base64url in its payload', envelope({ payload: '_-8=' }), 'bundle.base64', 'payload'],
    ['an unknown field', envelope({ verified: true }), 'bundle.unknown-field', 'envelope'],
    [
      'an unknown field of its signature',
      envelope({ signatures: [{ ...SIG, trusted: true }] }),
      'bundle.unknown-field',
      'signatures[0]',
    ],
    [
      'a signature beyond the limit',
      envelope({ signatures: [{ sig: base64(LIMITS.signatureBytes + 1) }] }),
      'limit.bytes',
      'signatures[0].sig',
    ],
    [
      'a payload beyond the limit',
      envelope({ payload: base64(LIMITS.payloadBytes + 1) }),
      'limit.bytes',
      'payload',
    ],
  ])('is refused with %s', (_, json, finding, path) => {
    const error = refusal(() => toEnvelope(json));
    expect([error.finding, error.path]).toEqual([finding, path]);
  });
});
