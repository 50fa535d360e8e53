import type { Certificate } from './certificate.ts';
import type { EnvelopeJson, LoggedContent } from './entry-body.ts';
import { type DigestName, hash, type KeyPair, signWith } from './keys.ts';
import type { LogOptions, Rekor, TlogEntryJson } from './rekor.ts';
import { IN_TOTO, preAuthEncoding } from './statement.ts';
import type { TimestampAuthority } from './timestamp-authority.ts';
import type { TokenOptions } from './timestamp-token.ts';

/** A Sigstore bundle as a plain mutable object. Change it freely; `JSON.stringify` it to have the file. */
export interface BundleJson {
  mediaType?: string;
  verificationMaterial?: VerificationMaterialJson;
  dsseEnvelope?: EnvelopeJson;
  messageSignature?: MessageSignatureJson;
}

export interface VerificationMaterialJson {
  certificate?: { rawBytes?: string };
  x509CertificateChain?: { certificates?: { rawBytes?: string }[] };
  publicKey?: { hint?: string };
  tlogEntries?: TlogEntryJson[];
  timestampVerificationData?: { rfc3161Timestamps?: { signedTimestamp?: string }[] };
}

export interface MessageSignatureJson {
  messageDigest?: { algorithm?: string; digest?: string };
  signature?: string;
}

export type BundleVersion = '0.1' | '0.2' | '0.3';

export const MEDIA_TYPE: Readonly<Record<BundleVersion, string>> = {
  '0.1': 'application/vnd.dev.sigstore.bundle+json;version=0.1',
  '0.2': 'application/vnd.dev.sigstore.bundle+json;version=0.2',
  '0.3': 'application/vnd.dev.sigstore.bundle.v0.3+json',
};

/** Who signed: a certificate, or a bare key known by a hint. */
export type SignerMaterial =
  | { readonly keys: KeyPair; readonly certificate: Certificate }
  | { readonly keys: KeyPair; readonly publicKeyHint: string };

export type EntryRequest = LogOptions & { readonly log: Rekor };
export type TimestampRequest = TokenOptions & { readonly authority: TimestampAuthority };

/** What goes around a signature. */
export interface BundleMaterial {
  readonly version: BundleVersion;
  readonly signer: SignerMaterial;
  readonly at: Date;
  readonly entries: readonly EntryRequest[];
  readonly timestamps: readonly TimestampRequest[];
}

/** How an envelope differs from the good one. */
export interface EnvelopeOptions {
  readonly payloadType?: string | undefined;
  /** Bytes signed instead of the pre-authentication encoding. */
  readonly signedBytes?: ((payload: Buffer) => Buffer) | undefined;
  readonly digest?: DigestName | undefined;
  readonly signature?: ((right: Buffer) => Buffer) | undefined;
  /** Absent by default, as cosign and GitHub write it. */
  readonly keyid?: string | undefined;
}

/** A bundle and what it was made of. */
export interface SignedBundle {
  readonly bundle: BundleJson;
  /** The bundle as a file. */
  readonly text: () => string;
  readonly signer: SignerMaterial;
  readonly signature: Buffer;
  readonly signedBytes: Buffer;
  /** Of a DSSE envelope. */
  readonly payload?: Buffer;
}

/** A DSSE envelope with its logs and timestamps. */
export function signEnvelope(
  payload: Buffer,
  material: BundleMaterial,
  options: EnvelopeOptions = {},
): SignedBundle {
  const { signer } = material;
  const payloadType = options.payloadType ?? IN_TOTO;
  const signedBytes = options.signedBytes?.(payload) ?? preAuthEncoding(payloadType, payload);
  const digest = options.digest ?? signer.keys.digest;
  const right = signWith(signer.keys, signedBytes, digest);
  const signature = options.signature?.(right) ?? right;
  const sig = signature.toString('base64');
  const dsseEnvelope: EnvelopeJson = {
    payload: payload.toString('base64'),
    payloadType,
    signatures: [options.keyid === undefined ? { sig } : { sig, keyid: options.keyid }],
  };
  const content = { ...logged(signer, signature, signedBytes, digest), payload, envelope: dsseEnvelope };
  const bundle: BundleJson = {
    mediaType: MEDIA_TYPE[material.version],
    verificationMaterial: verificationMaterial(material, content),
    dsseEnvelope,
  };
  return { bundle, text: () => JSON.stringify(bundle), signer, signature, signedBytes, payload };
}

/** How a message signature differs from the good one. */
export interface MessageOptions {
  readonly digest?: DigestName | undefined;
  readonly signature?: ((right: Buffer) => Buffer) | undefined;
  /** The digest that the bundle declares. */
  readonly messageDigest?: Buffer | undefined;
}

/** A message signature over an artifact. */
export function signMessage(
  artifact: Buffer,
  material: BundleMaterial,
  options: MessageOptions = {},
): SignedBundle {
  const { signer } = material;
  const digest = options.digest ?? signer.keys.digest;
  const right = signWith(signer.keys, artifact, digest);
  const signature = options.signature?.(right) ?? right;
  const bundle: BundleJson = {
    mediaType: MEDIA_TYPE[material.version],
    verificationMaterial: verificationMaterial(material, logged(signer, signature, artifact, digest)),
    messageSignature: {
      messageDigest: {
        algorithm: `SHA2_${digest.slice(3)}`,
        digest: (options.messageDigest ?? hash(digest, artifact)).toString('base64'),
      },
      signature: signature.toString('base64'),
    },
  };
  return { bundle, text: () => JSON.stringify(bundle), signer, signature, signedBytes: artifact };
}

function logged(
  signer: SignerMaterial,
  signature: Buffer,
  signedBytes: Buffer,
  digest: DigestName,
): LoggedContent {
  const verifier = 'certificate' in signer ? { certificate: signer.certificate } : { publicKey: signer.keys };
  return { signedBytes, signature, digest, keys: signer.keys, verifier };
}

function verificationMaterial(material: BundleMaterial, content: LoggedContent): VerificationMaterialJson {
  const { entries, timestamps, at } = material;
  const tlogEntries = entries.map(({ log, ...options }) =>
    log.log(content, at, forVersion(material.version, log, options)),
  );
  const rfc3161Timestamps = timestamps.map(({ authority, ...options }) => ({
    signedTimestamp: authority.timestamp(content.signature, at, options).toString('base64'),
  }));
  return {
    ...signerMember(material),
    ...(tlogEntries.length > 0 && { tlogEntries }),
    ...(rfc3161Timestamps.length > 0 && { timestampVerificationData: { rfc3161Timestamps } }),
  };
}

/** v0.1 came before proofs were asked for: its usual entry has the promise alone. */
function forVersion(version: BundleVersion, log: Rekor, options: LogOptions): LogOptions {
  return version === '0.1' && log.version === 1 ? { inclusionProof: null, ...options } : options;
}

function signerMember({ signer, version }: BundleMaterial): VerificationMaterialJson {
  if ('publicKeyHint' in signer) return { publicKey: { hint: signer.publicKeyHint } };
  const certificate = { rawBytes: signer.certificate.der.toString('base64') };
  return version === '0.3' ? { certificate } : { x509CertificateChain: { certificates: [certificate] } };
}

/**
 * The form slsa-github-generator wrote until v2.0: a bare envelope with the certificate beside the signature, and no
 * proof of time (one line of an `.intoto.jsonl` file).
 */
export function toEnvelopeWithCertificate({ bundle, signer }: SignedBundle): EnvelopeWithCertificateJson {
  const { payload = '', payloadType = '', signatures = [] } = bundle.dsseEnvelope ?? {};
  const cert = 'certificate' in signer ? signer.certificate.pem : '';
  return {
    payloadType,
    payload,
    signatures: signatures.map(({ sig = '', keyid = '' }) => ({ keyid, sig, cert })),
  };
}

export interface EnvelopeWithCertificateJson {
  payloadType: string;
  payload: string;
  signatures: { keyid: string; sig: string; cert: string }[];
}
