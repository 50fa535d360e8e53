import { type Certificate, signatureAlgorithm } from './certificate.ts';
import {
  contentsOf,
  type Der,
  explicit,
  generalizedTime,
  implicit,
  implicitConstructed,
  integer,
  octetString,
  oid,
  sequence,
  set,
  setOf,
  utcTime,
} from './der.ts';
import { type DigestName, hash, type KeyPair, sha256, signWith } from './keys.ts';

/** RFC 3161 responses: CMS SignedData (RFC 5652) around a TSTInfo. */

export const CMS = {
  signedData: '1.2.840.113549.1.7.2',
  data: '1.2.840.113549.1.7.1',
  tstInfo: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
} as const;

const DIGEST_OIDS: Readonly<Record<DigestName, string>> = {
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
};

/** Who signs a token. */
export interface TokenSigner {
  readonly certificate: Certificate;
  readonly keys: KeyPair;
}

/** What a token says. Everything is under a right signature unless `signature` or `status` says otherwise. */
export interface TokenOptions {
  /** genTime; a string goes in as it stands (fractions, offsets, nonsense), a Buffer is the DER instead of a time. */
  readonly at?: Date | string | Buffer | undefined;
  /** Data whose digest is the imprint. */
  readonly data?: Buffer | undefined;
  /** The imprint itself. */
  readonly imprint?: Buffer | undefined;
  readonly imprintDigest?: DigestName | undefined;
  /** The TSTInfo contents instead of all the above: DER. */
  readonly tstInfo?: Buffer | undefined;
  readonly version?: number | undefined;
  readonly policy?: string | undefined;
  readonly serialNumber?: bigint | undefined;
  readonly nonce?: bigint | undefined;
  /** PKIStatus: 0 granted, 1 granted with modifications, 2 rejection, ... `token: null` goes with a real rejection. */
  readonly status?: number | undefined;
  /** `null`: a response without a token. */
  readonly token?: null | undefined;
  readonly contentType?: string | undefined;
  readonly eContentType?: string | undefined;
  /** Signs instead of the authority, under its own name unless `signerId` is given. */
  readonly signer?: TokenSigner | undefined;
  /** The certificate whose issuer and serial number SignerInfo names. */
  readonly signerId?: Certificate | undefined;
  /** Names the signer by this key identifier instead, which makes its SignerInfo version 3. */
  readonly signerKeyId?: Buffer | undefined;
  /** Version of the SignerInfo, and of the SignedData. */
  readonly signerVersion?: number | undefined;
  readonly signedDataVersion?: number | undefined;
  /** AlgorithmIdentifier of the signature (DER) instead of the one that fits the key. */
  readonly signatureAlgorithm?: Buffer | undefined;
  /** Digest algorithm that the SignedData announces. */
  readonly announcedDigest?: DigestName | undefined;
  /** Attributes (DER) after the signature, which nobody signs. */
  readonly unsignedAttributes?: Buffer | undefined;
  /** All the SignerInfos, over the same content, instead of the one; `[]` for none. */
  readonly signers?: readonly TokenSigner[] | undefined;
  readonly signatureDigest?: DigestName | undefined;
  /** Certificates in the bag, in this order; `null` leaves the field out; the default is an empty field, as Sigstore's. */
  readonly certificates?: readonly (Certificate | Buffer)[] | null | undefined;
  /** Attributes by OID: a Buffer replaces the attribute value (DER), `null` leaves the attribute out. */
  readonly signedAttributes?: Readonly<Record<string, Buffer | null>> | null | undefined;
  /** Attributes (DER) that are signed after the others. */
  readonly extraSignedAttributes?: readonly Buffer[] | undefined;
  readonly signature?: ((right: Buffer) => Buffer) | undefined;
  /** Changes the finished response. */
  readonly edit?: ((response: Buffer) => Buffer) | undefined;
}

const POLICY = '1.3.6.1.4.1.57264.2';

/** A TimeStampResp over `signature` at `at`. */
export function timestampResponse(
  signer: TokenSigner,
  signature: Buffer,
  at: Date,
  options: TokenOptions = {},
): Buffer {
  const status = sequence(integer(options.status ?? 0));
  const response =
    options.token === null ? sequence(status) : sequence(status, token(signer, signature, at, options));
  return options.edit?.(response) ?? response;
}

function token(signer: TokenSigner, signature: Buffer, at: Date, options: TokenOptions): Der {
  const eContentType = options.eContentType ?? CMS.tstInfo;
  const content = options.tstInfo ?? tstInfo(signer, signature, at, options);
  const digest = options.signatureDigest ?? (options.signer ?? signer).keys.digest;
  const signers = options.signers ?? [options.signer ?? signer];
  const bag = (options.certificates ?? []).map((entry) => (Buffer.isBuffer(entry) ? entry : entry.der));
  const signedData = sequence(
    integer(options.signedDataVersion ?? 3),
    setOf(digestAlgorithm(options.announcedDigest ?? digest)),
    sequence(oid(eContentType), explicit(0, octetString(content))),
    ...(options.certificates === null ? [] : [implicitConstructed(0, Buffer.concat(bag))]),
    set(...signers.map((each) => signerInfo(each, content, eContentType, digest, at, options))),
  );
  return sequence(oid(options.contentType ?? CMS.signedData), explicit(0, signedData));
}

let lastToken = 0n;

/** RFC 3161, 2.4.2. Accuracy is one second, as Sigstore's authorities say. */
export function tstInfo(signer: TokenSigner, signature: Buffer, at: Date, options: TokenOptions): Der {
  const imprintDigest = options.imprintDigest ?? 'sha256';
  const imprint = options.imprint ?? hash(imprintDigest, options.data ?? signature);
  lastToken += 1n;
  return sequence(
    integer(options.version ?? 1),
    oid(options.policy ?? POLICY),
    sequence(digestAlgorithm(imprintDigest), octetString(imprint)),
    integer(options.serialNumber ?? 0x1000n + lastToken),
    Buffer.isBuffer(options.at) ? options.at : generalizedTime(options.at ?? at),
    sequence(integer(1)),
    ...(options.nonce === undefined ? [] : [integer(options.nonce)]),
    explicit(0, explicit(4, signer.certificate.subject)),
  );
}

function signerInfo(
  signer: TokenSigner,
  content: Buffer,
  eContentType: string,
  digest: DigestName,
  at: Date,
  options: TokenOptions,
): Der {
  const named = options.signerId ?? signer.certificate;
  const keyId = options.signerKeyId;
  const attributes =
    options.signedAttributes === null
      ? null
      : signedAttributes(named, content, eContentType, digest, at, options);
  // RFC 5652, 5.4: signed as a SET OF, written under [0].
  const right = signWith(signer.keys, attributes ?? content, digest);
  return sequence(
    integer(options.signerVersion ?? (keyId === undefined ? 1 : 3)),
    keyId === undefined ? sequence(named.issuer, named.serialNumber) : implicit(0, keyId),
    digestAlgorithm(digest),
    ...(attributes === null ? [] : [implicitConstructed(0, contentsOf(attributes))]),
    options.signatureAlgorithm ?? signatureAlgorithm(signer.keys, digest),
    octetString(options.signature?.(right) ?? right),
    ...(options.unsignedAttributes === undefined ? [] : [implicitConstructed(1, options.unsignedAttributes)]),
  );
}

function signedAttributes(
  named: Certificate,
  content: Buffer,
  eContentType: string,
  digest: DigestName,
  at: Date,
  options: TokenOptions,
): Der {
  const right: Record<string, Buffer | null> = {
    [CMS.contentType]: oid(eContentType),
    // Agrees with genTime where that is a time at all.
    [CMS.signingTime]: utcTime(options.at instanceof Date ? options.at : at),
    [CMS.messageDigest]: octetString(hash(digest, content)),
    [CMS.signingCertificateV2]: signingCertificateV2(named),
    ...options.signedAttributes,
  };
  const written = Object.entries(right).flatMap(([id, value]) =>
    value === null ? [] : [sequence(oid(id), set(value))],
  );
  return setOf(...written, ...(options.extraSignedAttributes ?? []));
}

/** RFC 5035: the certificate's SHA-256 (the default algorithm, so left out) with its issuer and serial number. */
export function signingCertificateV2(certificate: Certificate): Der {
  const issuerSerial = sequence(sequence(explicit(4, certificate.issuer)), certificate.serialNumber);
  return sequence(sequence(sequence(octetString(sha256(certificate.der)), issuerSerial)));
}

/** Sigstore's authorities leave the parameters out, so the kit does too. */
function digestAlgorithm(digest: DigestName): Der {
  return sequence(oid(DIGEST_OIDS[digest]));
}
