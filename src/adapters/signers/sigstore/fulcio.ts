import { type KeyObject, sign, X509Certificate } from 'node:crypto';
import * as z from 'zod/mini';
import { LIMITS } from '../../../core/limits.ts';
import { lazy } from '../../../core/model/lazy.ts';
import { refuse } from '../../../errors.ts';
import type { IdentityToken } from './identity-token.ts';
import { exchange, jsonBody, oddAnswer, readAnswer, type Service } from './service.ts';

/** A signing certificate for our key. Who issued it is not verified. */
export interface SigningCertificate {
  readonly der: Buffer;
  readonly pem: string;
  /** From its start to its end. */
  readonly lifetimeMs: number;
}

const Chain = lazy(() =>
  z.object({ chain: z.object({ certificates: z.array(z.string()).check(z.minLength(1)) }) }),
);
const Answer = lazy(() =>
  z.object({
    signedCertificateEmbeddedSct: z.optional(Chain()),
    signedCertificateDetachedSct: z.optional(Chain()),
  }),
);

/**
 * Asks Fulcio (API v2) to certify a key for the identity of a token.
 *
 * @throws SlsaGateError `signer.failed`, also for a certificate of another key
 */
export async function requestCertificate(
  service: Service,
  fulcioUrl: string,
  token: IdentityToken,
  keys: { readonly privateKey: KeyObject; readonly publicKey: KeyObject },
): Promise<SigningCertificate> {
  const answer = await exchange(service, `${fulcioUrl}/api/v2/signingCert`, {
    method: 'POST',
    ...jsonBody({
      credentials: { oidcIdentityToken: token.text },
      publicKeyRequest: {
        publicKey: {
          algorithm: 'ECDSA',
          content: keys.publicKey.export({ type: 'spki', format: 'pem' }),
        },
        proofOfPossession: sign('sha256', Buffer.from(token.challenge), keys.privateKey).toString('base64'),
      },
    }),
    maxBytes: LIMITS.chainCertificates * LIMITS.certificateBytes,
  });
  const parsed = Answer().safeParse(readAnswer(service, answer));
  const signed = parsed.data?.signedCertificateEmbeddedSct ?? parsed.data?.signedCertificateDetachedSct;
  const [pem] = signed?.chain.certificates ?? [];
  if (pem === undefined) return oddAnswer(service, 'no certificate in it', parsed.error);
  return toCertificate(service, pem, keys.publicKey);
}

function toCertificate(service: Service, pem: string, publicKey: KeyObject): SigningCertificate {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch (cause) {
    return oddAnswer(service, 'a certificate that cannot be read', cause);
  }
  if (!certificate.publicKey.equals(publicKey))
    return refuse('signer.failed', `${service.name} certified another key than the one that was sent`);
  const { validFromDate, validToDate, raw } = certificate;
  return {
    der: Buffer.from(raw),
    pem: certificate.toString(),
    lifetimeMs: validToDate.getTime() - validFromDate.getTime(),
  };
}
