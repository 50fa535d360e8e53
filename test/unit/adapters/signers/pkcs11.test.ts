import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSigner } from '../../../../src/adapters/signers/index.ts';
import { openPkcs11Signer } from '../../../../src/adapters/signers/pkcs11/index.ts';
import { signEnvelope, verifyOwnEnvelope } from '../../../../src/core/evidence/envelope.ts';
import { parsePublicKey } from '../../../../src/core/verify/public-key.ts';
import { PIN, type SoftHsm, startSoftHsm, TOKEN } from '../../../stack/softhsm.ts';
import { refusal } from '../../cli/command.ts';
import { signerOptions } from './options.ts';

const hsm = startSoftHsm();
afterAll(() => hsm?.close());

const MESSAGE = Buffer.from('what is signed');
const KEYS = {
  'P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'P-384': generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  Ed25519: generateKeyPairSync('ed25519'),
};
const HASHES = { 'P-256': 'sha256', 'P-384': 'sha384', Ed25519: null } as const;
const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

describe('without the optional package', () => {
  const absent = (): Promise<never> =>
    Promise.reject(Object.assign(new Error('no package'), { code: 'ERR_MODULE_NOT_FOUND' }));

  it('pkcs11: is refused with how to install it', async () => {
    await expect(
      openPkcs11Signer('token=a;object=b?module-path=/lib/p11.so', signerOptions('/'), absent),
    ).rejects.toEqual(
      refusal('signer.unsupported', { exitCode: 64, hint: expect.stringContaining('npm install pkcs11js') }),
    );
  });

  it('pkcs11: is refused through the reference too, since it is not installed with slsa-gate', async () => {
    const reference = 'pkcs11:token=a;object=b?module-path=/lib/p11.so';
    await expect(openSigner(reference, signerOptions('/'))).rejects.toEqual(refusal('signer.unsupported'));
  });

  it('a faulty URI is told before anything is loaded', async () => {
    await expect(openPkcs11Signer('token=a', signerOptions('/'), absent)).rejects.toEqual(
      refusal('signer.key'),
    );
  });
});

describe.skipIf(hsm === undefined)('a key on a token', () => {
  const { modulePath, folder, load, importKey } = hsm ?? ({} as SoftHsm);
  const uri = (key: string, query = '&pin-source=file:pin'): string =>
    `token=${TOKEN};${key}?module-path=${modulePath}${query}`;
  const open = (text: string, passphrase?: string) =>
    openPkcs11Signer(text, signerOptions(folder, passphrase), load);
  if (hsm !== undefined) {
    writeFileSync(join(folder, 'pin'), `${PIN}\n`);
    writeFileSync(join(folder, 'wrong-pin'), '0000\n');
    importKey(pem(KEYS['P-256'].privateKey), 'p256', '01');
    importKey(pem(KEYS['P-384'].privateKey), 'p384', '02ff');
    importKey(pem(KEYS.Ed25519.privateKey), 'ed25519', '03');
    importKey(pem(KEYS['P-256'].privateKey), 'alone', '04', true);
    importKey(pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey), 'rsa', '05');
    for (const id of ['06', '07'])
      importKey(pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey), 'twice', id);
  }

  it.each([
    ['P-256', 'object=p256'],
    ['P-256', 'id=%01'],
    ['P-384', 'object=p384;id=%02%ff'],
    ['Ed25519', 'object=ed25519'],
  ] as const)('signs with %s by %s', async (algorithm, key) => {
    const signer = await open(uri(key));
    const { publicKey } = KEYS[algorithm];
    expect([signer.scheme, signer.algorithm]).toEqual(['pkcs11', algorithm]);
    expect(signer.publicKey).toEqual(publicKey.export({ type: 'spki', format: 'der' }));
    for (let turn = 0; turn < 40; turn++) {
      const message = Buffer.concat([MESSAGE, Buffer.of(turn)]);
      expect(verify(HASHES[algorithm], message, publicKey, await signer.sign(message))).toBe(true);
    }
    await signer.close();
    expect(await signer.close()).toBeUndefined();
  });

  it('signs envelopes as a key in a file does', async () => {
    const signer = await open(uri('object=p256'));
    const envelope = await signEnvelope('text/plain', MESSAGE, signer);
    const key = parsePublicKey(signer.publicKey, 'key.malformed');
    const codes = { malformed: 'evidence.tampered', signature: 'evidence.signature' } as const;
    expect(verifyOwnEnvelope(envelope, [key], 'text/plain', codes)).toEqual(MESSAGE);
    await signer.close();
  });

  it('is used beside another of the same token, and after that one is closed', async () => {
    const [records, heads] = [await open(uri('object=p256')), await open(uri('object=ed25519'))];
    await records.close();
    const signature = await heads.sign(MESSAGE);
    expect(verify(null, MESSAGE, KEYS.Ed25519.publicKey, signature)).toBe(true);
    await heads.close();
    await expect(heads.sign(MESSAGE)).rejects.toEqual(refusal('signer.failed', { exitCode: 2 }));
  });

  it('takes its PIN from whoever is asked, where the URI names no file', async () => {
    const options = signerOptions(folder, PIN);
    const signer = await openPkcs11Signer(uri('object=p256', ''), options, load);
    expect(options.asked).toEqual([`token ${TOKEN}`]);
    expect(createPublicKey({ key: signer.publicKey, format: 'der', type: 'spki' }).asymmetricKeyType).toBe(
      'ec',
    );
    await signer.close();
  });

  it.each<[string, () => Promise<unknown>, Parameters<typeof refusal>[0]]>([
    ['a wrong PIN', () => open(uri('object=p256', '&pin-source=file:wrong-pin')), 'signer.passphrase'],
    ['no PIN', () => open(uri('object=p256', '')), 'signer.passphrase'],
    ['an empty PIN', () => open(uri('object=p256', ''), ''), 'signer.passphrase'],
    [
      'a PIN file that is not there',
      () => open(uri('object=p256', '&pin-source=file:gone')),
      'signer.passphrase',
    ],
    ['a token that is not there', () => open(uri('object=p256').replace(TOKEN, 'gone')), 'signer.key'],
    ['a key that is not there', () => open(uri('object=gone')), 'signer.key'],
    ['a key by another id', () => open(uri('object=p256;id=%02')), 'signer.key'],
    ['several keys of one name', () => open(uri('object=twice')), 'signer.key'],
    ['a key without its public half', () => open(uri('object=alone')), 'signer.key'],
    ['an RSA key', () => open(uri('object=rsa')), 'signer.key'],
    [
      'a library that is none',
      () => open(uri('object=p256').replace(modulePath, '/etc/hostname')),
      'signer.key',
    ],
  ])('is refused with %s', async (_, refused, code) => {
    await expect(refused()).rejects.toEqual(refusal(code));
  });

  it('shows no PIN when it is wrong', async () => {
    const error: unknown = await open(uri('object=p256', ''), 'hunter2').catch((thrown: unknown) => thrown);
    const told: string[] = [];
    for (let next = error; next instanceof Error; next = next.cause)
      told.push(next.message, JSON.stringify(next));
    expect(told.length).toBeGreaterThan(0);
    expect(told.join('\n')).not.toContain('hunter2');
  });
});
