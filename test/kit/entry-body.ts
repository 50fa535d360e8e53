import { type Certificate, toPem } from './certificate.ts';
import { canonicalJson } from './json.ts';
import { type DigestName, hash, type KeyPair, sha256 } from './keys.ts';

export type EntryKind = 'hashedrekord' | 'dsse' | 'intoto';

/** The key an entry names: the certificate or the bare key. */
export type EntryVerifier = { readonly certificate: Certificate | Buffer } | { readonly publicKey: KeyPair };

export interface EnvelopeJson {
  payload?: string;
  payloadType?: string;
  signatures?: { sig?: string; keyid?: string }[];
}

/** What is logged: the right values of one bundle. */
export interface LoggedContent {
  /** The bytes the signature is over: PAE, or the artifact. */
  readonly signedBytes: Buffer;
  readonly signature: Buffer;
  readonly digest: DigestName;
  readonly keys: KeyPair;
  readonly verifier: EntryVerifier;
  /** Absent for a message signature. */
  readonly payload?: Buffer | undefined;
  readonly envelope?: EnvelopeJson | undefined;
}

/** What the entry says. It is logged, promised and proven as it is said here. */
export interface BodyOptions {
  readonly kind?: EntryKind | undefined;
  /** `apiVersion` of the body: 0.0.1 by default (0.0.2 for intoto and in Rekor v2). */
  readonly apiVersion?: string | undefined;
  /** Another key than the bundle's. */
  readonly verifier?: EntryVerifier | undefined;
  readonly signature?: Buffer | undefined;
  /** Payload hash (dsse, intoto), or the hash of the signed bytes (hashedrekord). */
  readonly hash?: Buffer | undefined;
  /** Hash algorithm as the body names it. */
  readonly hashAlgorithm?: string | undefined;
  /** Changes the body before it is made canonical: in place, or by returning another object. */
  readonly editBody?: ((body: EntryBody) => unknown) | undefined;
  /** The body of the other Rekor version: a v2 body in a v1 log. Label it with `apiVersion`. */
  readonly bodyVersion?: 1 | 2 | undefined;
  /** These very bytes, canonical or not; or what a function makes of the right ones. */
  readonly body?: Buffer | string | ((right: string) => Buffer | string) | undefined;
}

/** A Rekor body before canonicalisation; tests reach into `spec` with `changed` of json.ts or by index. */
export interface EntryBody {
  apiVersion: string;
  kind: string;
  spec: Record<string, unknown>;
}

/** The body to log in Rekor v1 or v2. */
export function entryBody(logVersion: 1 | 2, content: LoggedContent, options: BodyOptions): Buffer {
  const right = canonicalBody(options.bodyVersion ?? logVersion, content, options);
  const { body = right } = options;
  return Buffer.from(typeof body === 'function' ? body(right) : body);
}

function canonicalBody(version: 1 | 2, content: LoggedContent, options: BodyOptions): string {
  const kind = options.kind ?? (content.payload === undefined ? 'hashedrekord' : 'dsse');
  const apiVersion = options.apiVersion ?? (version === 2 || kind === 'intoto' ? '0.0.2' : '0.0.1');
  const said = {
    ...content,
    verifier: options.verifier ?? content.verifier,
    signature: options.signature ?? content.signature,
  };
  const body: EntryBody = { apiVersion, kind, spec: specOf(version, kind, apiVersion, said, options) };
  const result = options.editBody?.(body);
  return canonicalJson(typeof result === 'object' && result !== null ? result : body);
}

function specOf(
  version: 1 | 2,
  kind: EntryKind,
  apiVersion: string,
  said: LoggedContent,
  options: BodyOptions,
): Record<string, unknown> {
  if (version === 2) return kind === 'dsse' ? dsseV002(said, options) : hashedrekordV002(said, options);
  if (kind === 'hashedrekord') return hashedrekordV001(said, options);
  if (kind === 'dsse') return dsseV001(said, options);
  return apiVersion === '0.0.1' ? intotoV001(said, options) : intotoV002(said, options);
}

function hashedrekordV001(said: LoggedContent, options: BodyOptions): Record<string, unknown> {
  const value = (options.hash ?? hash(said.digest, said.signedBytes)).toString('hex');
  return {
    data: { hash: { algorithm: options.hashAlgorithm ?? said.digest, value } },
    signature: {
      content: said.signature.toString('base64'),
      publicKey: { content: pemBase64(said.verifier) },
    },
  };
}

function dsseV001(said: LoggedContent, options: BodyOptions): Record<string, unknown> {
  return {
    envelopeHash: hexHash(sha256(Buffer.from(JSON.stringify(said.envelope ?? {})))),
    payloadHash: payloadHash(said, options),
    signatures: [{ signature: said.signature.toString('base64'), verifier: pemBase64(said.verifier) }],
  };
}

/** The signature is base64 twice over: Rekor took the envelope's text as bytes. */
function intotoV002(said: LoggedContent, options: BodyOptions): Record<string, unknown> {
  const { payload = '', payloadType = '' } = said.envelope ?? {};
  const sig = said.signature.toString('base64');
  const publicKey = pemBase64(said.verifier);
  const uploaded = { payload, payloadType, signatures: [{ publicKey: pemOf(said.verifier), sig }] };
  return {
    content: {
      envelope: { payloadType, signatures: [{ publicKey, sig: Buffer.from(sig).toString('base64') }] },
      hash: hexHash(sha256(Buffer.from(canonicalJson(uploaded)))),
      payloadHash: payloadHash(said, options),
    },
  };
}

/** The oldest in-toto entry: it names no signature. */
function intotoV001(said: LoggedContent, options: BodyOptions): Record<string, unknown> {
  const envelopeHash = hexHash(sha256(Buffer.from(JSON.stringify(said.envelope ?? {}))));
  return {
    content: { hash: envelopeHash, payloadHash: payloadHash(said, options) },
    publicKey: pemBase64(said.verifier),
  };
}

function hashedrekordV002(said: LoggedContent, options: BodyOptions): Record<string, unknown> {
  const digest = (options.hash ?? hash(said.digest, said.signedBytes)).toString('base64');
  const signature = { content: said.signature.toString('base64'), verifier: verifierV2(said) };
  return {
    hashedRekordV002: {
      data: { algorithm: options.hashAlgorithm ?? protoName(said.digest), digest },
      signature,
    },
  };
}

function dsseV002(said: LoggedContent, options: BodyOptions): Record<string, unknown> {
  const digest = (options.hash ?? sha256(said.payload ?? Buffer.alloc(0))).toString('base64');
  return {
    dsseV002: {
      payloadHash: { algorithm: options.hashAlgorithm ?? 'SHA2_256', digest },
      signatures: [{ content: said.signature.toString('base64'), verifier: verifierV2(said) }],
    },
  };
}

function verifierV2({ verifier, keys }: LoggedContent): Record<string, unknown> {
  if ('publicKey' in verifier) {
    return {
      keyDetails: verifier.publicKey.keyDetails,
      publicKey: { rawBytes: verifier.publicKey.spki.toString('base64') },
    };
  }
  return {
    keyDetails: keys.keyDetails,
    x509Certificate: { rawBytes: derOf(verifier.certificate).toString('base64') },
  };
}

function payloadHash(said: LoggedContent, options: BodyOptions): Record<string, string> {
  return hexHash(options.hash ?? sha256(said.payload ?? Buffer.alloc(0)), options.hashAlgorithm);
}

const hexHash = (value: Buffer, algorithm = 'sha256'): Record<string, string> => ({
  algorithm,
  value: value.toString('hex'),
});
const protoName = (digest: DigestName): string => `SHA2_${digest.slice(3)}`;
const derOf = (certificate: Certificate | Buffer): Buffer =>
  Buffer.isBuffer(certificate) ? certificate : certificate.der;
const pemOf = (verifier: EntryVerifier): string =>
  'publicKey' in verifier ? verifier.publicKey.pem : toPem(derOf(verifier.certificate));
const pemBase64 = (verifier: EntryVerifier): string => Buffer.from(pemOf(verifier)).toString('base64');
