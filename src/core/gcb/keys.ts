import { refuse } from '../../errors.ts';
import { type PublicKey, parsePublicKeyPem } from '../verify/public-key.ts';

/** Cloud Build's public keys by file stem: a region (`us-west2`, `global`) or one of the two global names. */
export type CloudBuildKeys = ReadonlyMap<string, PublicKey>;

/** Versions of provenance that Cloud Build writes. */
export type CloudBuildVersion = 'v0.1' | 'v1.0';

/** How a key signs, read off the full name of its KMS key version. */
export interface SigningKey {
  /** Key in {@link CloudBuildKeys}. */
  readonly stem: string;
  /** What it signs: the DSSE pre-authentication encoding, or the payload itself. */
  readonly signs: 'pre-auth-encoding' | 'payload';
  /** The only version of provenance that it may sign. */
  readonly version: CloudBuildVersion;
}

const GLOBAL = 'projects/verified-builder/locations/global/keyRings/attestor/cryptoKeys';

const GLOBAL_KEYS: ReadonlyMap<string, SigningKey> = new Map([
  [
    `${GLOBAL}/google-hosted-worker/cryptoKeyVersions/1`,
    { stem: 'global-pae-google-hosted-worker_1', signs: 'pre-auth-encoding', version: 'v1.0' },
  ],
  [
    `${GLOBAL}/provenanceSigner/cryptoKeyVersions/1`,
    { stem: 'global-pae-provenanceSigner_1', signs: 'pre-auth-encoding', version: 'v0.1' },
  ],
]);

/** A location of Google Cloud, which holds no slash and is none of the stems of the global keys. */
const REGIONAL_KEY =
  /^projects\/verified-builder\/locations\/(global|[a-z]{2,20}-[a-z]{2,20}[0-9]{1,2})\/keyRings\/attestor\/cryptoKeys\/builtByGCB\/cryptoKeyVersions\/1$/;

/** Names of key versions that are known; undefined for all others, which are never tried. */
export function parseKeyId(keyid: string): SigningKey | undefined {
  const global = GLOBAL_KEYS.get(keyid);
  if (global !== undefined) return global;
  const location = REGIONAL_KEY.exec(keyid)?.[1];
  return location === undefined ? undefined : { stem: location, signs: 'payload', version: 'v0.1' };
}

/**
 * Parses pinned keys, one PEM public key each, by file stem. A stem that no key id leads to is harmless: its key is never
 * asked for.
 *
 * @throws SlsaGateError `key.malformed`, `signature.algorithm`, `trust.unavailable` when there is none
 */
export function parseCloudBuildKeys(files: ReadonlyMap<string, Uint8Array>): CloudBuildKeys {
  if (files.size === 0) refuse('trust.unavailable', 'no Cloud Build key is pinned');
  return new Map(
    [...files].map(([stem, pem]) => [
      stem,
      parsePublicKeyPem(Buffer.from(pem).toString('latin1'), 'key.malformed'),
    ]),
  );
}
