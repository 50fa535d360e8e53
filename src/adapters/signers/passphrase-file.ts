import { LIMITS } from '../../core/limits.ts';
import { readRegularFile } from '../disk/read.ts';

/** Editors end a file with a line end, which nobody means as part of a secret. */
export const withoutLineEnd = (bytes: Buffer): Buffer => {
  const end = bytes.at(-1) === 0x0a ? (bytes.at(-2) === 0x0d ? 2 : 1) : 0;
  return bytes.subarray(0, bytes.length - end);
};

/** @throws SlsaGateError `signer.passphrase` */
export async function readPassphraseFile(path: string): Promise<Buffer> {
  const { bytes } = await readRegularFile(path, {
    maxBytes: LIMITS.passphraseBytes,
    missing: 'signer.passphrase',
    unreadable: 'signer.passphrase',
    followLinks: true,
  });
  return withoutLineEnd(bytes);
}
