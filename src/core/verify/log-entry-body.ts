import { hash } from 'node:crypto';
import { refuse, SlsaGateError } from '../../errors.ts';
import type { DsseContent, MessageContent } from '../model/bundle.ts';
import {
  type Form,
  type FormOf,
  listOf,
  literal,
  optional,
  readForm,
  strictObject,
  text,
} from '../model/form.ts';
import { isJsonObject, type Json, type JsonObject, parseCanonicalJson, printJson } from '../model/json.ts';
import type { LogEntry } from '../model/log-entry.ts';
import { parseCertificate } from './certificate.ts';
import { preAuthEncoding } from './envelope.ts';
import { isExpectedBody } from './expected-body.ts';
import { HASH_OF_KEY, type HashAlgorithm, type KeyKind, type PublicKey } from './public-key.ts';

/** What a log entry must be about, as the bundle implies it. */
export interface LoggedSignature {
  /** The certificate (DER) that signed, or the bare key. */
  readonly certificate: Buffer | undefined;
  readonly key: PublicKey;
  readonly content: DsseContent | MessageContent;
}

const Hash = strictObject({ algorithm: text, value: text });
const HashedRekordV1 = strictObject({
  apiVersion: literal('0.0.1'),
  kind: literal('hashedrekord'),
  spec: strictObject({
    data: strictObject({ hash: Hash }),
    signature: strictObject({ content: text, publicKey: strictObject({ content: text }) }),
  }),
});
const DsseV1 = strictObject({
  apiVersion: literal('0.0.1'),
  kind: literal('dsse'),
  spec: strictObject({
    envelopeHash: Hash,
    payloadHash: Hash,
    signatures: listOf(strictObject({ signature: text, verifier: text })),
  }),
});
const IntotoV1 = strictObject({
  apiVersion: literal('0.0.1'),
  kind: literal('intoto'),
  spec: strictObject({
    content: strictObject({ hash: Hash, payloadHash: optional(Hash) }),
    publicKey: text,
  }),
});
const IntotoV2 = strictObject({
  apiVersion: literal('0.0.2'),
  kind: literal('intoto'),
  spec: strictObject({
    content: strictObject({
      envelope: strictObject({
        payload: optional(text),
        payloadType: text,
        signatures: listOf(strictObject({ keyid: optional(text), publicKey: text, sig: text })),
      }),
      hash: Hash,
      payloadHash: Hash,
    }),
  }),
});
const RawBytes = strictObject({ rawBytes: text });
const Verifier = strictObject({
  keyDetails: text,
  x509Certificate: optional(RawBytes),
  publicKey: optional(RawBytes),
});
const SignatureV2 = strictObject({ content: text, verifier: Verifier });
const DigestV2 = strictObject({ algorithm: text, digest: text });
const HashedRekordV2 = strictObject({
  apiVersion: literal('0.0.2'),
  kind: literal('hashedrekord'),
  spec: strictObject({ hashedRekordV002: strictObject({ data: DigestV2, signature: SignatureV2 }) }),
});
const DsseV2 = strictObject({
  apiVersion: literal('0.0.2'),
  kind: literal('dsse'),
  spec: strictObject({
    dsseV002: strictObject({ payloadHash: DigestV2, signatures: listOf(SignatureV2) }),
  }),
});

type BodyCheck = (body: JsonObject, logged: LoggedSignature) => void;
const CHECKS: Readonly<Record<string, BodyCheck>> = {
  'hashedrekord 0.0.1': checkHashedRekordV1,
  'hashedrekord 0.0.2': checkHashedRekordV2,
  'dsse 0.0.1': checkDsseV1,
  'dsse 0.0.2': checkDsseV2,
  'intoto 0.0.1': checkIntotoV1,
  'intoto 0.0.2': checkIntotoV2,
};

/** Entries of Rekor v2: no time of their own, no SET, one index. */
export const isRekorV2Kind = (kind: string): boolean =>
  kind === 'hashedrekord 0.0.2' || kind === 'dsse 0.0.2';

/**
 * Checks that the body of a log entry says exactly what the bundle implies: the same payload or artifact hash, the
 * same one signature, the same key. The body must be canonical JSON, so that no other reading of it exists.
 *
 * @returns kind and version, e.g. `dsse 0.0.1`
 * @throws SlsaGateError `tlog.noncanonical`, `tlog.kind`, `tlog.entry-mismatch`, `tlog.entry-key-mismatch`
 */
export function checkLogEntryBody(entry: LogEntry, logged: LoggedSignature): string {
  if (isExpectedBody(entry, logged)) return `${entry.kind} ${entry.version}`;
  const body = parseCanonical(entry.body);
  if (!isJsonObject(body)) refuse('tlog.noncanonical', 'log entry body is not canonical JSON');
  const kind = `${printJson(body.kind)} ${printJson(body.apiVersion)}`;
  const check = Object.hasOwn(CHECKS, kind) ? CHECKS[kind] : undefined;
  if (check === undefined) refuse('tlog.kind', 'log entry is of an unknown kind', { actual: kind });
  const label = `${entry.kind} ${entry.version}`;
  if ((entry.kind !== undefined || entry.version !== undefined) && label !== kind) {
    refuse('tlog.kind', 'log entry is labelled as another kind', { expected: kind, actual: label });
  }
  check(body, logged);
  return kind;
}

/** Two readers of a body with a doubled key would see two entries: that is a body of two forms, like white space. */
function parseCanonical(bytes: Buffer): Json | undefined {
  try {
    return parseCanonicalJson(bytes, 'log entry body');
  } catch (cause) {
    if (cause instanceof SlsaGateError && cause.finding.startsWith('limit.')) throw cause;
    refuse('tlog.noncanonical', 'log entry body is not strict JSON', { cause });
  }
}

function parseBody<T>(form: Form<T>, body: JsonObject): T {
  return readForm(form, body, () => refuse('tlog.kind', 'log entry body does not have the form of its kind'));
}

function mismatch(what: string): never {
  refuse('tlog.entry-mismatch', `log entry is about another ${what}`);
}

function dsse({ content }: LoggedSignature): DsseContent {
  if (content.kind !== 'dsse') refuse('tlog.kind', 'log entry of an envelope beside a message signature');
  return content;
}

const sha256Hex = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');
const isHash = (logged: FormOf<typeof Hash>, algorithm: HashAlgorithm, hex: string): boolean => {
  if (!/^[0-9a-f]+$/.test(logged.value))
    refuse('tlog.noncanonical', 'hash in the log entry is not lower-case hex');
  return logged.algorithm === algorithm && logged.value === hex;
};
const isSha256 = (logged: FormOf<typeof Hash>, hex: string): boolean => isHash(logged, 'sha256', hex);

function checkHashedRekordV1(body: JsonObject, logged: LoggedSignature): void {
  const { data, signature } = parseBody(HashedRekordV1, body).spec;
  if (logged.content.kind !== 'message-signature')
    refuse('tlog.kind', 'log entry of an artifact beside an envelope');
  const { digestAlgorithm, digest } = logged.content;
  if (!isHash(data.hash, digestAlgorithm, digest.toString('hex'))) mismatch('artifact');
  if (signature.content !== logged.content.signature.toString('base64')) mismatch('signature');
  checkPemKey(signature.publicKey.content, logged);
}

function checkDsseV1(body: JsonObject, logged: LoggedSignature): void {
  const { envelopeHash, payloadHash, signatures } = parseBody(DsseV1, body).spec;
  const content = dsse(logged);
  if (!isSha256(payloadHash, sha256Hex(content.payload))) mismatch('payload');
  checkEnvelopeHash(envelopeHash, content);
  const [first, second] = signatures;
  if (first === undefined || second !== undefined) mismatch('number of signatures');
  if (first.signature !== content.signature.toString('base64')) mismatch('signature');
  checkPemKey(first.verifier, logged);
}

/** Version 0.0.1 names the envelope by its hash alone, so its original bytes must be at hand. */
function checkIntotoV1(body: JsonObject, logged: LoggedSignature): void {
  const { content, publicKey } = parseBody(IntotoV1, body).spec;
  const envelope = dsse(logged);
  if (envelope.envelopeBytes === undefined)
    mismatch('envelope, as far as can be known without its original bytes');
  checkEnvelopeHash(content.hash, envelope);
  if (content.payloadHash !== undefined && !isSha256(content.payloadHash, sha256Hex(envelope.payload)))
    mismatch('payload');
  checkPemKey(publicKey, logged);
}

function checkIntotoV2(body: JsonObject, logged: LoggedSignature): void {
  const { envelope, payloadHash } = parseBody(IntotoV2, body).spec.content;
  const content = dsse(logged);
  if (!isSha256(payloadHash, sha256Hex(content.payload))) mismatch('payload');
  if (envelope.payloadType !== content.payloadType) mismatch('payload type');
  // Rekor keeps texts of the envelope base64-encoded once more.
  const again = (bytes: Buffer): string => Buffer.from(bytes.toString('base64')).toString('base64');
  if (envelope.payload !== undefined && envelope.payload !== again(content.payload)) mismatch('payload');
  const [first, second] = envelope.signatures;
  if (first === undefined || second !== undefined) mismatch('number of signatures');
  if (first.sig !== again(content.signature)) mismatch('signature');
  if (first.keyid !== undefined && first.keyid !== content.keyid) mismatch('key id');
  checkPemKey(first.publicKey, logged);
}

function checkHashedRekordV2(body: JsonObject, logged: LoggedSignature): void {
  const { data, signature } = parseBody(HashedRekordV2, body).spec.hashedRekordV002;
  const { content } = logged;
  // Ed25519 signs no digest, so no log could have checked such an entry of an envelope.
  if (content.kind === 'dsse' && logged.key.kind === 'ed25519')
    refuse('tlog.kind', 'log entry of a digest beside a signature that covers none');
  const digestAlgorithm = content.kind === 'dsse' ? HASH_OF_KEY[logged.key.kind] : content.digestAlgorithm;
  const digest =
    content.kind === 'dsse'
      ? hash(digestAlgorithm, preAuthEncoding(content.payloadType, content.payload), 'buffer')
      : content.digest;
  if (data.algorithm !== V2_HASHES[digestAlgorithm] || data.digest !== digest.toString('base64')) {
    mismatch(content.kind === 'dsse' ? 'payload' : 'artifact');
  }
  checkSignatureV2(signature, logged);
}

function checkDsseV2(body: JsonObject, logged: LoggedSignature): void {
  const { payloadHash, signatures } = parseBody(DsseV2, body).spec.dsseV002;
  const content = dsse(logged);
  const digest = hash('sha256', content.payload, 'base64');
  if (payloadHash.algorithm !== V2_HASHES.sha256 || payloadHash.digest !== digest) mismatch('payload');
  const [first, second] = signatures;
  if (first === undefined || second !== undefined) mismatch('number of signatures');
  checkSignatureV2(first, logged);
}

const V2_HASHES: Readonly<Record<HashAlgorithm, string>> = {
  sha256: 'SHA2_256',
  sha384: 'SHA2_384',
  sha512: 'SHA2_512',
};

/** Names of Sigstore's PublicKeyDetails that fit each kind of key. */
const V2_KEY_DETAILS: Readonly<Record<KeyKind, RegExp>> = {
  p256: /^PKIX_ECDSA_P256_SHA_256$/,
  p384: /^PKIX_ECDSA_P384_SHA_(256|384)$/,
  p521: /^PKIX_ECDSA_P521_SHA_(256|512)$/,
  rsa: /^PKIX_RSA_PKCS1V15_(2048|3072|4096)_SHA256$/,
  ed25519: /^PKIX_ED25519(_PH)?$/,
};

function checkSignatureV2({ content, verifier }: FormOf<typeof SignatureV2>, logged: LoggedSignature): void {
  if (content !== logged.content.signature.toString('base64')) mismatch('signature');
  const { x509Certificate, publicKey, keyDetails } = verifier;
  const named = logged.certificate === undefined ? publicKey : x509Certificate;
  const other = logged.certificate === undefined ? x509Certificate : publicKey;
  const expected = (logged.certificate ?? logged.key.spki).toString('base64');
  if (
    other !== undefined ||
    named?.rawBytes !== expected ||
    !V2_KEY_DETAILS[logged.key.kind].test(keyDetails)
  ) {
    refuse('tlog.entry-key-mismatch', 'log entry names another key');
  }
}

function checkEnvelopeHash(envelopeHash: FormOf<typeof Hash>, { envelopeBytes }: DsseContent): void {
  if (envelopeBytes !== undefined && !isSha256(envelopeHash, sha256Hex(envelopeBytes))) mismatch('envelope');
}

const PEM = /^-----BEGIN (CERTIFICATE|PUBLIC KEY)-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END \1-----(?:\r?\n)?$/;

/**
 * Compares the base64-encoded PEM of an entry with the certificate or key that signed. Beside a bare key the entry may
 * hold a certificate of the very same key.
 */
function checkPemKey(encoded: string, { certificate, key }: LoggedSignature): void {
  const pem = Buffer.from(encoded, 'base64');
  if (pem.toString('base64') !== encoded)
    refuse('tlog.noncanonical', 'key in the log entry is not canonical base64');
  const [, label, body] = PEM.exec(pem.toString('latin1')) ?? [];
  const der = Buffer.from(body ?? '', 'base64');
  const same =
    label === 'CERTIFICATE'
      ? certificate === undefined
        ? parseCertificate(der, 'tlog.entry-key-mismatch').spki.equals(key.spki)
        : der.equals(certificate)
      : label === 'PUBLIC KEY' && certificate === undefined && der.equals(key.spki);
  if (!same) refuse('tlog.entry-key-mismatch', 'log entry names another key');
}
