import { hash } from 'node:crypto';
import { refuse } from '../../errors.ts';
import { hashAlgorithm, RSA_ENCRYPTION, readAlgorithmOid, signatureAlgorithm } from './algorithms.ts';
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
import { contentOf, type DerElement, DerReader, encodingOf, oidKey, TAG } from './der.ts';
import { type HashAlgorithm, type PublicKey, verifySignature } from './public-key.ts';
import { isWithin } from './trusted-root.ts';

const SIGNED_DATA = oidKey('1.2.840.113549.1.7.2');
const TST_INFO = oidKey('1.2.840.113549.1.9.16.1.4');
const CONTENT_TYPE = oidKey('1.2.840.113549.1.9.3');
const MESSAGE_DIGEST = oidKey('1.2.840.113549.1.9.4');
const SIGNING_CERTIFICATE_V2 = oidKey('1.2.840.113549.1.9.16.2.47');

/** A timestamp token, read but not verified (RFC 3161, CMS of RFC 5652). */
interface TimestampToken {
  readonly tstInfo: Buffer;
  readonly imprintHash: HashAlgorithm;
  readonly imprint: Buffer;
  readonly timeMs: number;
  readonly embedded: readonly Buffer[];
  readonly signer: { readonly issuer: Buffer; readonly serial: Buffer } | { readonly keyId: Buffer };
  readonly digestHash: HashAlgorithm;
  readonly signedAttributes: DerElement;
  readonly attributes: ReadonlyMap<string, DerElement>;
  readonly signatureOid: string;
  readonly signature: Buffer;
}

const READER: DerReader = new DerReader('tsa.malformed', 'timestamp');

function readHash(element: DerElement | undefined): HashAlgorithm {
  return hashAlgorithm(readAlgorithmOid(READER, element)) ?? READER.fail('hash algorithm is not supported');
}

function only(elements: readonly DerElement[], what: string): DerElement {
  const [first, second] = elements;
  if (first === undefined || second !== undefined) READER.fail(`not exactly one ${what}`);
  return first;
}

/** The two children of a sequence that has no third, in which unsigned bytes could hide. */
function pair(sequence: DerElement): readonly [DerElement, DerElement] {
  const [first, second, third] = READER.children(sequence, 3);
  if (first === undefined || second === undefined || third !== undefined)
    READER.fail('not exactly two fields');
  return [first, second];
}

function parseToken(response: Buffer): TimestampToken {
  const [status, contentInfo, extra] = READER.children(READER.whole(response, TAG.sequence), 3);
  if (status?.tag === TAG.oid) {
    parseContentInfo(READER.whole(response, TAG.sequence));
    READER.fail('a token without the response of its authority');
  }
  const [statusCode] = READER.children(READER.expect(status, TAG.sequence), 3);
  // Granted (RFC 3161 section 2.4.2). The request is not at hand, so nobody could judge a modification, and nobody signs
  // the status.
  if (READER.smallInteger(READER.expect(statusCode, TAG.integer)) !== 0)
    READER.fail('the authority did not grant the request as it was made');
  if (extra !== undefined) READER.fail('too many fields');
  return parseContentInfo(READER.expect(contentInfo, TAG.sequence));
}

function parseContentInfo(contentInfo: DerElement): TimestampToken {
  const [contentType, content] = pair(contentInfo);
  if (READER.oid(READER.expect(contentType, TAG.oid)) !== SIGNED_DATA) READER.fail('not signed data');
  const signedData = only(
    READER.children(READER.expect(content, TAG.contextConstructed(0)), 2),
    'signed data',
  );
  return parseSignedData(READER.expect(signedData, TAG.sequence));
}

function parseSignedData(signedData: DerElement): TimestampToken {
  const [version, digestAlgorithms, encapsulated, ...rest] = READER.children(signedData, 8);
  // Nobody signs these fields, so each may have the one value that follows from the rest (RFC 5652 section 5.1).
  if (READER.smallInteger(READER.expect(version, TAG.integer)) !== 3)
    READER.fail('signed data is not version 3');
  const digestAlgorithm = only(
    READER.children(READER.expect(digestAlgorithms, TAG.set), 4),
    'digest algorithm',
  );
  const [type, wrapper] = pair(READER.expect(encapsulated, TAG.sequence));
  if (READER.oid(READER.expect(type, TAG.oid)) !== TST_INFO) {
    refuse(
      'time.unauthenticated',
      'a CMS signature that is no timestamp knows only what time its signer says',
    );
  }
  const octets = only(READER.children(READER.expect(wrapper, TAG.contextConstructed(0)), 2), 'content');
  const tstInfo = contentOf(READER.expect(octets, TAG.octetString));
  const certificates = rest.find((element) => element.tag === TAG.contextConstructed(0));
  const signerInfos = READER.expect(rest.at(-1), TAG.set);
  if (rest.length > (certificates === undefined ? 1 : 2))
    READER.fail('signed data has fields beside certificates');
  const signerInfo = only(READER.children(signerInfos, 4), 'signer');
  return {
    tstInfo,
    ...parseTstInfo(tstInfo),
    embedded: certificates === undefined ? [] : READER.children(certificates, 16).map(encodingOf),
    ...parseSignerInfo(READER.expect(signerInfo, TAG.sequence), digestAlgorithm),
  };
}

/** RFC 3161 section 2.4.2; accuracy, ordering, nonce and name of the authority play no part. */
function parseTstInfo(tstInfo: Buffer): Pick<TimestampToken, 'imprintHash' | 'imprint' | 'timeMs'> {
  const [version, policy, imprint, serial, time] = READER.children(READER.whole(tstInfo, TAG.sequence), 12);
  if (READER.smallInteger(READER.expect(version, TAG.integer)) !== 1) READER.fail('not version 1');
  READER.expect(policy, TAG.oid);
  READER.expect(serial, TAG.integer);
  const [algorithm, digest, extra] = READER.children(READER.expect(imprint, TAG.sequence), 3);
  if (extra !== undefined) READER.fail('imprint is malformed');
  return {
    imprintHash: readHash(algorithm),
    imprint: contentOf(READER.expect(digest, TAG.octetString)),
    timeMs: READER.time(READER.expect(time, TAG.generalizedTime)),
  };
}

type SignerFields = Omit<TimestampToken, 'tstInfo' | 'embedded' | 'imprintHash' | 'imprint' | 'timeMs'>;

/** RFC 5652 section 5.3; signed attributes are obligatory, since the content is not plain data. */
function parseSignerInfo(signerInfo: DerElement, announced: DerElement): SignerFields {
  const [version, sid, digestAlgorithm, signed, algorithm, signature, unsigned] = READER.children(
    signerInfo,
    8,
  );
  const signer = parseSignerIdentifier(sid);
  if (READER.smallInteger(READER.expect(version, TAG.integer)) !== ('keyId' in signer ? 3 : 1))
    READER.fail('version of the signer does not fit how it is named');
  if (!encodingOf(announced).equals(encodingOf(READER.expect(digestAlgorithm, TAG.sequence))))
    READER.fail('digest algorithm is not the announced one');
  if (unsigned !== undefined) READER.fail('unsigned attributes');
  const attributes = new Map<string, DerElement>();
  const signedAttributes = READER.expect(signed, TAG.contextConstructed(0));
  for (const attribute of READER.children(signedAttributes, 32)) {
    const [type, values] = pair(READER.expect(attribute, TAG.sequence));
    const oid = READER.oid(READER.expect(type, TAG.oid));
    if (attributes.has(oid)) READER.fail('an attribute appears twice');
    attributes.set(oid, only(READER.children(READER.expect(values, TAG.set), 4), 'attribute value'));
  }
  return {
    signer,
    digestHash: readHash(digestAlgorithm),
    signedAttributes,
    attributes,
    signatureOid: readAlgorithmOid(READER, algorithm),
    signature: contentOf(READER.expect(signature, TAG.octetString)),
  };
}

function parseSignerIdentifier(sid: DerElement | undefined): TimestampToken['signer'] {
  if (sid?.tag === TAG.context(0)) return { keyId: contentOf(sid) };
  const [issuer, serial] = pair(READER.expect(sid, TAG.sequence));
  return {
    issuer: encodingOf(READER.expect(issuer, TAG.sequence)),
    serial: READER.integer(READER.expect(serial, TAG.integer)),
  };
}

const isSigner = (certificate: Certificate, signer: TimestampToken['signer']): boolean =>
  'keyId' in signer
    ? keyIds(certificate).subject?.equals(signer.keyId) === true
    : certificate.issuer.equals(signer.issuer) && certificate.serial.equals(signer.serial);

/**
 * The time that a token states, in milliseconds since 1970. Nothing is verified.
 *
 * @throws SlsaGateError `tsa.malformed`
 */
export const readTimestamp = (response: Buffer): number => parseToken(response).timeMs;

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
