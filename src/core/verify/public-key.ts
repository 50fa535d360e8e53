import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { Code } from '../../codes.ts';
import { refuse } from '../../errors.ts';

export type HashAlgorithm = 'sha256' | 'sha384' | 'sha512';
export type KeyKind = 'p256' | 'p384' | 'p521' | 'rsa' | 'ed25519';

/** A public key whose type is in the fixed table; parsed once, used for many signatures. */
export interface PublicKey {
  readonly kind: KeyKind;
  readonly key: KeyObject;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Buffer;
}

/** Hash that a key signs with where the format does not name one (DSSE, certificates of logs). */
export const HASH_OF_KEY: Readonly<Record<KeyKind, HashAlgorithm>> = {
  p256: 'sha256',
  p384: 'sha384',
  p521: 'sha512',
  rsa: 'sha256',
  ed25519: 'sha512',
};

/** SubjectPublicKeyInfo headers of the uncompressed named curves and of Ed25519; what follows is the key. */
const SPKI_HEADERS: readonly [KeyKind, Buffer, number][] = [
  ['p256', Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex'), 91],
  ['p384', Buffer.from('3076301006072a8648ce3d020106052b8104002203620004', 'hex'), 120],
  ['p521', Buffer.from('30819b301006072a8648ce3d020106052b810400230381860004', 'hex'), 158],
  ['ed25519', Buffer.from('302a300506032b6570032100', 'hex'), 44],
];

const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;

/**
 * Imports a SubjectPublicKeyInfo of the fixed table: P-256, P-384, P-521 (uncompressed), Ed25519, RSA of 2048 to 8192
 * bits.
 *
 * @throws SlsaGateError with `code` when the bytes are no such key, `signature.algorithm` for other types
 */
export function parsePublicKey(spki: Buffer, code: Code): PublicKey {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  } catch (cause) {
    refuse(code, 'public key cannot be read', { cause });
  }
  for (const [kind, header, length] of SPKI_HEADERS) {
    if (spki.length === length && spki.compare(header, 0, header.length, 0, header.length) === 0) {
      return { kind, key, spki };
    }
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType === 'rsa' && bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS) {
    // Keys are told apart by their bytes, so one key must not have two spellings.
    if (!key.export({ type: 'spki', format: 'der' }).equals(spki))
      refuse(code, 'public key has another encoding');
    return { kind: 'rsa', key, spki };
  }
  refuse('signature.algorithm', 'public key type is not supported', {
    expected: 'ECDSA P-256, P-384 or P-521, Ed25519, RSA 2048 to 8192 bits',
    actual: `${key.asymmetricKeyType ?? 'unknown'} ${key.asymmetricKeyDetails?.namedCurve ?? bits}`,
  });
}

/** PEM (one block, SubjectPublicKeyInfo or PKCS #1) to a key. */
export function parsePublicKeyPem(pem: string, code: Code): PublicKey {
  if ((pem.match(/-----BEGIN /g) ?? []).length !== 1 || !pem.includes('PUBLIC KEY-----')) {
    refuse(code, 'not one PEM public key');
  }
  let spki: Buffer;
  try {
    spki = createPublicKey(pem).export({ type: 'spki', format: 'der' });
  } catch (cause) {
    refuse(code, 'public key cannot be read', { cause });
  }
  return parsePublicKey(spki, code);
}

/**
 * Checks one signature. ECDSA signatures are DER, RSA ones PKCS #1 v1.5. Never throws: whatever cannot be checked
 * does not verify.
 */
export function verifySignature(
  key: PublicKey,
  hash: HashAlgorithm,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    return verify(key.kind === 'ed25519' ? null : hash, data, key.key, signature);
  } catch {
    return false;
  }
}
