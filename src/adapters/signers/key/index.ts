import { isUtf8 } from 'node:buffer';
import type { KeyObject } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import type { Signer } from '../../../core/evidence-ports.ts';
import { LIMITS } from '../../../core/limits.ts';
import { refuse } from '../../../errors.ts';
import { readRegularFile } from '../../disk/read.ts';
import type { SignerOptions } from '../options.ts';
import { readPem } from './pem.ts';
import { signWith, toSigningKey } from './signing-key.ts';

const READABLE_BY_OTHERS = 0o044;

/**
 * Signs with a private key in a file: PEM (PKCS#8, SEC 1) or JWK; P-256, P-384 or Ed25519.
 *
 * @param name path, as the user wrote it
 * @throws SlsaGateError `signer.key`, `signer.passphrase`, `path.*`
 */
export async function openKeySigner(name: string, options: SignerOptions): Promise<Signer> {
  if (name === '') refuse('signer.key', 'key: names no file', { hint: 'Write key:FILE.' });
  const path = isAbsolute(name) ? name : join(options.baseDirectory, name);
  const { bytes, mode } = await readRegularFile(path, {
    maxBytes: LIMITS.privateKeyBytes,
    missing: 'path.not-found',
    unreadable: 'path.unreadable',
    followLinks: true,
  });
  if (process.platform !== 'win32' && (mode & READABLE_BY_OTHERS) !== 0)
    options.warn(`others can read the private key: ${name}; make it private with chmod 600`);
  const key = toSigningKey(await readPrivateKey(bytes, () => passphraseOf(name, options)));
  return {
    scheme: 'key',
    algorithm: key.algorithm,
    publicKey: key.publicKey,
    async sign(message) {
      try {
        return signWith(key, message);
      } catch (cause) {
        refuse('signer.failed', `signing failed with the key: ${name}`, { cause });
      }
    },
    close: async () => undefined,
  };
}

async function readPrivateKey(bytes: Buffer, passphrase: () => Promise<Buffer>): Promise<KeyObject> {
  if (!isUtf8(bytes))
    refuse('signer.key', 'neither PEM nor JWK', { hint: 'DER is not read; convert it to PEM.' });
  const text = bytes.toString('utf8');
  if (!text.trimStart().startsWith('{')) return readPem(text, passphrase);
  const { readJwk } = await import('./jwk.ts');
  return readJwk(bytes);
}

async function passphraseOf(name: string, { passphrase }: SignerOptions): Promise<Buffer> {
  const given = await passphrase(name);
  if (given === undefined) refuse('signer.passphrase', `the key is encrypted: ${name}`);
  if (given.length === 0) refuse('signer.passphrase', `the passphrase is empty: ${name}`);
  return given;
}
