import { constants, createPublicKey, generateKeyPairSync, privateEncrypt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyPrehash } from '../../../../src/core/verify/prehash.ts';
import {
  HASH_OF_KEY,
  type HashAlgorithm,
  parsePublicKey,
  parsePublicKeyPem,
  verifySignature,
} from '../../../../src/core/verify/public-key.ts';
import { refusal } from '../../../attacks/verify.ts';
import { createKeyPair, hash, type KeyAlgorithm, type KeyPair, signWith } from '../../../kit/keys.ts';

const KINDS = {
  'P-256': 'p256',
  'P-384': 'p384',
  'P-521': 'p521',
  Ed25519: 'ed25519',
  'RSA-2048': 'rsa',
} as const;
const pairs = Object.entries(KINDS).map(([algorithm, kind]) => ({
  kind,
  keys: createKeyPair(algorithm as KeyAlgorithm),
}));
const spkiOf = (key: { export: (options: { type: 'spki'; format: 'der' }) => Buffer }): Buffer =>
  key.export({ type: 'spki', format: 'der' });
const refused = (spki: Buffer): string => refusal(() => parsePublicKey(spki, 'key.malformed')).finding;

describe('parsePublicKey', () => {
  it.each(pairs)('imports a $kind key', ({ kind, keys }) => {
    const key = parsePublicKey(keys.spki, 'key.malformed');
    expect([key.kind, key.spki]).toEqual([kind, keys.spki]);
    expect(key.key.equals(keys.publicKey)).toBe(true);
  });

  it.each([
    ['secp256k1', () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey],
    ['P-224', () => generateKeyPairSync('ec', { namedCurve: 'secp224r1' }).publicKey],
    ['Ed448', () => generateKeyPairSync('ed448').publicKey],
    ['X25519', () => generateKeyPairSync('x25519').publicKey],
    ['RSA of 1024 bits', () => generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey],
    ['RSA of 2047 bits', () => generateKeyPairSync('rsa', { modulusLength: 2047 }).publicKey],
    ['RSA-PSS', () => generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey],
    ['DSA', () => generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 }).publicKey],
  ] as const)('refuses %s', (_, generate) => {
    const error = refusal(() => parsePublicKey(spkiOf(generate()), 'key.malformed'));
    expect(error.finding).toBe('signature.algorithm');
    expect(error.expected).toContain('ECDSA P-256');
  });

  it('refuses a compressed point, a point off the curve and other bytes', () => {
    const { spki } = createKeyPair('P-256');
    const point = spki.subarray(-65);
    const compressed = Buffer.concat([
      Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex'),
      Buffer.of(2 + ((point[64] ?? 0) & 1)),
      point.subarray(1, 33),
    ]);
    expect(createPublicKey({ key: compressed, format: 'der', type: 'spki' }).asymmetricKeyType).toBe('ec');
    expect(refused(compressed)).toBe('signature.algorithm');
    const off = Buffer.from(spki);
    off[off.length - 1] = (off.at(-1) ?? 0) ^ 1;
    for (const bytes of [off, spki.subarray(0, -1), Buffer.alloc(0), Buffer.from('key')]) {
      expect(refused(bytes)).toBe('key.malformed');
    }
  });

  it('refuses bytes after the key', () => {
    for (const { keys } of pairs)
      expect(refused(Buffer.concat([keys.spki, Buffer.of(0)]))).toMatch(/^(key|signature)\./);
  });
});

describe('parsePublicKeyPem', () => {
  it('reads one SubjectPublicKeyInfo, or an RSA key as PKCS #1', () => {
    for (const { kind, keys } of pairs) expect(parsePublicKeyPem(keys.pem, 'key.malformed').kind).toBe(kind);
    const { publicKey } = createKeyPair('RSA-2048');
    expect(
      parsePublicKeyPem(String(publicKey.export({ type: 'pkcs1', format: 'pem' })), 'key.malformed').kind,
    ).toBe('rsa');
  });

  it('refuses none, two, a private key and other PEM', () => {
    const { pem, privateKey } = createKeyPair();
    const secret = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    for (const text of [
      '',
      'key',
      pem + pem,
      secret,
      pem + secret,
      pem.replaceAll('PUBLIC KEY', 'CERTIFICATE'),
    ]) {
      expect(refusal(() => parsePublicKeyPem(text, 'key.malformed')).finding).toBe('key.malformed');
    }
  });
});

describe('verifySignature and verifyPrehash', () => {
  const message = Buffer.from('message');
  const hashes: readonly HashAlgorithm[] = ['sha256', 'sha384', 'sha512'];
  const answers = (
    signer: KeyPair,
    checker: KeyPair,
    made: HashAlgorithm,
    checked: HashAlgorithm,
  ): [boolean, boolean] => {
    const key = parsePublicKey(checker.spki, 'key.malformed');
    const signature = signWith(signer, message, made);
    return [
      verifySignature(key, checked, message, signature),
      verifyPrehash(key, checked, hash(checked, message), signature),
    ];
  };

  it.each(pairs.filter(({ kind }) => kind !== 'ed25519'))('agree for $kind and every hash', ({ keys }) => {
    const other = createKeyPair(keys.algorithm);
    for (const made of hashes) {
      for (const checked of hashes) {
        expect(answers(keys, keys, made, checked)).toEqual([made === checked, made === checked]);
      }
      expect(answers(other, keys, made, made)).toEqual([false, false]);
    }
  });

  it('differ for Ed25519 alone, which signs no digest', () => {
    const keys = createKeyPair('Ed25519');
    expect(answers(keys, keys, HASH_OF_KEY.ed25519, HASH_OF_KEY.ed25519)).toEqual([true, false]);
    const key = parsePublicKey(keys.spki, 'key.malformed');
    const overDigest = signWith(keys, hash('sha512', message));
    expect(verifyPrehash(key, 'sha512', hash('sha512', message), overDigest)).toBe(false);
  });

  it('answer false, and never throw, for a signature that is none', () => {
    for (const { keys } of pairs) {
      const key = parsePublicKey(keys.spki, 'key.malformed');
      for (const signature of [
        Buffer.alloc(0),
        Buffer.from('3000', 'hex'),
        Buffer.alloc(256, 1),
        Buffer.alloc(5_000),
      ]) {
        expect(verifySignature(key, 'sha256', message, signature)).toBe(false);
        expect(verifyPrehash(key, 'sha256', hash('sha256', message), signature)).toBe(false);
      }
    }
  });

  it('refuse an RSA padding with a longer, shorter or other DigestInfo', () => {
    const keys = createKeyPair('RSA-2048');
    const key = parsePublicKey(keys.spki, 'key.malformed');
    const signature = signWith(keys, message, 'sha256');
    const digest = hash('sha256', message);
    for (const wrong of [digest.subarray(1), Buffer.concat([digest, Buffer.of(0)]), hash('sha256', digest)]) {
      expect(verifyPrehash(key, 'sha256', wrong, signature)).toBe(false);
    }
    expect(verifyPrehash(key, 'sha256', digest, signature)).toBe(true);
    // What the owner of the key padded himself: the bare digest, another algorithm before it, bytes before that.
    const info = Buffer.from('3031300d060960864801650304020105000420', 'hex');
    const otherInfo = Buffer.from('3031300d060960864801650304020305000420', 'hex');
    const padded = (...parts: readonly Buffer[]): Buffer =>
      privateEncrypt({ key: keys.privateKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.concat(parts));
    expect(verifyPrehash(key, 'sha256', digest, padded(info, digest))).toBe(true);
    for (const parts of [
      [digest],
      [otherInfo, digest],
      [Buffer.of(0), info, digest],
      [info, digest, Buffer.of(0)],
    ]) {
      expect(verifyPrehash(key, 'sha256', digest, padded(...parts))).toBe(false);
    }
  });
});
