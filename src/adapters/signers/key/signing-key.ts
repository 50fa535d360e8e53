import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { Signer } from '../../../core/evidence-ports.ts';
import { refuse } from '../../../errors.ts';

export type SigningAlgorithm = Signer['algorithm'];

/** A private key that may sign, with its public half. */
export interface SigningKey {
  readonly algorithm: SigningAlgorithm;
  readonly privateKey: KeyObject;
  /** SPKI, DER; elliptic curve points uncompressed. */
  readonly publicKey: Buffer;
}

export const SIGNING_ALGORITHMS = 'P-256, P-384 or Ed25519';

/** Hash that goes with each algorithm; Ed25519 has its own. */
const HASHES: Readonly<Record<SigningAlgorithm, 'sha256' | 'sha384' | null>> = {
  'P-256': 'sha256',
  'P-384': 'sha384',
  Ed25519: null,
};
const CURVES: ReadonlyMap<string | undefined, SigningAlgorithm> = new Map([
  ['prime256v1', 'P-256'],
  ['secp384r1', 'P-384'],
]);
const PROBE = Buffer.from('slsa-gate: do both halves of this key belong together?');

export const signWith = ({ algorithm, privateKey }: SigningKey, bytes: Uint8Array): Buffer =>
  sign(HASHES[algorithm], bytes, privateKey);

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): SigningAlgorithm {
  const algorithm =
    asymmetricKeyType === 'ed25519'
      ? 'Ed25519'
      : asymmetricKeyType === 'ec'
        ? CURVES.get(asymmetricKeyDetails?.namedCurve)
        : undefined;
  if (algorithm !== undefined) return algorithm;
  refuse('signer.key', 'a key of this type signs nothing here', {
    expected: SIGNING_ALGORITHMS,
    actual: [asymmetricKeyType, asymmetricKeyDetails?.namedCurve ?? asymmetricKeyDetails?.modulusLength]
      .filter((part) => part !== undefined)
      .join(' '),
  });
}

/**
 * A private key whose halves belong together: a file may hold the public half of another key, and what is signed with it
 * would verify nowhere.
 *
 * @throws SlsaGateError `signer.key`
 */
export function toSigningKey(privateKey: KeyObject): SigningKey {
  const algorithm = algorithmOf(privateKey);
  try {
    // By way of JWK, because SPKI would keep a compressed point as it was written.
    const jwk = createPublicKey(privateKey).export({ format: 'jwk' });
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
    const key = { algorithm, privateKey, publicKey: publicKey.export({ type: 'spki', format: 'der' }) };
    if (verify(HASHES[algorithm], PROBE, publicKey, signWith(key, PROBE))) return key;
  } catch {
    // What the library says may quote the key.
  }
  refuse('signer.key', 'private and public half of the key do not belong together');
}
