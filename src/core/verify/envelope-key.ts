import { verify } from 'node:crypto';
import { refuse } from '../../errors.ts';
import type { ParsedEnvelope } from '../model/envelope.ts';
import { preAuthEncoding } from './envelope.ts';
import { HASH_OF_KEY, type HashAlgorithm, type PublicKey, verifySignature } from './public-key.ts';
import type { TrustedKey } from './verify-bundle.ts';

/** Bytes of each half of a raw ECDSA signature (IEEE P1363). */
const HALF_BYTES: Readonly<Partial<Record<PublicKey['kind'], number>>> = { p256: 32, p384: 48, p521: 66 };

/**
 * Verifies a bare envelope with the one key that the caller names. The key id that the caller gave must be the
 * envelope's, where that names one: an id narrows, it never chooses. ECDSA signatures may be DER or raw `r || s`, as signers of verification summaries write
 * both. Such an envelope carries no time.
 *
 * @throws SlsaGateError `cert.required`, `key.unknown`, `dsse.keyid`, `dsse.signature`, `time.none`
 */
export function verifyBareEnvelope(envelope: ParsedEnvelope, keys: readonly TrustedKey[]): TrustedKey {
  const [trusted, second] = keys;
  if (trusted === undefined) {
    refuse('cert.required', 'envelope carries neither certificate nor log entry and no key was given');
  }
  if (second !== undefined) refuse('key.unknown', 'an envelope is checked with exactly one key');
  if (trusted.id !== undefined && envelope.keyid !== '' && envelope.keyid !== trusted.id) {
    refuse('dsse.keyid', 'envelope names another key', { expected: trusted.id, actual: envelope.keyid });
  }
  if (trusted.window !== undefined) refuse('time.none', 'no verified time for a key with a window');
  const signed = preAuthEncoding(envelope.payloadType, envelope.payload);
  const hash = trusted.hash ?? HASH_OF_KEY[trusted.key.kind];
  const verifies =
    verifySignature(trusted.key, hash, signed, envelope.signature) ||
    verifyRawSignature(trusted.key, hash, signed, envelope.signature);
  if (!verifies) refuse('dsse.signature', 'signature of the envelope does not verify');
  return trusted;
}

function verifyRawSignature(key: PublicKey, hash: HashAlgorithm, data: Buffer, signature: Buffer): boolean {
  const half = HALF_BYTES[key.kind];
  if (half === undefined || signature.length !== 2 * half) return false;
  try {
    return verify(hash, data, { key: key.key, dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    return false;
  }
}
