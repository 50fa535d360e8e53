import * as z from 'zod/mini';
import { refuse } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import { parseBase64 } from './base64.ts';
import { type ParsedBundle, toBundle } from './bundle.ts';
import { isJsonObject, type Json, type JsonObject, parseJson, withoutNulls } from './json.ts';
import { lazy } from './lazy.ts';
import { type LookedUp, NOT_LOOKED_UP, refuseBeside, refuseUnlogged } from './looked-up.ts';
import { parsePemCertificates } from './pem.ts';
import { refuseIssue } from './refuse-fault.ts';

/**
 * The profile `legacy-sigstore` (docs/verification.md): what older clients wrote instead of a bundle is turned into a
 * bundle v0.1, so that the same verification accepts or refuses it. The bytes of the envelope are kept, because its
 * log entries name it by hash.
 */
const MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle+json;version=0.1';

const PREFIX = 'dev.sigstore.cosign/';
const BUNDLE = `${PREFIX}bundle`;
const CERTIFICATE = `${PREFIX}certificate`;
const CHAIN = `${PREFIX}chain`;
const TIMESTAMP = `${PREFIX}rfc3161timestamp`;
const EVIDENCE = new Set([BUNDLE, CERTIFICATE, CHAIN, TIMESTAMP]);
/** Signature of a cosign signature layer; beside an envelope it is empty. */
const SIGNATURE = 'dev.cosignproject.cosign/signature';

const safeInteger = lazy(() => z.number().check(z.int(), z.gte(0), z.lte(Number.MAX_SAFE_INTEGER)));
const CosignBundle = lazy(() =>
  z.strictObject({
    SignedEntryTimestamp: z.string(),
    Payload: z.strictObject({
      /** Base64 of the entry's canonical body. */
      body: z.string(),
      /** Seconds since 1970. */
      integratedTime: safeInteger(),
      logIndex: safeInteger(),
      logID: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
    }),
  }),
);
const CosignTimestamp = lazy(() => z.strictObject({ SignedRFC3161Timestamp: z.string() }));
const EntryKind = lazy(() => z.object({ kind: z.string(), apiVersion: z.string() }));

/** Whether a layer's annotations carry evidence, so that {@link fromCosignLayer} is to read it. */
export const hasCosignEvidence = (annotations: Readonly<Record<string, string>>): boolean =>
  Object.keys(annotations).some((name) => name.startsWith(PREFIX));

/**
 * Turns one layer of a cosign attestation image into a bundle. `envelopeBytes` is the layer (a DSSE envelope with one
 * signature); `annotations` are the layer's:
 *
 * - `dev.sigstore.cosign/certificate`: PEM of the signing certificate; without it a bare key signed
 * - `dev.sigstore.cosign/chain`: PEM of intermediates and root, checked against the trusted chain
 * - `dev.sigstore.cosign/bundle`: `{"SignedEntryTimestamp", "Payload": {"body", "integratedTime", "logIndex", "logID"}}`
 * - `dev.sigstore.cosign/rfc3161timestamp`: `{"SignedRFC3161Timestamp"}`
 *
 * Other annotations are labels and are not read, but for unknown ones of the same prefix: evidence that nobody checks
 * is refused. Nothing is verified.
 *
 * @throws SlsaGateError `json.*`, `limit.*`, `bundle.*`, `dsse.signature-count`, `tlog.kind`; `tlog.lookup-offline`
 * for a certificate with neither log entry nor timestamp, whose time only a search of the log could tell, and
 * `tlog.missing` where that search found nothing
 */
export function fromCosignLayer(
  envelopeBytes: Uint8Array,
  annotations: Readonly<Record<string, string>>,
  lookedUp: LookedUp = NOT_LOOKED_UP,
): ParsedBundle {
  const parsed = toCosignBundle(envelopeBytes, annotations, lookedUp.tlogEntries);
  const { verificationKey, logEntries, timestamps } = parsed;
  if (verificationKey.kind === 'certificate' && logEntries.length === 0 && timestamps.length === 0)
    refuseUnlogged('layer has neither a log entry nor a timestamp', lookedUp);
  return parsed;
}

/** As {@link fromCosignLayer}, also where only a search of the log could tell when it was signed. */
export function toCosignBundle(
  envelopeBytes: Uint8Array,
  annotations: Readonly<Record<string, string>>,
  lookedUp: readonly JsonObject[] = [],
): ParsedBundle {
  for (const name of Object.keys(annotations)) {
    if (name.startsWith(PREFIX) && !EVIDENCE.has(name))
      refuse('bundle.unknown-field', 'layer has an unknown annotation', {
        path: 'annotations',
        actual: name,
      });
  }
  if ((annotation(annotations, SIGNATURE) ?? '') !== '')
    refuse('bundle.malformed', 'layer has a signature beside its envelope', { path: SIGNATURE });
  const certificate = annotation(annotations, CERTIFICATE) ?? '';
  const chain = parsePemCertificates(annotation(annotations, CHAIN) ?? '', CHAIN);
  const bundle = annotation(annotations, BUNDLE);
  const timestamp = annotation(annotations, TIMESTAMP);
  if (certificate === '' && chain.length > 0)
    refuse('bundle.oneof', 'layer has a certificate chain without a certificate', { path: CHAIN });
  const dsseEnvelope = parseEnvelope(envelopeBytes);
  const signer: JsonObject =
    certificate === ''
      ? { publicKey: {} }
      : toCertificateChain([onlyCertificate(certificate, CERTIFICATE), ...chain]);
  if (bundle !== undefined && lookedUp.length > 0) refuseBeside(BUNDLE);
  const tlogEntries = bundle === undefined ? lookedUp : [toTlogEntry(bundle)];
  const rfc3161Timestamps = timestamp === undefined ? [] : [toSignedTimestamp(timestamp)];
  return toLegacyBundle(
    {
      ...signer,
      tlogEntries,
      ...(rfc3161Timestamps.length > 0 && { timestampVerificationData: { rfc3161Timestamps } }),
    },
    dsseEnvelope,
    envelopeBytes,
  );
}

/**
 * Turns a bare DSSE envelope whose signature carries its certificate (`signatures[].cert`, PEM) into a bundle. Its
 * evidence is in the log alone.
 *
 * @throws SlsaGateError `json.*`, `limit.*`, `bundle.*`, `dsse.signature-count`; without an entry `tlog.lookup-offline`,
 * or `tlog.missing` where the log was searched
 */
export function fromEnvelopeWithCertificate(
  envelopeBytes: Uint8Array,
  lookedUp: LookedUp = NOT_LOOKED_UP,
): ParsedBundle {
  const parsed = toCertifiedBundle(envelopeBytes, lookedUp.tlogEntries);
  if (parsed.logEntries.length === 0)
    refuseUnlogged('envelope carries a certificate but no log entry', lookedUp);
  return parsed;
}

/** As {@link fromEnvelopeWithCertificate}, also without an entry. */
export function toCertifiedBundle(
  envelopeBytes: Uint8Array,
  tlogEntries: readonly JsonObject[] = [],
): ParsedBundle {
  const { cert, envelope } = takeCertificate(parseEnvelope(envelopeBytes));
  const path = 'signatures[0].cert';
  const material = { ...toCertificateChain([onlyCertificate(cert, path)]), tlogEntries };
  return toLegacyBundle(material, envelope, envelopeBytes);
}

/** Whether JSON is a DSSE envelope of the form that {@link fromEnvelopeWithCertificate} reads. */
export function isEnvelopeWithCertificate(value: Json): boolean {
  if (!isJsonObject(value) || !Array.isArray(value.signatures)) return false;
  return value.signatures.some((signature) => isJsonObject(signature) && Object.hasOwn(signature, 'cert'));
}

/** Annotations come from JSON objects, so that only own members count. */
const annotation = (annotations: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(annotations, name) ? annotations[name] : undefined;

function parseEnvelope(bytes: Uint8Array): JsonObject {
  const envelope = withoutNulls(parseJson(bytes, 'envelope'));
  if (!isJsonObject(envelope)) refuse('bundle.malformed', 'envelope is not a JSON object');
  return envelope;
}

function toLegacyBundle(
  verificationMaterial: JsonObject,
  dsseEnvelope: JsonObject,
  envelopeBytes: Uint8Array,
): ParsedBundle {
  const parsed = toBundle({ mediaType: MEDIA_TYPE, verificationMaterial, dsseEnvelope });
  if (parsed.content.kind !== 'dsse') refuse('bundle.oneof', 'not an envelope');
  return { ...parsed, content: { ...parsed.content, envelopeBytes: Buffer.from(envelopeBytes) } };
}

/** Takes the certificate out of the one signature; what remains is an envelope of the usual form. */
function takeCertificate(envelope: JsonObject): { readonly cert: string; readonly envelope: JsonObject } {
  const signatures: readonly Json[] = Array.isArray(envelope.signatures) ? envelope.signatures : [];
  if (signatures.length !== 1) {
    refuse('dsse.signature-count', 'envelope has not exactly one signature', {
      expected: '1',
      actual: String(signatures.length),
    });
  }
  const [signature] = signatures;
  if (!isJsonObject(signature) || typeof signature.cert !== 'string')
    refuse('bundle.malformed', 'signature has no certificate', { path: 'signatures[0].cert' });
  const { cert, ...rest } = signature;
  return { cert: signature.cert, envelope: { ...envelope, signatures: [rest] } };
}

function onlyCertificate(pem: string, path: string): Buffer {
  const [certificate, second] = parsePemCertificates(pem, path);
  if (certificate === undefined || second !== undefined)
    refuse('bundle.malformed', 'not exactly one PEM certificate', { path });
  return certificate;
}

const toCertificateChain = (certificates: readonly Buffer[]): JsonObject => ({
  x509CertificateChain: {
    certificates: certificates.map((der) => ({ rawBytes: der.toString('base64') })),
  },
});

function parseAnnotation<T extends z.ZodMiniType>(schema: T, text: string, name: string): z.infer<T> {
  // A character of the annotation is at least one byte; the parser counts exactly.
  const json = parseJson(Buffer.from(text), name, 2 * LIMITS.logEntryBytes);
  const parsed = schema.safeParse(withoutNulls(json));
  if (!parsed.success) refuseIssue(parsed.error.issues[0], name);
  return parsed.data;
}

function toTlogEntry(text: string): JsonObject {
  const { SignedEntryTimestamp, Payload } = parseAnnotation(CosignBundle(), text, BUNDLE);
  const body = parseBase64(Payload.body, `${BUNDLE} Payload.body`);
  const named = EntryKind().safeParse(parseJson(body, 'log entry body', LIMITS.logEntryBytes));
  if (!named.success) refuse('tlog.kind', 'log entry body names no kind', { path: `${BUNDLE} Payload.body` });
  return {
    logIndex: String(Payload.logIndex),
    logId: { keyId: Buffer.from(Payload.logID, 'hex').toString('base64') },
    kindVersion: { kind: named.data.kind, version: named.data.apiVersion },
    integratedTime: String(Payload.integratedTime),
    inclusionPromise: { signedEntryTimestamp: SignedEntryTimestamp },
    canonicalizedBody: Payload.body,
  };
}

const toSignedTimestamp = (text: string): JsonObject => ({
  signedTimestamp: parseAnnotation(CosignTimestamp(), text, TIMESTAMP).SignedRFC3161Timestamp,
});
