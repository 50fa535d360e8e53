import { refuse } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import { parseBase64 } from './base64.ts';
import { accepting, anything, type FormOf, listOf, optional, readForm, strictObject, text } from './form.ts';
import { isJsonObject, type Json, type JsonObject, parseJson, printJson, withoutNulls } from './json.ts';
import { type LogEntry, LogEntryForm, toLogEntry } from './log-entry.ts';
import { refuseFault } from './refuse-fault.ts';

export type BundleVersion = '0.1' | '0.2' | '0.3';

/** Exactly these; a version that nobody defined has no rules. */
const MEDIA_TYPES: ReadonlyMap<string, BundleVersion> = new Map([
  ['application/vnd.dev.sigstore.bundle+json;version=0.1', '0.1'],
  ['application/vnd.dev.sigstore.bundle+json;version=0.2', '0.2'],
  ['application/vnd.dev.sigstore.bundle+json;version=0.3', '0.3'],
  ['application/vnd.dev.sigstore.bundle.v0.3+json', '0.3'],
]);

/**
 * Fields outside the bundle's definition that published clients have written; they are ignored. Everything else that
 * is not defined is refused.
 */
export const IGNORED_FIELDS = {
  /** A key that came with the bundle proves nothing: the caller names the key. */
  'verificationMaterial.publicKey': ['rawBytes', 'keyDetails'],
  /** Where npm's registry would store the package; no part of the attestation. */
  'attestations[]': ['signedAccessSignatureUrl'],
} as const;

export interface DsseContent {
  readonly kind: 'dsse';
  readonly payload: Buffer;
  readonly payloadType: string;
  readonly signature: Buffer;
  /** Unauthenticated hint. */
  readonly keyid: string;
  /** Bytes of the envelope as its signer wrote them, where they are at hand (cosign, release assets). */
  readonly envelopeBytes?: Buffer;
}

export interface MessageContent {
  readonly kind: 'message-signature';
  readonly digestAlgorithm: 'sha256' | 'sha384' | 'sha512';
  readonly digest: Buffer;
  readonly signature: Buffer;
}

/** A Sigstore bundle, decoded but not verified. */
export interface ParsedBundle {
  readonly version: BundleVersion;
  readonly mediaType: string;
  readonly verificationKey:
    | { readonly kind: 'certificate'; readonly leaf: Buffer; readonly others: readonly Buffer[] }
    | { readonly kind: 'public-key'; readonly hint: string };
  readonly content: DsseContent | MessageContent;
  readonly logEntries: readonly LogEntry[];
  /** RFC 3161 TimeStampResp, DER. */
  readonly timestamps: readonly Buffer[];
  /** The bundle as JSON, without nulls and ignored fields, for the second verifier. */
  readonly json: JsonObject;
}

const optionalText = optional(text);
const textOrNumber = accepting<string | number>(
  (value) => typeof value === 'string' || typeof value === 'number',
);
const Certificate = strictObject({ rawBytes: text });
const BundleForm = strictObject({
  mediaType: text,
  verificationMaterial: strictObject({
    publicKey: optional(
      strictObject({ hint: optionalText, rawBytes: optionalText, keyDetails: optional(anything) }),
    ),
    x509CertificateChain: optional(strictObject({ certificates: listOf(Certificate) })),
    certificate: optional(Certificate),
    tlogEntries: optional(listOf(LogEntryForm)),
    timestampVerificationData: optional(
      strictObject({ rfc3161Timestamps: optional(listOf(strictObject({ signedTimestamp: text }))) }),
    ),
  }),
  messageSignature: optional(
    strictObject({
      messageDigest: optional(strictObject({ algorithm: textOrNumber, digest: text })),
      signature: text,
    }),
  ),
  dsseEnvelope: optional(
    strictObject({
      payload: text,
      payloadType: text,
      signatures: listOf(strictObject({ sig: text, keyid: optionalText })),
    }),
  ),
});
type BundleJson = FormOf<typeof BundleForm>;

/**
 * Parses a Sigstore bundle v0.1 to v0.3. Checks form only: nothing is verified.
 *
 * @throws SlsaGateError `json.*`, `limit.*`, `bundle.*`, `dsse.signature-count`, `log.inclusion-missing`
 */
export const parseBundle = (bytes: Uint8Array): ParsedBundle => toBundle(parseJson(bytes, 'bundle'));

/** As {@link parseBundle}, for JSON that was parsed strictly already. */
export function toBundle(value: Json): ParsedBundle {
  const json = withoutNulls(value);
  if (!isJsonObject(json)) refuse('bundle.malformed', 'bundle is not a JSON object');
  const version = typeof json.mediaType === 'string' ? MEDIA_TYPES.get(json.mediaType) : undefined;
  if (version === undefined) {
    refuse('bundle.version', 'unknown bundle media type', { actual: printJson(json.mediaType) });
  }
  const bundle = readForm(BundleForm, json, (fault) => refuseFault(fault, 'bundle'));
  const material = bundle.verificationMaterial;
  const verificationKey = toVerificationKey(material, version);
  const entries = material.tlogEntries ?? [];
  if (entries.length > LIMITS.logEntries) refuse('limit.bundle', 'bundle has too many log entries');
  const timestamps = material.timestampVerificationData?.rfc3161Timestamps ?? [];
  if (timestamps.length > LIMITS.timestamps) refuse('limit.bundle', 'bundle has too many timestamps');
  return {
    version,
    mediaType: bundle.mediaType,
    verificationKey,
    content: toContent(bundle),
    logEntries: entries.map((entry, index) =>
      toLogEntry(entry, version, `verificationMaterial.tlogEntries[${index}]`),
    ),
    timestamps: timestamps.map(({ signedTimestamp }, index) => {
      const path = `verificationMaterial.timestampVerificationData.rfc3161Timestamps[${index}].signedTimestamp`;
      return parseBase64(signedTimestamp, path, LIMITS.timestampBytes);
    }),
    json: material.publicKey === undefined ? json : withoutIgnoredFields(json, material.publicKey.hint),
  };
}

function toVerificationKey(
  material: BundleJson['verificationMaterial'],
  version: BundleVersion,
): ParsedBundle['verificationKey'] {
  const { publicKey, x509CertificateChain, certificate } = material;
  const present = [publicKey, x509CertificateChain, certificate].filter((choice) => choice !== undefined);
  if (present.length !== 1) {
    refuse('bundle.oneof', 'bundle has not exactly one of public key, certificate and certificate chain', {
      path: 'verificationMaterial',
    });
  }
  if (publicKey !== undefined) return { kind: 'public-key', hint: publicKey.hint ?? '' };
  if ((version === '0.3') === (certificate === undefined)) {
    refuse('bundle.version-downgrade', 'certificate is not in the form of the bundle version', {
      path: 'verificationMaterial',
      expected: version === '0.3' ? 'certificate' : 'x509CertificateChain',
      actual: version === '0.3' ? 'x509CertificateChain' : 'certificate',
    });
  }
  const list = certificate === undefined ? (x509CertificateChain?.certificates ?? []) : [certificate];
  if (list.length > LIMITS.chainCertificates) refuse('limit.bundle', 'bundle has too many certificates');
  const path = 'verificationMaterial certificate';
  const [leaf, ...others] = list.map(({ rawBytes }) => parseBase64(rawBytes, path, LIMITS.certificateBytes));
  if (leaf === undefined || leaf.length === 0)
    refuse('bundle.malformed', 'bundle has no certificate', { path });
  return { kind: 'certificate', leaf, others };
}

const MESSAGE_DIGESTS: ReadonlyMap<unknown, { name: MessageContent['digestAlgorithm']; length: number }> =
  new Map([
    ['SHA2_256', { name: 'sha256', length: 32 }],
    ['SHA2_384', { name: 'sha384', length: 48 }],
    ['SHA2_512', { name: 'sha512', length: 64 }],
  ]);

function toContent({ dsseEnvelope, messageSignature }: BundleJson): ParsedBundle['content'] {
  if ((dsseEnvelope === undefined) === (messageSignature === undefined)) {
    refuse('bundle.oneof', 'bundle has not exactly one of dsseEnvelope and messageSignature');
  }
  if (dsseEnvelope !== undefined) {
    const [signature, second] = dsseEnvelope.signatures;
    if (signature === undefined || second !== undefined) {
      refuse('dsse.signature-count', 'envelope has not exactly one signature', {
        expected: '1',
        actual: String(dsseEnvelope.signatures.length),
      });
    }
    return {
      kind: 'dsse',
      payload: parseBase64(dsseEnvelope.payload, 'dsseEnvelope.payload', LIMITS.payloadBytes),
      payloadType: dsseEnvelope.payloadType,
      signature: parseSignature(signature.sig, 'dsseEnvelope.signatures[0].sig'),
      keyid: signature.keyid ?? '',
    };
  }
  const { messageDigest, signature } = messageSignature as NonNullable<typeof messageSignature>;
  const digest = messageDigest && parseBase64(messageDigest.digest, 'messageSignature.messageDigest.digest');
  const algorithm = MESSAGE_DIGESTS.get(messageDigest?.algorithm);
  if (digest === undefined || algorithm === undefined) {
    refuse('signature.algorithm', 'message digest is missing or of an algorithm below 256 bits', {
      path: 'messageSignature.messageDigest',
    });
  }
  if (digest.length !== algorithm.length) {
    refuse('bundle.malformed', 'message digest has the wrong length', {
      path: 'messageSignature.messageDigest.digest',
    });
  }
  return {
    kind: 'message-signature',
    digestAlgorithm: algorithm.name,
    digest,
    signature: parseSignature(signature, 'messageSignature.signature'),
  };
}

function parseSignature(encoded: string, path: string): Buffer {
  const signature = parseBase64(encoded, path, LIMITS.signatureBytes);
  if (signature.length === 0) refuse('bundle.malformed', 'signature is empty', { path });
  return signature;
}

function withoutIgnoredFields(json: JsonObject, hint: string | undefined): JsonObject {
  const material = json.verificationMaterial as JsonObject;
  return { ...json, verificationMaterial: { ...material, publicKey: hint === undefined ? {} : { hint } } };
}
