import { describe, expect, it } from 'vitest';
import { encodeEnvelope, preAuthEncoding, signEnvelope } from '../../src/core/evidence/envelope.ts';
import { openSignedPolicy, POLICY_PAYLOAD_TYPE } from '../../src/core/policy/signed-policy.ts';
import { type PublicKey, parsePublicKey } from '../../src/core/verify/public-key.ts';
import { createKeyPair, type KeyAlgorithm, type KeyPair, signWith } from '../kit/keys.ts';
import { signerOf } from '../kit/signer.ts';
import { refusal } from '../unit/cli/command.ts';

const POLICY = Buffer.from('schemaVersion: 1\nname: acme\n');
const OWN = createKeyPair('P-256');
const OTHER = createKeyPair('P-256');
const publicKeyOf = (keys: KeyPair): PublicKey => parsePublicKey(keys.spki, 'key.malformed');
const signed = (keys: KeyPair, type = POLICY_PAYLOAD_TYPE): Promise<Buffer> =>
  signEnvelope(type, POLICY, signerOf(keys));
const open = (bytes: Uint8Array, ...keys: readonly KeyPair[]): Buffer =>
  openSignedPolicy(bytes, keys.map(publicKeyOf));

const GOOD = await signed(OWN);
const AS_STATEMENT = await signed(OWN, 'application/vnd.in-toto+json');
const AS_NEARLY = await signed(OWN, `${POLICY_PAYLOAD_TYPE}+json`);
const altered = (change: (fields: { payload: string; signatures: object[] }) => object): Buffer =>
  Buffer.from(JSON.stringify(change(JSON.parse(GOOD.toString()))));

describe('a signed policy', () => {
  it.each<KeyAlgorithm>(['P-256', 'P-384', 'Ed25519'])(
    'is the very bytes that were signed with %s',
    async (algorithm) => {
      const keys = createKeyPair(algorithm);
      expect(open(await signed(keys), OTHER, keys)).toEqual(POLICY);
    },
  );

  it('may be written by any DSSE signer: with a line end, and another name of the key or none', () => {
    const sig = signWith(OWN, preAuthEncoding(POLICY_PAYLOAD_TYPE, POLICY)).toString('base64');
    const payload = POLICY.toString('base64');
    for (const signature of [{ sig }, { sig, keyid: '' }, { sig, keyid: 'release' }]) {
      const envelope = { payloadType: POLICY_PAYLOAD_TYPE, payload, signatures: [signature] };
      expect(open(Buffer.from(`${JSON.stringify(envelope, null, 2)}\n`), OWN)).toEqual(POLICY);
    }
  });

  it('POL-12 of another key is refused, whatever it calls that key', async () => {
    const foreign = await signed(OTHER);
    expect(() => open(foreign, OWN)).toThrow(refusal('policy.signature', { exitCode: 64 }));
    const { signatures } = JSON.parse(foreign.toString());
    const { keyid } = JSON.parse(GOOD.toString()).signatures[0];
    const claimed = encodeEnvelope(POLICY_PAYLOAD_TYPE, POLICY, [
      { keyid, sig: Buffer.from(signatures[0].sig, 'base64') },
    ]);
    expect(() => open(claimed, OWN)).toThrow(refusal('policy.signature'));
  });

  it.each<[string, Buffer]>([
    [
      'altered',
      altered((fields) => ({ ...fields, payload: Buffer.from('schemaVersion: 1\n').toString('base64') })),
    ],
    ['not signed at all, while a key is demanded', POLICY],
    ['without a signature', altered((fields) => ({ ...fields, signatures: [] }))],
    [
      'with several signatures',
      altered(({ signatures, ...fields }) => ({ ...fields, signatures: [...signatures, ...signatures] })),
    ],
    [
      'with its signature twice in one member',
      Buffer.from(GOOD.toString().replace('"sig":', '"sig":"AAAA","sig":')),
    ],
    ['with a key of its own', altered((fields) => ({ ...fields, publicKey: OTHER.pem }))],
    ['empty', Buffer.alloc(0)],
    ['signed as another type', AS_STATEMENT],
    ['signed as a type that is nearly this one', AS_NEARLY],
    [
      'moved under this type',
      encodeEnvelope(POLICY_PAYLOAD_TYPE, POLICY, [
        { keyid: 'a', sig: signWith(OWN, preAuthEncoding('application/vnd.in-toto+json', POLICY)) },
      ]),
    ],
    [
      'signed without its type',
      encodeEnvelope(POLICY_PAYLOAD_TYPE, POLICY, [{ keyid: 'a', sig: signWith(OWN, POLICY) }]),
    ],
  ])('POL-12 is refused, not used without its signature: %s', (_, bytes) => {
    expect(() => open(bytes, OWN)).toThrow(refusal('policy.signature', { exitCode: 64 }));
  });

  it('POL-12 is refused where nobody says whose signature counts', () => {
    expect(() => open(GOOD)).toThrow(refusal('policy.signature', { expected: 'no key was given' }));
  });
});
