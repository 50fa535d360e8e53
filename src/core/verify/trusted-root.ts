import { createHash, createPublicKey } from 'node:crypto';
import { CODES } from '../../codes.ts';
import { refuse, SlsaGateError } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import { parseBase64 } from '../model/base64.ts';
import { type FormOf, listOf, literal, optional, readForm, strictObject, text } from '../model/form.ts';
import { type Json, type JsonObject, parseJson, withoutNulls } from '../model/json.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { CertificateAuthority } from './certificate-authority.ts';
import { type PublicKey, parsePublicKey } from './public-key.ts';
import { type Thresholds, thresholdsOf } from './thresholds.ts';

/** Both ends inclusive, milliseconds since 1970. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

export const isWithin = (window: Window, timeMs: number): boolean =>
  timeMs >= window.start && timeMs <= window.end;

/** A transparency log or certificate log: its key, the window in which the key may sign, and its ids. */
export interface Log {
  /** Hex of the log id that entries and SCTs name. */
  readonly id: string;
  /** First four bytes of the log id, which signed notes name. */
  readonly noteKeyId: Buffer;
  /** Host, port and path of the base URL: the name under which the log signs notes. */
  readonly name: string;
  /** The same without the port: a log at a port of its own may leave it out. */
  readonly portlessName: string;
  /** Base URL, without a slash at its end. */
  readonly url: string;
  readonly key: PublicKey;
  readonly window: Window;
}

/** A trusted root, parsed once and used for many bundles. Nothing about its origin is verified here. */
export interface TrustedRoot {
  readonly name: string;
  /** `sha256:<hex>` of the bytes. */
  readonly digest: string;
  readonly authorities: readonly CertificateAuthority[];
  readonly timestampAuthorities: readonly CertificateAuthority[];
  readonly logs: ReadonlyMap<string, Log>;
  readonly certificateLogs: ReadonlyMap<string, Log>;
  readonly thresholds: Thresholds;
  /** The root as JSON, without nulls, for the second verifier. */
  readonly json: JsonObject;
}

const MEDIA_TYPES = new Set([
  'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  'application/vnd.dev.sigstore.trustedroot.v0.1+json',
  'application/vnd.dev.sigstore.trustedroot.v0.2+json',
]);

const ValidityForm = optional(strictObject({ start: optional(text), end: optional(text) }));
const LogForm = strictObject({
  baseUrl: text,
  hashAlgorithm: literal('SHA2_256'),
  publicKey: strictObject({ rawBytes: text, keyDetails: text, validFor: ValidityForm }),
  logId: strictObject({ keyId: text }),
  checkpointKeyId: optional(strictObject({ keyId: text })),
  operator: optional(text),
});
const AuthorityForm = strictObject({
  subject: optional(strictObject({ organization: optional(text), commonName: optional(text) })),
  uri: optional(text),
  certChain: strictObject({ certificates: listOf(strictObject({ rawBytes: text })) }),
  validFor: ValidityForm,
  operator: optional(text),
});
const RootForm = strictObject({
  mediaType: text,
  tlogs: optional(listOf(LogForm)),
  certificateAuthorities: optional(listOf(AuthorityForm)),
  ctlogs: optional(listOf(LogForm)),
  timestampAuthorities: optional(listOf(AuthorityForm)),
});

/** RFC 3339 with `Z`. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;

function parseInstant(text: string, path: string): number {
  const instant = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  // Date.parse takes 30 February for 2 March.
  if (Number.isNaN(instant) || !new Date(instant).toISOString().startsWith(text.slice(0, 19)))
    refuse('trust.validity-malformed', 'trusted root has a malformed time', { path, actual: text });
  return instant;
}

function parseWindow(
  validity: { start?: string | undefined; end?: string | undefined } | undefined,
  path: string,
): Window {
  if (validity?.start === undefined)
    refuse('trust.validity-malformed', 'trusted root has a window without a start', { path });
  const start = parseInstant(validity.start, `${path}.start`);
  const end =
    validity.end === undefined ? Number.POSITIVE_INFINITY : parseInstant(validity.end, `${path}.end`);
  if (end < start) refuse('trust.validity-malformed', 'trusted root has an inverted window', { path });
  return { start, end };
}

function parseLog(log: FormOf<typeof LogForm>, path: string): Log {
  const raw = parseBase64(log.publicKey.rawBytes, `${path}.publicKey.rawBytes`);
  const id = parseBase64(log.logId.keyId, `${path}.logId.keyId`);
  const spki = log.publicKey.keyDetails.startsWith('PKCS1_') ? pkcs1ToSpki(raw, path) : raw;
  const note = log.checkpointKeyId && parseBase64(log.checkpointKeyId.keyId, `${path}.checkpointKeyId.keyId`);
  let url: URL;
  try {
    url = new URL(log.baseUrl.includes('://') ? log.baseUrl : `https://${log.baseUrl}`);
  } catch (cause) {
    refuse('trust.malformed', 'trusted root has a malformed base URL', { path, actual: log.baseUrl, cause });
  }
  const below = url.pathname.replace(/\/$/, '');
  return {
    id: id.toString('hex'),
    noteKeyId: (note ?? id).subarray(0, 4),
    name: `${url.host}${below}`,
    portlessName: `${url.hostname}${below}`,
    url: `${url.protocol}//${url.host}${below}`,
    key: parsePublicKey(spki, 'trust.malformed'),
    window: parseWindow(log.publicKey.validFor, `${path}.publicKey.validFor`),
  };
}

function pkcs1ToSpki(raw: Buffer, path: string): Buffer {
  try {
    return createPublicKey({ key: raw, format: 'der', type: 'pkcs1' }).export({
      type: 'spki',
      format: 'der',
    });
  } catch (cause) {
    refuse('trust.malformed', 'trusted root has a malformed key', { path, cause });
  }
}

function parseLogs(
  logs: readonly FormOf<typeof LogForm>[] | undefined,
  path: string,
): ReadonlyMap<string, Log> {
  const result = new Map<string, Log>();
  for (const [index, log] of (logs ?? []).entries()) {
    const parsed = parseLog(log, `${path}[${index}]`);
    if (result.has(parsed.id))
      refuse('trust.malformed', 'trusted root has two logs with one id', { path: `${path}[${index}]` });
    result.set(parsed.id, parsed);
  }
  return result;
}

/** A renewed authority stands in a root several times, so that most certificates do: each is parsed once. */
type KnownCertificates = Map<string, Certificate>;

function parseKnown(rawBytes: string, path: string, known: KnownCertificates): Certificate {
  const found = known.get(rawBytes);
  if (found !== undefined) return found;
  const certificate = parseCertificate(parseBase64(rawBytes, path), 'trust.malformed');
  known.set(rawBytes, certificate);
  return certificate;
}

function parseAuthorities(
  list: readonly FormOf<typeof AuthorityForm>[] | undefined,
  path: string,
  known: KnownCertificates,
): CertificateAuthority[] {
  return (list ?? []).map((authority, index) => {
    const at = `${path}[${index}]`;
    const chain = authority.certChain.certificates.map(({ rawBytes }, i) =>
      parseKnown(rawBytes, `${at}.certChain.certificates[${i}].rawBytes`, known),
    );
    return new CertificateAuthority(chain, parseWindow(authority.validFor, `${at}.validFor`), at);
  });
}

/**
 * Parses a Sigstore `trusted_root.json`. Every window must have a start (a missing one would trust the key for all the
 * past); thresholds follow from the authorities in it (see thresholds.ts).
 *
 * @throws SlsaGateError `trust.malformed`, `trust.validity-malformed`, `config.forbidden-key`
 */
export function parseTrustedRoot(bytes: Uint8Array, name: string): TrustedRoot {
  try {
    return toTrustedRoot(bytes, name);
  } catch (cause) {
    if (!(cause instanceof SlsaGateError) || CODES[cause.finding].answer === 'usage') throw cause;
    // The file is configuration: a fault in it is the user's to mend, and no verdict about an artifact.
    const { expected, actual, path } = cause;
    refuse(
      cause.finding === 'json.forbidden-key' ? 'config.forbidden-key' : 'trust.malformed',
      `trusted root cannot be used: ${cause.message.replace(` at ${path}`, '')}`,
      {
        ...(expected !== undefined && { expected }),
        ...(actual !== undefined && { actual }),
        ...(path !== undefined && { path }),
        cause,
      },
    );
  }
}

function toTrustedRoot(bytes: Uint8Array, name: string): TrustedRoot {
  const json: Json = withoutNulls(parseJson(bytes, 'trusted root', LIMITS.trustedRootBytes));
  const root = readForm(RootForm, json, ({ path, unknownFields }) =>
    refuse(
      'trust.malformed',
      unknownFields === undefined
        ? 'trusted root has a missing or malformed field'
        : 'trusted root has an unknown field',
      {
        path: path.replace(/^\./, '') || 'trusted root',
        ...(unknownFields === undefined ? {} : { actual: unknownFields.join(', ') }),
      },
    ),
  );
  if (!MEDIA_TYPES.has(root.mediaType)) {
    refuse('trust.malformed', 'trusted root has an unknown media type', { actual: root.mediaType });
  }
  const known: KnownCertificates = new Map();
  const authorities = parseAuthorities(root.certificateAuthorities, 'certificateAuthorities', known);
  return {
    name,
    digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    authorities,
    timestampAuthorities: parseAuthorities(root.timestampAuthorities, 'timestampAuthorities', known),
    logs: parseLogs(root.tlogs, 'tlogs'),
    certificateLogs: parseLogs(root.ctlogs, 'ctlogs'),
    thresholds: thresholdsOf(authorities.map((authority) => authority.anchorDigest)),
    json: json as JsonObject,
  };
}
