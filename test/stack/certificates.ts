import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { issueCertificate } from '../kit/certificate.ts';
import { createRoot } from '../kit/certificate-authority.ts';
import { implicit } from '../kit/der.ts';
import { PURPOSE } from '../kit/extensions.ts';
import { createKeyPair } from '../kit/keys.ts';

/** A certificate of a server on loopback, of an authority that nobody knows. */
export interface ServerCertificate {
  /** Whom to trust, PEM. */
  readonly caPem: string;
  readonly certificatePem: string;
  readonly keyPem: string;
}

const YEAR_MS = 365 * 24 * 3600 * 1000;

export function createServerCertificate(names: readonly string[] = ['localhost']): ServerCertificate {
  const now = Date.now();
  const validity = { notBefore: new Date(now - 3_600_000), notAfter: new Date(now + YEAR_MS) };
  const authority = createRoot([['CN', 'private authority']], { keyAlgorithm: 'P-256', ...validity });
  const keys = createKeyPair('P-256');
  const certificate = issueCertificate(authority, keys.spki, {
    ...validity,
    subject: [['CN', names[0] ?? '']],
    subjectAltName: [
      ...names.map((dns) => ({ dns })),
      // GeneralName iPAddress
      { raw: implicit(7, Buffer.of(127, 0, 0, 1)) },
    ],
    keyUsage: ['digitalSignature'],
    extendedKeyUsage: [PURPOSE.serverAuth],
  });
  return {
    caPem: authority.certificate.pem,
    certificatePem: certificate.pem,
    keyPem: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** Writes a file that nobody else may read, and returns its path. */
export function writePrivate(folder: string, name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}
