import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { lstat, rm } from 'node:fs/promises';
import { refuse } from '../../../errors.ts';
import { isSystemError, systemCode } from '../../disk/system-code.ts';
import { createFile } from '../../disk/write.ts';
import { type SigningAlgorithm, toSigningKey } from './signing-key.ts';

export interface KeyFiles {
  readonly privatePath: string;
  readonly publicPath: string;
}

export interface GenerateOptions {
  readonly output: string;
  readonly algorithm: SigningAlgorithm;
  /** Encrypts the private key; not empty. */
  readonly passphrase?: Buffer;
}

const GENERATE: Readonly<Record<SigningAlgorithm, () => KeyObject>> = {
  'P-256': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  'P-384': () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  Ed25519: () => generateKeyPairSync('ed25519').privateKey,
};

/**
 * Makes a key and writes it: the private half as PKCS#8 with mode 0600, the public one beside it as `FILE.pub`. Neither is
 * written over a file that is there.
 *
 * @throws SlsaGateError `signer.exists`, `signer.passphrase`, `output.unwritable`
 */
export async function generateKeyFiles(
  options: GenerateOptions,
): Promise<KeyFiles & { readonly publicKey: Buffer }> {
  const { output, algorithm, passphrase } = options;
  if (passphrase?.length === 0) refuse('signer.passphrase', 'the passphrase is empty');
  const files = { privatePath: output, publicPath: `${output}.pub` };
  for (const path of Object.values(files)) await refuseExisting(path);
  const { privateKey, publicKey } = toSigningKey(GENERATE[algorithm]());
  const pem = privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    ...(passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }),
  });
  await writeNew(files.privatePath, pem, 0o600);
  try {
    await writeNew(files.publicPath, toPublicPem(publicKey), 0o644);
  } catch (error) {
    await rm(files.privatePath, { force: true });
    throw error;
  }
  return { ...files, publicKey };
}

/** `-----BEGIN PUBLIC KEY-----`, as OpenSSL and cosign write it. */
export const toPublicPem = (spki: Buffer): string => {
  const lines = spki.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----', ''].join('\n');
};

const exists = (path: string): never =>
  refuse('signer.exists', `there is a file already: ${path}`, { actual: path });

async function refuseExisting(path: string): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if (systemCode(error) !== 'ENOENT') unwritable(path, error);
    return undefined;
  });
  if (found !== undefined) exists(path);
}

async function writeNew(path: string, text: string | Buffer, mode: number): Promise<void> {
  try {
    await createFile(path, Buffer.from(text), mode);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (systemCode(error) === 'EEXIST') exists(path);
    unwritable(path, error);
  }
}

const unwritable = (path: string, cause: unknown): never =>
  refuse('output.unwritable', `the key could not be written (${systemCode(cause)}): ${path}`, { cause });
