import { sigstore as kit } from '../../attacks/verify.ts';
import { createKeyPair, sha256 } from '../../kit/keys.ts';

/** A trusted root as a file, and what it is called by. */
export const trustText = Buffer.from(JSON.stringify(kit.trustedRoot()));
export const sha256Hex = sha256(trustText).toString('hex');

const keys = createKeyPair();

/** Attestations signed with a certificate, and with a bare key. */
export const sigstore = {
  keys,
  certified: kit.signStatement().text(),
  bare: kit.signStatement({ keys, publicKeyHint: 'ours' }).text(),
};
