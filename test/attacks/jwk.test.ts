import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSigner } from '../../src/adapters/signers/index.ts';
import { signerOptions } from '../unit/adapters/signers/options.ts';
import { refusal } from '../unit/cli/command.ts';

/** Signing keys that are read as JWK; tokens have tests of their own once there is a receiver of them. */

const FOLDER = mkdtempSync(join(tmpdir(), 'slsa-gate-jwk-'));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

type Jwk = Readonly<Record<string, unknown>>;
const exported = (key: { export(options: { format: 'jwk' }): unknown }): Jwk =>
  key.export({ format: 'jwk' }) as Jwk;
const ec = (namedCurve: string): Jwk => exported(generateKeyPairSync('ec', { namedCurve }).privateKey);

const P256 = ec('P-256');
const P384 = ec('P-384');
const ED25519 = exported(generateKeyPairSync('ed25519').privateKey);
const RSA = exported(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
const without = (jwk: Jwk, name: string): Jwk =>
  Object.fromEntries(Object.entries(jwk).filter(([key]) => key !== name));

async function open(jwk: unknown): Promise<string> {
  writeFileSync(join(FOLDER, 'key.jwk'), typeof jwk === 'string' ? jwk : JSON.stringify(jwk), {
    mode: 0o600,
  });
  return (await openSigner('key:key.jwk', signerOptions(FOLDER))).algorithm;
}

describe('a signing key as JWK', () => {
  it('signs where nothing is wrong with it', async () => {
    expect(await Promise.all([await open(P256), await open(P384), await open(ED25519)])).toEqual([
      'P-256',
      'P-384',
      'Ed25519',
    ]);
    expect(await open({ ...P256, alg: 'ES256' })).toBe('P-256');
    expect(await open({ ...P384, alg: 'ES384' })).toBe('P-384');
    expect(await open({ ...ED25519, alg: 'EdDSA' })).toBe('Ed25519');
    expect(await open({ ...ED25519, alg: 'Ed25519' })).toBe('Ed25519');
  });

  it.each<[string, unknown]>([
    ['alg none', { ...P256, alg: 'none' }],
    ['alg of no text', { ...P256, alg: ['ES256'] }],
    ['alg null', { ...P256, alg: null }],
    ['alg empty', { ...P256, alg: '' }],
    ['HS256 on a key of a curve', { ...P256, alg: 'HS256' }],
    ['a secret', { kty: 'oct', k: P256.d, alg: 'HS256' }],
    ['a secret that also names a curve', { ...P256, kty: 'oct', k: P256.d }],
    ['RSA', RSA],
    ['RSA with alg', { ...RSA, alg: 'RS256' }],
    ['RSA that names a curve', { ...RSA, crv: 'P-256' }],
    ['ES384 on P-256', { ...P256, alg: 'ES384' }],
    ['ES256 on P-384', { ...P384, alg: 'ES256' }],
    ['ES256 on Ed25519', { ...ED25519, alg: 'ES256' }],
    ['EdDSA on P-256', { ...P256, alg: 'EdDSA' }],
    ['the numbers of P-256 as P-384', { ...P256, crv: 'P-384' }],
    ['the numbers of P-384 as P-256', { ...P384, crv: 'P-256' }],
    ['Ed25519 as EC', { ...ED25519, kty: 'EC' }],
    ['P-256 as OKP', { ...P256, kty: 'OKP' }],
    ['Ed25519 with a second coordinate', { ...ED25519, y: P256.y }],
    ['X25519', exported(generateKeyPairSync('x25519').privateKey)],
    ['P-521', ec('P-521')],
    ['secp256k1', ec('secp256k1')],
    ['a curve that every object has', { ...P256, crv: 'constructor' }],
    ['no curve', without(P256, 'crv')],
    ['no key type', without(P256, 'kty')],
    ['no private part', without(P256, 'd')],
    ['no private part, Ed25519', without(ED25519, 'd')],
    ['an empty private part', { ...P256, d: '' }],
    ['no public part', without(P256, 'y')],
    ['a private part of another key', { ...P256, d: ec('P-256').d }],
    [
      'a private part of another key, Ed25519',
      { ...ED25519, d: exported(generateKeyPairSync('ed25519').privateKey).d },
    ],
    ['a point off the curve', { ...P256, x: P256.y }],
    ['base64 instead of base64url', { ...P256, d: Buffer.alloc(32, 0xff).toString('base64') }],
    ['for encryption', { ...P256, use: 'enc' }],
    ['without the right to sign', { ...P256, key_ops: ['verify'] }],
    ['for signing and more', { ...P256, key_ops: ['sign', 'deriveKey'] }],
    ['the same use twice', { ...P256, key_ops: ['sign', 'sign'] }],
    ['no list of uses', { ...P256, key_ops: 'sign' }],
    ['an empty list of uses', { ...P256, key_ops: [] }],
    ['a member twice', JSON.stringify(P256).replace('{', '{"kty":"EC",')],
    ['a prototype', JSON.stringify(P256).replace('{', '{"__proto__":{"alg":"ES256"},')],
    ['no object', '[]'],
    ['half a file', JSON.stringify(P256).slice(0, -10)],
  ])('JWT-01 is refused: %s', async (_, jwk) => {
    await expect(open(jwk)).rejects.toEqual(refusal('signer.key', { exitCode: 64 }));
  });

  it.each<[string, Jwk]>([
    ['jwk', { ...P256, jwk: without(ec('P-256'), 'd') }],
    ['x5c', { ...P256, x5c: ['MIIB'] }],
    ['x5u', { ...P256, x5u: 'https://example.com/chain.pem' }],
    ['x5t', { ...P256, x5t: 'AAAA' }],
    ['x5t#S256', { ...P256, 'x5t#S256': 'AAAA' }],
    ['jku', { ...P256, jku: 'https://example.com/keys' }],
    ['keys', { keys: [P256] }],
    ['keys', { ...P256, keys: [ec('P-256')] }],
    ['k', { ...P256, k: 'AAAA' }],
    ['oth', { ...P256, oth: [] }],
  ])('JWT-02 with another key inside is refused, not trusted: %s', async (_, jwk) => {
    await expect(open(jwk)).rejects.toEqual(refusal('signer.key', { exitCode: 64 }));
  });
});
