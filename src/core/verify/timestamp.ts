import { hash } from 'node:crypto';
import { refuse } from '../../errors.ts';
import { RSA_ENCRYPTION, signatureAlgorithm } from './algorithms.ts';
import {
  type Certificate,
  certificateKey,
  EXTENSION,
  isSignedBy,
  isValidAt,
  keyIds,
  namesIssuer,
  PURPOSE,
  parseCertificate,
  purposes,
} from './certificate.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import { contentOf, type DerElement, encodingOf, oidKey, TAG } from './der.ts';
import { type PublicKey, verifySignature } from './public-key.ts';
import { parseToken, READER, readHash, type TimestampToken, TST_INFO } from './timestamp-token.ts';
import { isWithin } from './trusted-root.ts';

const CONTENT_TYPE = oidKey('1.2.840.113549.1.9.3');
const MESSAGE_DIGEST = oidKey('1.2.840.113549.1.9.4');
const SIGNING_CERTIFICATE_V2 = oidKey('1.2.840.113549.1.9.16.2.47');

const isSigner = (certificate: Certificate, signer: TimestampToken['signer']): boolean =>
  'keyId' in signer
    ? keyIds(certificate).subject?.equals(signer.keyId) === true
    : certificate.issuer.equals(signer.issuer) && certificate.serial.equals(signer.serial);

export interface VerifiedTimestamp {
  readonly authority: CertificateAuthority;
  /** The key that signed it. */
  readonly key: PublicKey;
  readonly timeMs: number;
}

/**
 * Verifies an RFC 3161 token over `signature` by one of the authorities of the root, each with its own chain and
 * window: the signer named in the token, never whichever certificate comes first in its bag. The signer-asserted
 * signingTime attribute is not read.
 *
 * @throws SlsaGateError `tsa.malformed`, `tsa.imprint`, `tsa.signer`, `tsa.signature`, `tsa.eku`,
 *   `tsa.authority-window`, `time.unauthenticated`, `cert.critical-ext`
 */
export function verifyTimestamp(
  response: Buffer,
  signature: Buffer,
  authorities: readonly CertificateAuthority[],
): VerifiedTimestamp {
  const token = parseToken(response);
  if (!hash(token.imprintHash, signature, 'buffer').equals(token.imprint)) {
    refuse('tsa.imprint', 'timestamp covers another signature');
  }
  const { authority, certificate, key } = findSigner(token, authorities);
  checkBag(token, certificate, authorities);
  verifySignedAttributes(token, certificate, key);
  const { timeMs } = token;
  if (!isWithin(authority.window, timeMs))
    refuse('tsa.authority-window', 'timestamp lies outside the window of its authority');
  if (!isValidAt(certificate, timeMs) || !authority.isValidAt(timeMs)) {
    refuse('tsa.authority-window', 'a certificate of the timestamp authority was not valid at its time');
  }
  return { authority, key, timeMs };
}

interface TimestampSigner {
  readonly authority: CertificateAuthority;
  readonly certificate: Certificate;
  readonly key: PublicKey;
}

/**
 * The signer's certificate: the first of a trusted chain, or one that came with the token and was issued by it. An
 * authority that is renewed may be there twice under one key, so one whose window holds the time is preferred.
 */
function findSigner(token: TimestampToken, authorities: readonly CertificateAuthority[]): TimestampSigner {
  const found: TimestampSigner[] = [];
  for (const authority of authorities) {
    if (isSigner(authority.issuing, token.signer)) {
      checkSignerProfile(authority.issuing);
      if (authority.brokenLink(PURPOSE.timeStamping, true) !== undefined) continue;
      found.push({ authority, certificate: authority.issuing, key: authority.key(0) });
    } else {
      const certificate = embeddedSigner(token, authority);
      if (certificate !== undefined)
        found.push({ authority, certificate, key: certificateKey(certificate, 'tsa.malformed') });
    }
  }
  const signer = found.find(({ authority }) => isWithin(authority.window, token.timeMs)) ?? found[0];
  if (signer === undefined) refuse('tsa.signer', 'timestamp is not signed by a trusted authority');
  return signer;
}

function embeddedSigner(token: TimestampToken, authority: CertificateAuthority): Certificate | undefined {
  for (const raw of token.embedded) {
    const certificate = parseCertificate(raw, 'tsa.malformed');
    if (!isSigner(certificate, token.signer) || !namesIssuer(certificate, authority.issuing)) continue;
    if (
      authority.brokenLink(PURPOSE.timeStamping) !== undefined ||
      !isSignedBy(certificate, authority.key(0))
    )
      continue;
    checkSignerProfile(certificate);
    return certificate;
  }
  return undefined;
}

/**
 * The bag of a token is signed by nobody. As in a bundle, certificates in it must be the signer's or those of a trusted
 * chain: whoever reads another one from there is deceived, and no bit of it is free.
 */
function checkBag(
  { embedded }: TimestampToken,
  signer: Certificate,
  authorities: readonly CertificateAuthority[],
): void {
  const isKnown = (raw: Buffer): boolean =>
    raw.equals(signer.raw) || authorities.some(({ chain }) => chain.some((link) => link.raw.equals(raw)));
  if (!embedded.every(isKnown))
    refuse('tsa.signer', 'timestamp brings a certificate that is not of a trusted authority');
}

/** Critical extensions of a timestamp certificate that we understand. */
const UNDERSTOOD = new Set<string>([
  EXTENSION.keyUsage,
  EXTENSION.basicConstraints,
  EXTENSION.extendedKeyUsage,
]);

/** RFC 3161 section 2.3: the purpose is critical and the only one. */
function checkSignerProfile(certificate: Certificate): void {
  for (const extension of certificate.extensions.values()) {
    if (extension.critical && !UNDERSTOOD.has(extension.oid))
      refuse('cert.critical-ext', 'timestamp certificate has an unknown critical extension');
  }
  const found = purposes(certificate, 'tsa.malformed');
  const critical = certificate.extensions.get(EXTENSION.extendedKeyUsage)?.critical === true;
  if (!critical || found?.length !== 1 || found[0] !== PURPOSE.timeStamping) {
    refuse('tsa.eku', 'timestamp certificate is not for time stamping alone');
  }
}

function verifySignedAttributes(token: TimestampToken, certificate: Certificate, key: PublicKey): void {
  const contentType = READER.expect(token.attributes.get(CONTENT_TYPE), TAG.oid);
  if (READER.oid(contentType) !== TST_INFO) READER.fail('signed content type differs');
  const digest = contentOf(READER.expect(token.attributes.get(MESSAGE_DIGEST), TAG.octetString));
  if (!hash(token.digestHash, token.tstInfo, 'buffer').equals(digest)) {
    refuse('tsa.signature', 'timestamp content was altered');
  }
  const binding = token.attributes.get(SIGNING_CERTIFICATE_V2);
  if (binding !== undefined && !namesCertificate(binding, certificate)) {
    refuse('tsa.signer', 'timestamp names another certificate as its signer');
  }
  const algorithm =
    token.signatureOid === RSA_ENCRYPTION ? undefined : signatureAlgorithm(token.signatureOid);
  const hashName =
    token.signatureOid === RSA_ENCRYPTION && key.kind === 'rsa' ? token.digestHash : algorithm?.hash;
  if (hashName === undefined || (algorithm !== undefined && !algorithm.keys.includes(key.kind))) {
    refuse('tsa.signature', 'timestamp signature algorithm does not fit the key');
  }
  // The attributes are signed under their universal tag (RFC 5652 section 5.4).
  const signed = Buffer.from(encodingOf(token.signedAttributes));
  signed[0] = TAG.set;
  if (verifySignature(key, hashName, signed, token.signature)) return;
  const isSignedWith = (raw: Buffer): boolean =>
    verifySignature(
      certificateKey(parseCertificate(raw, 'tsa.malformed'), 'tsa.malformed'),
      hashName,
      signed,
      token.signature,
    );
  if (token.embedded.some(isSignedWith)) {
    refuse('tsa.signer', 'timestamp is signed by another certificate of its bag than the one it names');
  }
  refuse('tsa.signature', 'signature of the timestamp does not verify');
}

/** SigningCertificateV2 (RFC 5035): the hash of the first certificate, SHA-256 unless another is named. */
function namesCertificate(attribute: DerElement, certificate: Certificate): boolean {
  const [list] = READER.children(READER.expect(attribute, TAG.sequence), 2);
  const [first] = READER.children(READER.expect(list, TAG.sequence), 8);
  const fields = READER.children(READER.expect(first, TAG.sequence), 3);
  const [head] = fields;
  const named = head?.tag === TAG.sequence;
  const algorithm = named ? readHash(head) : 'sha256';
  const certHash = contentOf(READER.expect(fields[named ? 1 : 0], TAG.octetString));
  return hash(algorithm, certificate.raw, 'buffer').equals(certHash);
}
