import type * as z from 'zod/mini';
import { refuse } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import { parseBase64 } from './base64.ts';
import {
  accepting,
  anything,
  type FormFault,
  type FormOf,
  listOf,
  optional,
  readForm,
  strictObject,
  text,
} from './form.ts';
import { isJsonObject, type Json, type JsonObject, parseJson, withoutNulls } from './json.ts';

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

export interface InclusionProof {
  readonly logIndex: bigint;
  readonly treeSize: bigint | undefined;
  readonly rootHash: Buffer | undefined;
  readonly hashes: readonly Buffer[];
  /** Signed note over the tree head, as text. */
  readonly checkpoint: string;
}

export interface LogEntry {
  /** Hex of the log id. */
  readonly logId: string;
  readonly logIndex: bigint;
  /** What the bundle says; compared with the body. */
  readonly kind: string | undefined;
  readonly version: string | undefined;
  /** Seconds since 1970; undefined where absent or zero, as in entries of Rekor v2. Signed by the SET alone. */
  readonly integratedTimeSeconds: number | undefined;
  readonly signedEntryTimestamp: Buffer | undefined;
  readonly inclusionProof: InclusionProof | undefined;
  readonly body: Buffer;
}

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
const INT64 = /^(?:0|[1-9][0-9]{0,18})$/;
/** Proto JSON writes 64-bit integers as strings; some clients write numbers. */
const int64 = accepting<string | number>((value) =>
  typeof value === 'string' ? INT64.test(value) : Number.isSafeInteger(value) && Number(value) >= 0,
);
const textOrNumber = accepting<string | number>(
  (value) => typeof value === 'string' || typeof value === 'number',
);
const Certificate = strictObject({ rawBytes: text });
const Entry = strictObject({
  logIndex: optional(int64),
  logId: strictObject({ keyId: text }),
  kindVersion: optional(strictObject({ kind: text, version: text })),
  integratedTime: optional(int64),
  inclusionPromise: optional(strictObject({ signedEntryTimestamp: text })),
  inclusionProof: optional(
    strictObject({
      logIndex: optional(int64),
      rootHash: optionalText,
      treeSize: optional(int64),
      hashes: optional(listOf(text)),
      checkpoint: optional(strictObject({ envelope: text })),
    }),
  ),
  canonicalizedBody: text,
});
const BundleForm = strictObject({
  mediaType: text,
  verificationMaterial: strictObject({
    publicKey: optional(
      strictObject({ hint: optionalText, rawBytes: optionalText, keyDetails: optional(anything) }),
    ),
    x509CertificateChain: optional(strictObject({ certificates: listOf(Certificate) })),
    certificate: optional(Certificate),
    tlogEntries: optional(listOf(Entry)),
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
type EntryJson = FormOf<typeof Entry>;

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
    refuse('bundle.version', 'unknown bundle media type', { actual: String(json.mediaType ?? 'none') });
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
      return capped(parseBase64(signedTimestamp, path), LIMITS.timestampBytes, path);
    }),
    json: material.publicKey === undefined ? json : withoutIgnoredFields(json, material.publicKey.hint),
  };
}

/** Turns the first fault of a schema into our error; unknown fields have a code of their own. */
export function refuseIssue(issue: z.core.$ZodIssue | undefined, what: string): never {
  const path = (issue?.path ?? [])
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('');
  refuseFault(issue?.code === 'unrecognized_keys' ? { path, unknownFields: issue.keys } : { path }, what);
}

/** As {@link refuseIssue}, for the fault of a form. */
function refuseFault(fault: FormFault, what: string): never {
  const path = fault.path.slice(1) || what;
  if (fault.unknownFields !== undefined) {
    const actual = fault.unknownFields.join(', ');
    refuse('bundle.unknown-field', `${what} has an unknown field`, { path, actual });
  }
  refuse('bundle.malformed', `${what} has a missing or malformed field`, { path });
}

function capped(bytes: Buffer, maxBytes: number, path: string): Buffer {
  if (bytes.length > maxBytes) refuse('limit.bytes', `larger than ${maxBytes} bytes`, { path });
  return bytes;
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
  const [leaf, ...others] = list.map(({ rawBytes }) =>
    capped(parseBase64(rawBytes, path), LIMITS.certificateBytes, path),
  );
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
      payload: capped(
        parseBase64(dsseEnvelope.payload, 'dsseEnvelope.payload'),
        LIMITS.payloadBytes,
        'dsseEnvelope.payload',
      ),
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
  const signature = capped(parseBase64(encoded, path), LIMITS.signatureBytes, path);
  if (signature.length === 0) refuse('bundle.malformed', 'signature is empty', { path });
  return signature;
}

/** Entry kinds that only Rekor v2 makes; bundles v0.1 are older than it. */
const isLaterKind = (entry: EntryJson): boolean =>
  entry.kindVersion?.version === '0.0.2' && entry.kindVersion.kind !== 'intoto';

/** The last instant that a Date can hold. */
const MAX_INSTANT_MS = 8.64e15;

function toLogEntry(entry: EntryJson, version: BundleVersion, path: string): LogEntry {
  const { inclusionProof: proof, inclusionPromise: promise } = entry;
  if (version === '0.1' && isLaterKind(entry)) {
    refuse('bundle.version-downgrade', 'log entry is newer than the bundle version', { path });
  }
  if (version !== '0.1' && proof?.checkpoint === undefined) {
    refuse(
      'log.inclusion-missing',
      `bundle v${version} has a log entry without inclusion proof and checkpoint`,
      { path },
    );
  }
  const integratedTime = Number(entry.integratedTime ?? 0);
  if (integratedTime * 1000 > MAX_INSTANT_MS)
    refuse('bundle.malformed', 'integrated time is out of range', { path });
  return {
    logId: parseBase64(entry.logId.keyId, `${path}.logId.keyId`).toString('hex'),
    logIndex: BigInt(entry.logIndex ?? 0),
    kind: entry.kindVersion?.kind,
    version: entry.kindVersion?.version,
    integratedTimeSeconds: integratedTime === 0 ? undefined : integratedTime,
    signedEntryTimestamp: promise && parseBase64(promise.signedEntryTimestamp, `${path}.inclusionPromise`),
    inclusionProof: proof && toInclusionProof(proof, `${path}.inclusionProof`),
    body: capped(
      parseBase64(entry.canonicalizedBody, `${path}.canonicalizedBody`),
      LIMITS.logEntryBytes,
      path,
    ),
  };
}

const HASH_BYTES = 32;

function toInclusionProof(proof: NonNullable<EntryJson['inclusionProof']>, path: string): InclusionProof {
  if (proof.checkpoint === undefined) {
    refuse('log.inclusion-missing', 'inclusion proof has no checkpoint', { path });
  }
  const hashes = proof.hashes ?? [];
  if (hashes.length > LIMITS.proofHashes)
    refuse('limit.bundle', 'inclusion proof has too many hashes', { path });
  if (proof.checkpoint.envelope.length > LIMITS.checkpointBytes)
    refuse('limit.bytes', 'checkpoint is too large', { path });
  return {
    logIndex: BigInt(proof.logIndex ?? 0),
    treeSize: proof.treeSize === undefined ? undefined : BigInt(proof.treeSize),
    rootHash: proof.rootHash === undefined ? undefined : parseHash(proof.rootHash, `${path}.rootHash`),
    hashes: hashes.map((hash, index) => parseHash(hash, `${path}.hashes[${index}]`)),
    checkpoint: proof.checkpoint.envelope,
  };
}

function parseHash(encoded: string, path: string): Buffer {
  const hash = parseBase64(encoded, path);
  if (hash.length !== HASH_BYTES) refuse('bundle.malformed', 'hash has not 32 bytes', { path });
  return hash;
}

function withoutIgnoredFields(json: JsonObject, hint: string | undefined): JsonObject {
  const material = json.verificationMaterial as JsonObject;
  return { ...json, verificationMaterial: { ...material, publicKey: hint === undefined ? {} : { hint } } };
}
