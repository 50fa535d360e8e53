import { issueCertificate } from '../certificate.ts';
import { createRoot } from '../certificate-authority.ts';
import { implicit } from '../der.ts';
import { PURPOSE } from '../extensions.ts';
import { createKeyPair } from '../keys.ts';

/** A certificate of TLS with its key, PEM. */
export interface TlsCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface TlsCertificateOptions {
  /** DNS names. `localhost` by default. */
  readonly names?: readonly string[];
  /** Whether it is also for 127.0.0.1. */
  readonly forLoopback?: boolean;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly purpose?: string;
}

/** An authority that nobody knows. */
export interface PrivateAuthority {
  readonly pem: string;
  issue(options?: TlsCertificateOptions): TlsCertificate;
}

const DAY_MS = 24 * 3600_000;

export function createPrivateAuthority(name = 'private authority'): PrivateAuthority {
  const now = Date.now();
  const validity = { notBefore: new Date(now - DAY_MS), notAfter: new Date(now + DAY_MS) };
  const authority = createRoot([['CN', name]], { keyAlgorithm: 'P-256', ...validity });
  return {
    pem: authority.certificate.pem,
    issue({ names = ['localhost'], forLoopback = true, purpose = PURPOSE.serverAuth, ...times } = {}) {
      const keys = createKeyPair('P-256');
      const { pem } = issueCertificate(authority, keys.spki, {
        ...validity,
        ...times,
        subject: [['CN', names[0] ?? 'nobody']],
        subjectAltName: [
          ...names.map((dns) => ({ dns })),
          // GeneralName iPAddress
          ...(forLoopback ? [{ raw: implicit(7, Buffer.of(127, 0, 0, 1)) }] : []),
        ],
        keyUsage: ['digitalSignature'],
        extendedKeyUsage: [purpose],
      });
      return { cert: pem, key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
    },
  };
}
