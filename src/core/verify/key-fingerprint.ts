import { createHash } from 'node:crypto';
import type { KeyKind, PublicKey } from './public-key.ts';

const CURVE_NAMES: Readonly<Partial<Record<KeyKind, string>>> = {
  p256: 'nistp256',
  p384: 'nistp384',
  p521: 'nistp521',
};
const POINT_BYTES: Readonly<Partial<Record<KeyKind, number>>> = { p256: 65, p384: 97, p521: 133 };
const ED25519_BYTES = 32;

/** A string of the SSH protocol (RFC 4251 section 5): its length in four bytes, then itself. */
function sshString(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A non-negative integer of the SSH protocol: no sign bit in the way. */
function sshInteger(value: Buffer): Buffer {
  return sshString((value[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), value]) : value);
}

/** Public key in the form of SSH (RFC 4253 section 6.6, RFC 5656 section 3.1, RFC 8709 section 4). */
function toSshKey({ kind, key, spki }: PublicKey): Buffer {
  const curve = CURVE_NAMES[kind];
  const pointBytes = POINT_BYTES[kind];
  if (curve !== undefined && pointBytes !== undefined) {
    return Buffer.concat([
      sshString(`ecdsa-sha2-${curve}`),
      sshString(curve),
      sshString(spki.subarray(-pointBytes)),
    ]);
  }
  if (kind === 'ed25519')
    return Buffer.concat([sshString('ssh-ed25519'), sshString(spki.subarray(-ED25519_BYTES))]);
  const { e = '', n = '' } = key.export({ format: 'jwk' });
  const integer = (text: string): Buffer => sshInteger(Buffer.from(text, 'base64url'));
  return Buffer.concat([sshString('ssh-rsa'), integer(e), integer(n)]);
}

/**
 * The id that DSSE signers give a key that has none: the fingerprint of OpenSSH, `SHA256:` and base64 without padding.
 */
export const fingerprintOf = (key: PublicKey): string =>
  `SHA256:${createHash('sha256').update(toSshKey(key)).digest('base64').replace(/=+$/, '')}`;

/** Hex SHA-256 of the public key's SubjectPublicKeyInfo: one spelling for one key. */
export const spkiDigestOf = ({ spki }: PublicKey): string => createHash('sha256').update(spki).digest('hex');
