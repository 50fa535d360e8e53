import type { ListedBuilder } from '../model/expectations.ts';
import { spkiDigestOf } from '../verify/key-fingerprint.ts';
import { parsePublicKeyPem } from '../verify/public-key.ts';
import type { TrustedKey } from '../verify/verify-bundle.ts';
import { compilePattern } from './pattern.ts';
import type { PolicyKey, PolicySigner } from './schema.ts';

/** @throws SlsaGateError `key.malformed`, `signature.algorithm` */
export function toTrustedKey({ pem, id, notBefore, notAfter }: PolicyKey): TrustedKey {
  const window =
    notBefore === undefined && notAfter === undefined
      ? undefined
      : {
          start: notBefore === undefined ? Number.NEGATIVE_INFINITY : Date.parse(notBefore),
          end: notAfter === undefined ? Number.POSITIVE_INFINITY : Date.parse(notAfter),
        };
  return { id, key: parsePublicKeyPem(pem, 'key.malformed'), window };
}

/** Whom the policy names: a certificate's subject with its issuer, or one key; by default the platform of the builder. */
export function toListedSigner(signer: PolicySigner | undefined): ListedBuilder['signer'] {
  if (signer === undefined) return { kind: 'platform' };
  if ('key' in signer) return { kind: 'key', spkiDigest: spkiDigestOf(toTrustedKey(signer.key).key) };
  return {
    kind: 'certificate',
    subject: compilePattern(signer.identity),
    issuer: compilePattern(signer.issuer),
  };
}
