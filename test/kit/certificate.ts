import { bitString, type Der, explicit, integer, nullValue, oid, sequence, time } from './der.ts';
import {
  authorityKeyIdentifier,
  type BasicConstraints,
  basicConstraints,
  EXTENSION,
  type Extension,
  encodeExtension,
  encodeName,
  extendedKeyUsage,
  type GeneralName,
  type KeyUsage,
  keyIdentifier,
  keyUsage,
  type Name,
  type NameConstraints,
  nameConstraints,
  subjectAltName,
  subjectKeyIdentifier,
} from './extensions.ts';
import { type DigestName, type KeyPair, sha256, signWith } from './keys.ts';

/** A certificate as bytes. */
export interface Certificate {
  readonly der: Buffer;
  readonly pem: string;
  /** TBSCertificate: what was signed. */
  readonly tbs: Buffer;
  /** INTEGER, DER. */
  readonly serialNumber: Buffer;
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly spki: Buffer;
}

/** Who signs: a subject name, the key identifier others refer to it by, and the key. */
export interface Issuer {
  readonly name: Buffer;
  readonly keyIdentifier: Buffer;
  readonly keys: KeyPair;
}

/**
 * What a certificate says. Everything may be left out: the caller supplies what a good certificate of its kind has.
 * Throughout: a value replaces the good one, `null` leaves the field or extension out, a Buffer is taken as the DER to
 * put there. The signature is always right for what was written, unless `signature` says otherwise.
 */
export interface CertificateOptions {
  /** 3 by default; `null` leaves the field out, which means version 1. */
  readonly version?: number | null | undefined;
  /** Negative, zero and huge numbers are written as asked; a Buffer is the content octets of the INTEGER. */
  readonly serialNumber?: bigint | Buffer | undefined;
  readonly subject?: Name | Buffer | undefined;
  /** Written instead of the issuer's real name. */
  readonly issuer?: Name | Buffer | undefined;
  readonly notBefore?: Date | Buffer | undefined;
  readonly notAfter?: Date | Buffer | undefined;
  /** SubjectPublicKeyInfo written instead of the subject's own. */
  readonly spki?: Buffer | undefined;
  readonly keyUsage?: readonly KeyUsage[] | null | undefined;
  /** Purposes by OID (see PURPOSE). */
  readonly extendedKeyUsage?: readonly string[] | null | undefined;
  readonly basicConstraints?: BasicConstraints | null | undefined;
  readonly nameConstraints?: NameConstraints | null | undefined;
  readonly subjectAltName?: readonly GeneralName[] | Buffer | null | undefined;
  readonly subjectKeyIdentifier?: Buffer | null | undefined;
  readonly authorityKeyIdentifier?: Buffer | null | undefined;
  /** Criticality by extension OID; the good one by default. */
  readonly critical?: Readonly<Record<string, boolean>> | undefined;
  /** After the standard ones; duplicates are welcome. */
  readonly extraExtensions?: readonly Extension[] | undefined;
  /** Last word on the extension list, just before signing (and before the SCT list goes in, for a leaf). */
  readonly editExtensions?: ((extensions: Extension[]) => readonly Extension[]) | undefined;
  /** Digest of the issuer's signature; SHA-1 is possible. */
  readonly digest?: DigestName | undefined;
  /** AlgorithmIdentifier inside the TBS, and after it: good ones agree. */
  readonly innerSignatureAlgorithm?: Buffer | undefined;
  readonly outerSignatureAlgorithm?: Buffer | undefined;
  /** The signature bytes to write instead of the right ones. */
  readonly signature?: ((right: Buffer) => Buffer) | undefined;
}

const HOUR = 3600_000;

/** Puts a certificate together and signs it. `extensions` are added last (the SCT list). */
export function issueCertificate(
  issuer: Issuer,
  spki: Buffer,
  options: CertificateOptions,
  lastExtensions: readonly Extension[] = [],
): Certificate {
  const digest = options.digest ?? issuer.keys.digest;
  const serialNumber = options.serialNumber ?? nextSerial();
  const tbs = tbsCertificate(issuer, spki, { ...options, serialNumber }, lastExtensions);
  const right = signWith(issuer.keys, tbs, digest);
  const signature = options.signature?.(right) ?? right;
  const der = sequence(
    tbs,
    options.outerSignatureAlgorithm ?? signatureAlgorithm(issuer.keys, digest),
    bitString(signature),
  );
  return {
    der,
    pem: toPem(der),
    tbs,
    serialNumber: integer(serialNumber),
    issuer: options.issuer === undefined ? issuer.name : encodeName(options.issuer),
    subject: encodeName(options.subject ?? []),
    spki: options.spki ?? spki,
  };
}

/**
 * RFC 5280, 4.1.2; also the precertificate TBS of RFC 6962, 3.2, when called without the SCT list: then give
 * `serialNumber`, so that both times it is the same.
 */
export function tbsCertificate(
  issuer: Issuer,
  spki: Buffer,
  options: CertificateOptions,
  lastExtensions: readonly Extension[] = [],
): Buffer {
  const start = new Date(0);
  const version = options.version === undefined ? 3 : options.version;
  const extensions = [...extensionsOf(issuer, spki, options), ...lastExtensions];
  return sequence(
    ...(version === null ? [] : [explicit(0, integer(version - 1))]),
    integer(options.serialNumber ?? nextSerial()),
    options.innerSignatureAlgorithm ?? signatureAlgorithm(issuer.keys, options.digest ?? issuer.keys.digest),
    options.issuer === undefined ? issuer.name : encodeName(options.issuer),
    sequence(
      instant(options.notBefore ?? start),
      instant(options.notAfter ?? new Date(start.getTime() + HOUR)),
    ),
    encodeName(options.subject ?? []),
    options.spki ?? spki,
    ...(extensions.length === 0 ? [] : [explicit(3, sequence(...extensions.map(encodeExtension)))]),
  );
}

const instant = (value: Date | Buffer): Der => (Buffer.isBuffer(value) ? value : time(value));

/** Serial numbers need to be unlike, not unpredictable: 20 octets, positive. */
let lastSerial = 0;
export function nextSerial(): Buffer {
  lastSerial += 1;
  return Buffer.concat([Buffer.of(0x3a), sha256(Buffer.from(`serial ${lastSerial}`)).subarray(0, 19)]);
}

function extensionsOf(issuer: Issuer, spki: Buffer, options: CertificateOptions): readonly Extension[] {
  const list: Extension[] = [];
  const add = <T>(
    id: string,
    value: T | null | undefined,
    critical: boolean,
    encode: (value: T) => Der,
  ): void => {
    if (value === null || value === undefined) return;
    list.push({ oid: id, critical: options.critical?.[id] ?? critical, value: encode(value) });
  };
  add(EXTENSION.keyUsage, options.keyUsage, true, keyUsage);
  add(EXTENSION.extendedKeyUsage, options.extendedKeyUsage, false, extendedKeyUsage);
  add(EXTENSION.basicConstraints, options.basicConstraints, true, basicConstraints);
  add(EXTENSION.nameConstraints, options.nameConstraints, true, nameConstraints);
  const own = options.subjectKeyIdentifier === undefined ? keyIdentifier(spki) : options.subjectKeyIdentifier;
  add(EXTENSION.subjectKeyIdentifier, own, false, subjectKeyIdentifier);
  const above =
    options.authorityKeyIdentifier === undefined ? issuer.keyIdentifier : options.authorityKeyIdentifier;
  add(EXTENSION.authorityKeyIdentifier, above, false, authorityKeyIdentifier);
  // RFC 5280, 4.2.1.6: critical when the subject is empty, as Fulcio's leaves are.
  const names = options.subjectAltName;
  const critical = !Buffer.isBuffer(options.subject) && (options.subject ?? []).length === 0;
  add(EXTENSION.subjectAltName, names, critical, (value) =>
    Buffer.isBuffer(value) ? value : subjectAltName(value),
  );
  list.push(...(options.extraExtensions ?? []));
  return options.editExtensions?.(list) ?? list;
}

const SIGNATURE_OIDS: Readonly<Record<'ec' | 'rsa', Readonly<Record<DigestName, string>>>> = {
  ec: {
    sha1: '1.2.840.10045.4.1',
    sha256: '1.2.840.10045.4.3.2',
    sha384: '1.2.840.10045.4.3.3',
    sha512: '1.2.840.10045.4.3.4',
  },
  rsa: {
    sha1: '1.2.840.113549.1.1.5',
    sha256: '1.2.840.113549.1.1.11',
    sha384: '1.2.840.113549.1.1.12',
    sha512: '1.2.840.113549.1.1.13',
  },
};

/** AlgorithmIdentifier of a signature by these keys with this digest. */
export function signatureAlgorithm(keys: KeyPair, digest: DigestName = keys.digest): Der {
  if (keys.algorithm === 'Ed25519') return sequence(oid('1.3.101.112'));
  if (keys.algorithm.startsWith('RSA')) return sequence(oid(SIGNATURE_OIDS.rsa[digest]), nullValue());
  return sequence(oid(SIGNATURE_OIDS.ec[digest]));
}

/** PEM as Fulcio and Rekor write it: 64 columns and a final newline. */
export function toPem(der: Buffer, label = 'CERTIFICATE'): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
