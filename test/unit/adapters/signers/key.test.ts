import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSigner } from '../../../../src/adapters/signers/index.ts';
import type { Signer } from '../../../../src/core/evidence-ports.ts';
import { refusal } from '../../cli/command.ts';
import { signerOptions } from './options.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'slsa-gate-signers-'));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const KEYS = {
  'P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'P-384': generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  Ed25519: generateKeyPairSync('ed25519'),
};
type Algorithm = keyof typeof KEYS;
const ALGORITHMS = Object.keys(KEYS) as Algorithm[];
const HASHES = { 'P-256': 'sha256', 'P-384': 'sha384', Ed25519: null };
const MESSAGE = Buffer.from('what is signed');

let count = 0;
const file = (content: string | Buffer, mode = 0o600): string => {
  const name = `key-${count++}`;
  writeFileSync(join(FOLDER, name), content, { mode });
  chmodSync(join(FOLDER, name), mode);
  return name;
};

const pkcs8 = (key: KeyObject, passphrase?: string): string =>
  key
    .export({
      type: 'pkcs8',
      format: 'pem',
      ...(passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }),
    })
    .toString();
const sec1 = (key: KeyObject): string => key.export({ type: 'sec1', format: 'pem' }).toString();
const jwk = (key: KeyObject): string => JSON.stringify(key.export({ format: 'jwk' }));

const open = (content: string | Buffer, passphrase?: string): Promise<Signer> =>
  openSigner(`key:${file(content)}`, signerOptions(FOLDER, passphrase));

/** The signer signs as DSSE has it, and says the right things of its key. */
async function expectSigns(signer: Signer, algorithm: Algorithm): Promise<void> {
  const { publicKey } = KEYS[algorithm];
  expect([signer.scheme, signer.algorithm]).toEqual(['key', algorithm]);
  expect(signer.publicKey).toEqual(publicKey.export({ type: 'spki', format: 'der' }));
  expect(verify(HASHES[algorithm], MESSAGE, publicKey, await signer.sign(MESSAGE))).toBe(true);
  expect(await signer.close()).toBeUndefined();
}

describe('key:FILE', () => {
  it.each(ALGORITHMS)('signs with %s in PKCS#8', async (algorithm) => {
    await expectSigns(await open(pkcs8(KEYS[algorithm].privateKey)), algorithm);
  });

  it.each(ALGORITHMS)(
    'signs with %s in encrypted PKCS#8, and asks for its passphrase once',
    async (algorithm) => {
      const name = file(pkcs8(KEYS[algorithm].privateKey, 'correct horse'));
      const options = signerOptions(FOLDER, 'correct horse');
      await expectSigns(await openSigner(`key:${name}`, options), algorithm);
      expect(options.asked).toEqual([name]);
    },
  );

  it.each(['P-256', 'P-384'] as const)(
    'signs with %s in SEC 1, with and without parameters',
    async (algorithm) => {
      const text = sec1(KEYS[algorithm].privateKey);
      await expectSigns(await open(text), algorithm);
      const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
      await expectSigns(await open(`${parameters}${text}`), algorithm);
    },
  );

  it.each(ALGORITHMS)('signs with %s as JWK', async (algorithm) => {
    await expectSigns(await open(jwk(KEYS[algorithm].privateKey)), algorithm);
    const whole = {
      ...JSON.parse(jwk(KEYS[algorithm].privateKey)),
      kid: 'a',
      use: 'sig',
      key_ops: ['sign'],
      ext: true,
    };
    await expectSigns(await open(`\n${JSON.stringify(whole, null, 2)}\n`), algorithm);
  });

  it('does not ask for a passphrase that no key needs', async () => {
    const options = signerOptions(FOLDER, 'unused');
    await openSigner(`key:${file(pkcs8(KEYS.Ed25519.privateKey))}`, options);
    expect(options.asked).toEqual([]);
  });

  it('reads an absolute path and follows a link, as mounted secrets are links', async () => {
    const name = join(FOLDER, file(pkcs8(KEYS.Ed25519.privateKey)));
    await expectSigns(await openSigner(`key:${name}`, signerOptions('/elsewhere')), 'Ed25519');
    symlinkSync(name, join(FOLDER, 'link'));
    await expectSigns(await openSigner('key:link', signerOptions(FOLDER)), 'Ed25519');
  });

  it.runIf(process.platform !== 'win32')(
    'warns of a private key that others can read, and of no other',
    async () => {
      for (const [mode, warned] of [
        [0o600, false],
        [0o400, false],
        [0o640, true],
        [0o604, true],
      ] as const) {
        const name = file(pkcs8(KEYS.Ed25519.privateKey), mode);
        const options = signerOptions(FOLDER);
        await openSigner(`key:${name}`, options);
        expect(
          options.warnings.map((text) => text.includes(name)),
          mode.toString(8),
        ).toEqual(warned ? [true] : []);
      }
    },
  );

  it('gives the point of a compressed key uncompressed', async () => {
    const { privateKey } = KEYS['P-256'];
    const der = privateKey.export({ type: 'sec1', format: 'der' });
    const point = der.subarray(-65);
    const compressed = Buffer.concat([Buffer.of(2 + ((point[64] ?? 0) & 1)), point.subarray(1, 33)]);
    // SEQUENCE, then the public key as [1] { BIT STRING { 00, point } }, each 32 bytes shorter.
    const head = Buffer.from(der.subarray(0, -65));
    head[1] = (head[1] ?? 0) - 32;
    head[head.length - 4] = (head[head.length - 4] ?? 0) - 32;
    head[head.length - 2] = (head[head.length - 2] ?? 0) - 32;
    const body = Buffer.concat([head, compressed]).toString('base64');
    await expectSigns(
      await open(`-----BEGIN EC PRIVATE KEY-----\n${body}\n-----END EC PRIVATE KEY-----`),
      'P-256',
    );
  });
});

describe('a key that may not sign', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const P256 = pkcs8(KEYS['P-256'].privateKey);

  it.each([
    ['RSA', pkcs8(rsa), 'rsa 2048'],
    ['P-521', pkcs8(generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey), 'ec secp521r1'],
    ['secp256k1', pkcs8(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey), 'ec secp256k1'],
    ['X25519', pkcs8(generateKeyPairSync('x25519').privateKey), 'x25519'],
    ['Ed448', pkcs8(generateKeyPairSync('ed448').privateKey), 'ed448'],
  ])('of type %s is refused by its name', async (_, text, actual) => {
    await expect(open(text)).rejects.toEqual(
      refusal('signer.key', { expected: 'P-256, P-384 or Ed25519', actual }),
    );
  });

  it.each<[string, string | Buffer]>([
    ['an empty file', ''],
    ['no key at all', 'hello'],
    ['DER', KEYS['P-256'].privateKey.export({ type: 'pkcs8', format: 'der' })],
    ['a public key', KEYS['P-256'].publicKey.export({ type: 'spki', format: 'pem' })],
    ['a certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
    ['two keys', `${P256}${pkcs8(KEYS['P-384'].privateKey)}`],
    [
      'a key and its public half',
      `${P256}${KEYS['P-256'].publicKey.export({ type: 'spki', format: 'pem' })}`,
    ],
    ['text around the key', `# records\n${P256}`],
    ['a damaged key', P256.replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA')],
    ['a key of OpenSSH', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n'],
    ['a key of PKCS#1', rsa.export({ type: 'pkcs1', format: 'pem' })],
    [
      'the old encryption of OpenSSL',
      KEYS['P-256'].privateKey.export({
        type: 'sec1',
        format: 'pem',
        cipher: 'aes-256-cbc',
        passphrase: 'a',
      }),
    ],
  ])('is refused: %s', async (_, content) => {
    await expect(open(content, 'a')).rejects.toEqual(refusal('signer.key', { exitCode: 64 }));
  });

  it('is refused where its public half is of another key', async () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const der = KEYS['P-256'].privateKey.export({ type: 'sec1', format: 'der' });
    const mixed = Buffer.concat([
      der.subarray(0, -65),
      other.export({ type: 'sec1', format: 'der' }).subarray(-65),
    ]);
    const text = `-----BEGIN EC PRIVATE KEY-----\n${mixed.toString('base64')}\n-----END EC PRIVATE KEY-----\n`;
    await expect(open(text)).rejects.toEqual(refusal('signer.key'));
  });

  it('is refused when it is too large, no file, or not there', async () => {
    await expect(open('a'.repeat(64 * 1024 + 1))).rejects.toEqual(refusal('path.unreadable'));
    await expect(openSigner('key:.', signerOptions(FOLDER))).rejects.toEqual(refusal('path.unreadable'));
    await expect(openSigner('key:nowhere', signerOptions(FOLDER))).rejects.toEqual(refusal('path.not-found'));
    await expect(openSigner('key:a\0b', signerOptions(FOLDER))).rejects.toEqual(refusal('path.unsafe'));
    await expect(openSigner('key:', signerOptions(FOLDER))).rejects.toEqual(refusal('signer.key'));
  });
});

describe('a passphrase', () => {
  const text = pkcs8(KEYS['P-256'].privateKey, 'correct horse');

  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['wrong', 'battery staple'],
  ])('that is %s is refused', async (_, passphrase) => {
    await expect(open(text, passphrase)).rejects.toEqual(refusal('signer.passphrase', { exitCode: 64 }));
  });

  it('and the key itself are in no message, not even in that of a cause', async () => {
    const secret = JSON.parse(jwk(KEYS['P-256'].privateKey)).d as string;
    const inputs: [string, string | undefined][] = [
      [text, 'battery staple'],
      [`{"kty":"EC","crv":"P-256","d":"${secret}"`, undefined],
      [`{"kty":"oct","k":"${secret}"}`, undefined],
      [JSON.stringify({ kty: 'EC', crv: 'P-256', x: secret, y: secret, d: secret }), undefined],
      [JSON.stringify({ kty: 'EC', crv: 'P-256', x: secret, y: secret, d: secret, alg: 'none' }), undefined],
      [`-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----`, undefined],
    ];
    for (const [content, passphrase] of inputs) {
      const error: unknown = await open(content, passphrase).catch((thrown: unknown) => thrown);
      const told: string[] = [];
      for (let next = error; next instanceof Error; next = next.cause)
        told.push(next.message, next.stack ?? '', JSON.stringify(next));
      expect(told.length).toBeGreaterThan(0);
      expect(told.join('\n')).not.toContain(secret.slice(0, 12));
      expect(told.join('\n')).not.toContain('battery');
    }
  });
});

describe('a reference', () => {
  it.each([
    ['kms:projects/a'],
    ['sigstore:public-good'],
    ['file:records.pem'],
    ['KEY:records.pem'],
    ['records.pem'],
    [':records.pem'],
    [''],
  ])('of no known kind is refused: %j', async (reference) => {
    await expect(openSigner(reference, signerOptions(FOLDER))).rejects.toEqual(
      refusal('signer.unsupported', { exitCode: 64 }),
    );
  });

  it('without a scheme is not repeated, since it may be a secret in the wrong place', async () => {
    const error: unknown = await openSigner('hunter2', signerOptions(FOLDER)).catch(
      (thrown: unknown) => thrown,
    );
    expect(String(error)).not.toContain('hunter2');
  });
});

describe('the public key', () => {
  it('is what others read of the private one', async () => {
    const signer = await open(pkcs8(KEYS.Ed25519.privateKey));
    const read = createPublicKey({ key: signer.publicKey, format: 'der', type: 'spki' });
    expect(read.equals(KEYS.Ed25519.publicKey)).toBe(true);
  });
});
