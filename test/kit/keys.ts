import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export type KeyAlgorithm = 'P-256' | 'P-384' | 'P-521' | 'Ed25519' | 'RSA-2048' | 'RSA-3072' | 'RSA-4096';
export type DigestName = 'sha1' | 'sha256' | 'sha384' | 'sha512';

/** A private key the test owns. */
export interface KeyPair {
  readonly algorithm: KeyAlgorithm;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Buffer;
  /** `-----BEGIN PUBLIC KEY-----`, as Rekor writes it. */
  readonly pem: string;
  /** The digest that goes with the key in Sigstore: SHA-256 for P-256 and RSA, SHA-384 for P-384, ... */
  readonly digest: DigestName;
  /** Sigstore's PublicKeyDetails name. */
  readonly keyDetails: string;
}

interface Profile {
  readonly digest: DigestName;
  readonly keyDetails: string;
  readonly generate: () => { privateKey: KeyObject; publicKey: KeyObject };
}

const ec = (namedCurve: string) => () => generateKeyPairSync('ec', { namedCurve });
const rsa = (modulusLength: number) => () => generateKeyPairSync('rsa', { modulusLength });

const PROFILES: Readonly<Record<KeyAlgorithm, Profile>> = {
  'P-256': { digest: 'sha256', keyDetails: 'PKIX_ECDSA_P256_SHA_256', generate: ec('P-256') },
  'P-384': { digest: 'sha384', keyDetails: 'PKIX_ECDSA_P384_SHA_384', generate: ec('P-384') },
  'P-521': { digest: 'sha512', keyDetails: 'PKIX_ECDSA_P521_SHA_512', generate: ec('P-521') },
  Ed25519: {
    digest: 'sha512',
    keyDetails: 'PKIX_ED25519',
    generate: () => generateKeyPairSync('ed25519'),
  },
  'RSA-2048': { digest: 'sha256', keyDetails: 'PKIX_RSA_PKCS1V15_2048_SHA256', generate: rsa(2048) },
  'RSA-3072': { digest: 'sha256', keyDetails: 'PKIX_RSA_PKCS1V15_3072_SHA256', generate: rsa(3072) },
  'RSA-4096': { digest: 'sha256', keyDetails: 'PKIX_RSA_PKCS1V15_4096_SHA256', generate: rsa(4096) },
};

/** A new key pair. RSA costs 50 ms to 1 s, the others about a millisecond. */
export function createKeyPair(algorithm: KeyAlgorithm = 'P-256'): KeyPair {
  const { digest, keyDetails, generate } = PROFILES[algorithm];
  const { privateKey, publicKey } = generate();
  return {
    algorithm,
    privateKey,
    publicKey,
    spki: publicKey.export({ type: 'spki', format: 'der' }),
    pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    digest,
    keyDetails,
  };
}

/** Signs with the digest of the key (or another one); ECDSA signatures are DER, RSA is PKCS #1 v1.5. */
export function signWith(keys: KeyPair, data: Uint8Array, digest: DigestName = keys.digest): Buffer {
  return sign(keys.algorithm === 'Ed25519' ? null : digest, data, keys.privateKey);
}

export function hash(digest: DigestName, ...data: readonly Uint8Array[]): Buffer {
  const hasher = createHash(digest);
  for (const part of data) hasher.update(part);
  return hasher.digest();
}

export const sha256 = (...data: readonly Uint8Array[]): Buffer => hash('sha256', ...data);

/** Raw public key of an Ed25519 key: the last 32 bytes of its SPKI. */
export function rawEd25519(keys: KeyPair): Buffer {
  return keys.spki.subarray(-32);
}
