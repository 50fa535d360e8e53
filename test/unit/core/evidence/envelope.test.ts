import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeEnvelope,
  parseOwnEnvelope,
  preAuthEncoding,
  signEnvelope,
  verifyOwnEnvelope,
} from '../../../../src/core/evidence/envelope.ts';
import { toEnvelope } from '../../../../src/core/model/envelope.ts';
import { parseJson } from '../../../../src/core/model/json.ts';
import { fingerprintOf } from '../../../../src/core/verify/key-fingerprint.ts';
import { type PublicKey, parsePublicKey } from '../../../../src/core/verify/public-key.ts';
import { attempt } from '../../../../src/errors.ts';
import { createKeyPair, type KeyAlgorithm, type KeyPair } from '../../../kit/keys.ts';
import { signerOf } from '../../../kit/signer.ts';
import { refusal } from '../../cli/command.ts';

const TYPE = 'application/vnd.in-toto+json';
const CODES = { malformed: 'evidence.tampered', signature: 'evidence.signature' } as const;
const PAYLOAD = Buffer.from('{"_type":"https://in-toto.io/Statement/v1"}');

const publicKeyOf = (keys: KeyPair): PublicKey => parsePublicKey(keys.spki, 'key.malformed');
const sealed = (keys: KeyPair, payload: Buffer = PAYLOAD, type = TYPE): Promise<Buffer> =>
  signEnvelope(type, payload, signerOf(keys));

const OWN = createKeyPair('P-256');
const OTHER = createKeyPair('P-256');
const ENVELOPE = await sealed(OWN);
const FOREIGN = await sealed(OTHER);
const open = (bytes: Uint8Array, keys: readonly KeyPair[] = [OWN]): Buffer =>
  verifyOwnEnvelope(bytes, keys.map(publicKeyOf), TYPE, CODES);

/** The same envelope with other fields, in canonical form where the fields allow it. */
const altered = (change: (fields: Record<string, unknown>) => unknown): Buffer =>
  Buffer.from(JSON.stringify(change(JSON.parse(ENVELOPE.toString()))));

describe('an envelope of our own', () => {
  it.each<KeyAlgorithm>(['P-256', 'P-384', 'Ed25519'])(
    'signed with %s opens with the key alone',
    async (algorithm) => {
      const keys = createKeyPair(algorithm);
      const bytes = await sealed(keys);
      expect(open(bytes, [OTHER, keys])).toEqual(PAYLOAD);
      expect(parseOwnEnvelope(bytes, 'evidence.tampered').keyid).toBe(fingerprintOf(publicKeyOf(keys)));
    },
  );

  it('is canonical JSON, and DSSE that others read', () => {
    const text = ENVELOPE.toString();
    expect(text).toMatch(
      /^\{"payload":"[^"]+","payloadType":"[^"]+","signatures":\[\{"keyid":"SHA256:[^"]+","sig":"[^"]+"\}\]\}$/,
    );
    const read = toEnvelope(parseJson(ENVELOPE, 'envelope'));
    expect([read.payload, read.payloadType]).toEqual([PAYLOAD, TYPE]);
  });

  it('signs payload and type together, each with its length', () => {
    expect(preAuthEncoding('a', Buffer.from('b c')).toString()).toBe('DSSEv1 1 a 3 b c');
  });

  it('holds any payload', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.uint8Array({ minLength: 1 }),
        (payload, sig) => {
          const bytes = encodeEnvelope(TYPE, payload, [{ keyid: 'a', sig }]);
          const read = parseOwnEnvelope(bytes, 'evidence.tampered');
          expect([Buffer.compare(read.payload, payload), Buffer.compare(read.signature, sig)]).toEqual([
            0, 0,
          ]);
        },
      ),
    );
  });

  it('does not open after any change of one byte', () => {
    fc.assert(
      fc.property(fc.nat(ENVELOPE.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = Buffer.from(ENVELOPE);
        bytes[at] = (bytes[at] as number) ^ flip;
        const opened = attempt(() => open(bytes));
        expect('error' in opened && Object.values(CODES).some((code) => code === opened.error.finding)).toBe(
          true,
        );
      }),
    );
  });
});

describe('an envelope that is refused', () => {
  it.each<[string, Buffer]>([
    ['no JSON', Buffer.from('{')],
    ['empty', Buffer.alloc(0)],
    ['no object', Buffer.from('[]')],
    ['a line end behind it', Buffer.concat([ENVELOPE, Buffer.from('\n')])],
    ['white space in it', Buffer.from(JSON.stringify(JSON.parse(ENVELOPE.toString()), null, 1))],
    ['another order of fields', altered(({ payload, ...rest }) => ({ ...rest, payload }))],
    ['a field more', altered((fields) => ({ ...fields, zzz: 1 }))],
    ['a field less', altered(({ payloadType, ...rest }) => rest)],
    ['a field twice', Buffer.from(ENVELOPE.toString().replace('{', '{"payload":"AA==",'))],
    ['no signature', altered((fields) => ({ ...fields, signatures: [] }))],
    [
      'two signatures',
      altered((fields) => ({ ...fields, signatures: [fields.signatures, fields.signatures].flat() })),
    ],
    ['signatures that are no list', altered((fields) => ({ ...fields, signatures: {} }))],
    ['a signature that is null', altered((fields) => ({ ...fields, signatures: [null] }))],
    [
      'a key inside the signature',
      altered((fields) => ({
        ...fields,
        signatures: [{ ...(fields.signatures as object[])[0], key: OTHER.pem }],
      })),
    ],
    ['an empty payload', altered((fields) => ({ ...fields, payload: '' }))],
    ['base64 of another spelling', altered((fields) => ({ ...fields, payload: `${fields.payload}=` }))],
    ['base64url', altered((fields) => ({ ...fields, payload: `-_${fields.payload}` }))],
    ['another payload type', encodeEnvelope('text/plain', PAYLOAD, [{ keyid: 'a', sig: Buffer.of(1) }])],
  ])('as no envelope of ours: %s', (_, bytes) => {
    expect(() => open(bytes)).toThrow(refusal('evidence.tampered'));
  });

  it('for its signature: of another key, and moved onto another payload', async () => {
    const other = await sealed(OTHER);
    expect(() => open(other)).toThrow(refusal('evidence.signature'));
    const moved = altered((fields) => ({ ...fields, payload: Buffer.from('{}').toString('base64') }));
    expect(() => open(moved)).toThrow(refusal('evidence.signature'));
    const otherType = encodeEnvelope('text/plain', PAYLOAD, [
      {
        keyid: fingerprintOf(publicKeyOf(OWN)),
        sig: parseOwnEnvelope(ENVELOPE, 'evidence.tampered').signature,
      },
    ]);
    expect(() => verifyOwnEnvelope(otherType, [publicKeyOf(OWN)], 'text/plain', CODES)).toThrow(
      refusal('evidence.signature'),
    );
  });

  it('EVL-10 signed by a key that only the envelope names: keys come from configuration alone', async () => {
    const { signature, payload } = parseOwnEnvelope(await sealed(OTHER), 'evidence.tampered');
    const claimed = encodeEnvelope(TYPE, payload, [
      { keyid: fingerprintOf(publicKeyOf(OWN)), sig: signature },
    ]);
    expect(() => open(claimed)).toThrow(refusal('evidence.signature'));
    expect(() => open(FOREIGN)).toThrow(refusal('evidence.signature'));
    expect(() => open(ENVELOPE, [])).toThrow(refusal('evidence.signature'));
  });
});
