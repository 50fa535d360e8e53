import { constants, publicDecrypt } from 'node:crypto';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import type { HashAlgorithm, KeyKind, PublicKey } from './public-key.ts';

const CURVES = { p256, p384, p521 } as const;
const POINT_BYTES: Readonly<Record<keyof typeof CURVES, number>> = { p256: 65, p384: 97, p521: 133 };

/** DigestInfo (RFC 8017 section 9.2) up to the digest. */
const DIGEST_INFO: Readonly<Record<HashAlgorithm, Buffer>> = {
  sha256: Buffer.from('3031300d060960864801650304020105000420', 'hex'),
  sha384: Buffer.from('3041300d060960864801650304020205000430', 'hex'),
  sha512: Buffer.from('3051300d060960864801650304020305000440', 'hex'),
};

const isCurve = (kind: KeyKind): kind is keyof typeof CURVES => Object.hasOwn(CURVES, kind);

/**
 * Checks a signature when only the digest of what was signed is known: ECDSA through `@noble/curves` (node:crypto has
 * no such call), RSA by comparing the whole DigestInfo. Ed25519 signs no digest: false.
 */
export function verifyPrehash(
  key: PublicKey,
  hash: HashAlgorithm,
  digest: Buffer,
  signature: Buffer,
): boolean {
  try {
    if (isCurve(key.kind)) {
      const point = key.spki.subarray(-POINT_BYTES[key.kind]);
      const options = { prehash: false, lowS: false, format: 'der' } as const;
      return CURVES[key.kind].verify(signature, digest, point, options);
    }
    if (key.kind !== 'rsa') return false;
    const decrypted = publicDecrypt({ key: key.key, padding: constants.RSA_PKCS1_PADDING }, signature);
    return decrypted.equals(Buffer.concat([DIGEST_INFO[hash], digest]));
  } catch {
    return false;
  }
}
