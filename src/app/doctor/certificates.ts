import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { attempt, refuse } from '../../errors.ts';
import { type CheckLine, isOk, type Place, warns } from './check.ts';
import type { Check } from './run.ts';

const DAY_MS = 24 * 3600_000;
const SOON_MS = 14 * DAY_MS;
/** Of its whole time; some are renewed every day. */
const SOON = 0.2;
const BLOCK = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]*-----END (?:TRUSTED )?CERTIFICATE-----/g;

type ReadFile = (path: string) => Promise<Uint8Array>;

/** @throws SlsaGateError `config.invalid` */
function certificatesIn(bytes: Uint8Array, path: string): readonly [X509Certificate, ...X509Certificate[]] {
  const blocks = Buffer.from(bytes).toString('latin1').match(BLOCK) ?? [];
  const certificates = blocks.map((block) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      return refuse('config.invalid', `a certificate cannot be read: ${path}`, { cause });
    }
  });
  const [first, ...others] = certificates;
  if (first === undefined)
    return refuse('config.invalid', `the file holds no certificate: ${path}`, {
      expected: 'PEM: -----BEGIN CERTIFICATE-----',
      hint: 'Write it as PEM; openssl x509 -inform der reads the binary form.',
    });
  return [first, ...others];
}

/**
 * Undefined while the certificate need not be renewed soon.
 *
 * @throws SlsaGateError `config.invalid`
 */
function ageOf(certificate: X509Certificate, place: Place, now: Date): CheckLine | undefined {
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  if (from > now.getTime())
    refuse('config.invalid', `a certificate is valid only from ${certificate.validFrom} on`);
  if (to < now.getTime())
    refuse('config.invalid', `a certificate has expired: ${certificate.validTo}`, {
      hint: 'Renew the certificate.',
    });
  return to - now.getTime() < Math.min(SOON_MS, (to - from) * SOON)
    ? warns(place, `a certificate expires soon: ${certificate.validTo}`, 'Renew the certificate.')
    : undefined;
}

/** `--ca-file`: certificates of authorities that can be read and have not expired. */
export const caFileCheck = (path: string, readFile: ReadFile, now: () => Date): Check => {
  const place: Place = { id: 'ca-file', name: '--ca-file' };
  return {
    ...place,
    run: async () => {
      const certificates = certificatesIn(await readFile(path), path);
      for (const certificate of certificates) {
        if (!certificate.ca)
          return warns(
            place,
            `${path} holds a certificate that is none of an authority`,
            'Give the certificate of the authority that signed those of your servers.',
          );
        const aged = ageOf(certificate, place, now());
        if (aged !== undefined) return aged;
      }
      const count = certificates.length;
      return isOk(place, `${path}: ${count} ${count === 1 ? 'authority' : 'authorities'}`);
    },
  };
};

/** A certificate that is shown to one host. */
export interface ClientCertificateSetting {
  readonly host: string;
  /** Reads both files. @throws SlsaGateError `path.*` */
  readonly load: () => Promise<{ readonly certificatePem: Uint8Array; readonly keyPem: Uint8Array }>;
}

/** `--client-certificate`: both files can be read, belong together, and the certificate is good today. */
export const clientCertificateCheck = ({ host, load }: ClientCertificateSetting, now: () => Date): Check => {
  const place: Place = { id: 'client-certificate', name: `client certificate for ${host}` };
  return {
    ...place,
    run: async () => {
      const { certificatePem, keyPem } = await load();
      const [certificate] = certificatesIn(certificatePem, place.name);
      if (!certificate.checkPrivateKey(toPrivateKey(keyPem)))
        refuse('config.invalid', 'the key is not that of the certificate', {
          hint: 'Give the key that the certificate was requested with.',
        });
      return ageOf(certificate, place, now()) ?? isOk(place, `valid to ${certificate.validTo}`);
    },
  };
};

/** Whether TLS would take the two together. */
export function isPair(certificatePem: Uint8Array, keyPem: Uint8Array): boolean {
  const pair = attempt(() => certificatesIn(certificatePem, '')[0].checkPrivateKey(toPrivateKey(keyPem)));
  return 'value' in pair && pair.value;
}

/** What a parser says of a key may quote it. */
function toPrivateKey(bytes: Uint8Array): KeyObject {
  try {
    return createPrivateKey(Buffer.from(bytes));
  } catch {
    return refuse('config.invalid', 'not a private key that can be read without a passphrase', {
      expected: 'PEM: -----BEGIN PRIVATE KEY-----',
    });
  }
}
