import type { Code } from '../../codes.ts';
import { refuse } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import { readAlgorithmOid, signatureAlgorithm } from './algorithms.ts';
import { contentOf, type DerElement, DerReader, encodingOf, oidKey, TAG } from './der.ts';
import { type PublicKey, parsePublicKey, verifySignature } from './public-key.ts';

export const EXTENSION = {
  subjectKeyId: oidKey('2.5.29.14'),
  keyUsage: oidKey('2.5.29.15'),
  subjectAltName: oidKey('2.5.29.17'),
  basicConstraints: oidKey('2.5.29.19'),
  nameConstraints: oidKey('2.5.29.30'),
  authorityKeyId: oidKey('2.5.29.35'),
  extendedKeyUsage: oidKey('2.5.29.37'),
  sctList: oidKey('1.3.6.1.4.1.11129.2.4.2'),
} as const;

export const PURPOSE = {
  codeSigning: oidKey('1.3.6.1.5.5.7.3.3'),
  timeStamping: oidKey('1.3.6.1.5.5.7.3.8'),
} as const;

export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  /** Content of the extension's octet string. */
  readonly value: Buffer;
  /** The whole Extension element, for cutting it out of the certificate. */
  readonly element: DerElement;
}

/**
 * An X.509 v3 certificate, read but not verified: well-formed, equal inner and outer algorithm, positive serial, no
 * extension twice (RFC 5280 section 4.1).
 */
export interface Certificate {
  readonly raw: Buffer;
  readonly tbs: DerElement;
  /** Children of the TBSCertificate before the extensions, in order. */
  readonly tbsFields: readonly DerElement[];
  readonly serial: Buffer;
  readonly issuer: Buffer;
  readonly subject: Buffer;
  /** Milliseconds since 1970, both inclusive. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly spki: Buffer;
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly signatureOid: string;
  readonly signature: Buffer;
}

const VERSION_3 = 2;
const MAX_SERIAL_BYTES = 21; // 20 octets and a sign octet (RFC 5280 section 4.1.2.2)

/** @throws SlsaGateError `code` (by default `cert.malformed`), `limit.bytes` */
export function parseCertificate(raw: Buffer, code: Code = 'cert.malformed'): Certificate {
  if (raw.length > LIMITS.certificateBytes) refuse('limit.bytes', 'certificate is too large');
  const reader: DerReader = new DerReader(code, 'certificate');
  const [tbs, outerAlgorithm, signature, extra] = reader.children(reader.whole(raw, TAG.sequence), 4);
  if (extra !== undefined) reader.fail('too many fields');
  const fields = reader.children(reader.expect(tbs, TAG.sequence), 11);
  const [version, serial, innerAlgorithm, issuer, validity, subject, spki, extensions, more] = fields;
  if (more !== undefined) reader.fail('unique identifiers or unknown fields');
  const [versionNumber] = reader.children(reader.expect(version, TAG.contextConstructed(0)));
  if (reader.smallInteger(reader.expect(versionNumber, TAG.integer)) !== VERSION_3)
    reader.fail('not version 3');
  const serialBytes = reader.integer(reader.expect(serial, TAG.integer));
  if ((serialBytes[0] as number) >= 0x80 || serialBytes.every((byte) => byte === 0))
    reader.fail('serial is not positive');
  if (serialBytes.length > MAX_SERIAL_BYTES) reader.fail('serial is too long');
  const inner = reader.expect(innerAlgorithm, TAG.sequence);
  if (!encodingOf(inner).equals(encodingOf(reader.expect(outerAlgorithm, TAG.sequence)))) {
    reader.fail('inner and outer signature algorithm differ');
  }
  const [notBefore, notAfter, thirdTime] = reader.children(reader.expect(validity, TAG.sequence));
  if (notBefore === undefined || notAfter === undefined || thirdTime !== undefined)
    reader.fail('validity is malformed');
  return {
    raw,
    tbs: reader.expect(tbs, TAG.sequence),
    tbsFields: fields.slice(0, 7),
    serial: serialBytes,
    issuer: encodingOf(reader.expect(issuer, TAG.sequence)),
    subject: encodingOf(reader.expect(subject, TAG.sequence)),
    notBefore: reader.time(notBefore),
    notAfter: reader.time(notAfter),
    spki: encodingOf(reader.expect(spki, TAG.sequence)),
    extensions: readExtensions(reader, reader.expect(extensions, TAG.contextConstructed(3))),
    signatureOid: readAlgorithmOid(reader, inner),
    signature: reader.bitString(reader.expect(signature, TAG.bitString)),
  };
}

function readExtensions(reader: DerReader, wrapper: DerElement): ReadonlyMap<string, Extension> {
  const [list, extra] = reader.children(wrapper, 2);
  if (extra !== undefined) reader.fail('extensions are malformed');
  const result = new Map<string, Extension>();
  for (const element of reader.children(reader.expect(list, TAG.sequence), LIMITS.extensions)) {
    const parts = reader.children(reader.expect(element, TAG.sequence), 3);
    const oid = reader.oid(reader.expect(parts[0], TAG.oid));
    const critical = parts.length === 3 && reader.boolean(reader.expect(parts[1], TAG.boolean));
    if (parts.length === 3 && !critical) reader.fail('a default value is encoded');
    if (result.has(oid)) reader.fail('an extension appears twice');
    const value = contentOf(reader.expect(parts[parts.length - 1], TAG.octetString));
    result.set(oid, { oid, critical, value, element });
  }
  return result;
}

/** CA flag and path length (RFC 5280 section 4.2.1.9); a certificate without the extension is no CA. */
export function basicConstraints(
  certificate: Certificate,
  code: Code,
): { ca: boolean; pathLength: number | undefined } {
  const extension = certificate.extensions.get(EXTENSION.basicConstraints);
  if (extension === undefined) return { ca: false, pathLength: undefined };
  const reader: DerReader = new DerReader(code, 'basic constraints');
  const [first, second, extra] = reader.children(reader.whole(extension.value, TAG.sequence), 3);
  if (extra !== undefined) reader.fail('too many fields');
  const ca = first !== undefined && reader.boolean(first);
  return { ca, pathLength: second === undefined ? undefined : reader.smallInteger(second) };
}

/** Key usage bits (RFC 5280 section 4.2.1.3), or undefined without the extension. */
export function keyUsage(
  certificate: Certificate,
  code: Code,
): { digitalSignature: boolean; certSign: boolean } | undefined {
  const extension = certificate.extensions.get(EXTENSION.keyUsage);
  if (extension === undefined) return undefined;
  const reader: DerReader = new DerReader(code, 'key usage');
  const bits = reader.whole(extension.value, TAG.bitString);
  if (bits.end - bits.start < 2) reader.fail('no bits');
  const first = bits.bytes[bits.start + 1] as number;
  return { digitalSignature: (first & 0x80) !== 0, certSign: (first & 0x04) !== 0 };
}

/** Purposes of the extended key usage extension (RFC 5280 section 4.2.1.12), or undefined without it. */
export function purposes(certificate: Certificate, code: Code): readonly string[] | undefined {
  const extension = certificate.extensions.get(EXTENSION.extendedKeyUsage);
  if (extension === undefined) return undefined;
  const reader: DerReader = new DerReader(code, 'extended key usage');
  return reader
    .children(reader.whole(extension.value, TAG.sequence), 32)
    .map((element) => reader.oid(element));
}

/** Key identifiers of issuer and certificate (RFC 5280 sections 4.2.1.1 and 4.2.1.2); undefined where absent. */
export function keyIds(certificate: Certificate): {
  authority: Buffer | undefined;
  subject: Buffer | undefined;
} {
  const reader: DerReader = new DerReader('cert.malformed', 'key identifier');
  const ski = certificate.extensions.get(EXTENSION.subjectKeyId);
  const aki = certificate.extensions.get(EXTENSION.authorityKeyId);
  const keyId =
    aki && reader.children(reader.whole(aki.value, TAG.sequence), 3).find((e) => e.tag === TAG.context(0));
  return {
    authority: keyId && contentOf(keyId),
    subject: ski && contentOf(reader.whole(ski.value, TAG.octetString)),
  };
}

export const isValidAt = (certificate: Certificate, timeMs: number): boolean =>
  timeMs >= certificate.notBefore && timeMs <= certificate.notAfter;

/** Whether `issuer` may have issued it: same name and, where both carry one, same key identifier. */
export function namesIssuer(certificate: Certificate, issuer: Certificate): boolean {
  if (!certificate.issuer.equals(issuer.subject)) return false;
  const { authority } = keyIds(certificate);
  const { subject } = keyIds(issuer);
  return authority === undefined || subject === undefined || authority.equals(subject);
}

/** Whether the certificate's signature verifies under the issuer's key. */
export function isSignedBy(certificate: Certificate, issuerKey: PublicKey): boolean {
  const algorithm = signatureAlgorithm(certificate.signatureOid);
  if (algorithm === undefined || !algorithm.keys.includes(issuerKey.kind)) return false;
  return verifySignature(issuerKey, algorithm.hash, encodingOf(certificate.tbs), certificate.signature);
}

export const certificateKey = (certificate: Certificate, code: Code = 'cert.malformed'): PublicKey =>
  parsePublicKey(certificate.spki, code);
