import { refuse, SlsaGateError } from '../../errors.ts';
import { type DsseContent, type ParsedBundle, toBundle } from '../model/bundle.ts';
import { isJsonObject, type Json, withoutNulls } from '../model/json.ts';
import { type VerifiedBundle, verifyBundle } from '../verify/verify-bundle.ts';
import { toCanonicalJson } from './canonical.ts';
import type { EnvelopeCodes, OwnPayload } from './envelope.ts';
import { printIdentity, type RecordIdentity } from './record-authority.ts';

/** The one form in which we write bundles. */
const MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** How far the clocks of logs and timestamp authorities may be ahead of ours. */
const MAX_SKEW_MS = 60_000;

/** Whether JSON wants to be a Sigstore bundle; an envelope has no such member. */
export const looksLikeBundle = (json: Json): boolean => isJsonObject(json) && 'mediaType' in json;

/** A bundle as canonical JSON (RFC 8785): the same bundle is the same bytes everywhere. */
export const encodeOwnBundle = (bundle: Json): Buffer => Buffer.from(toCanonicalJson(withoutNulls(bundle)));

type OwnBundle = ParsedBundle & { readonly content: DsseContent };

/**
 * Reads a bundle that we wrote: exactly the bytes that {@link encodeOwnBundle} gives, of our one form.
 *
 * @throws SlsaGateError with `code`
 */
function parseOwnBundle(json: Json, bytes: Uint8Array, code: EnvelopeCodes['malformed']): OwnBundle {
  if (!encodeOwnBundle(json).equals(bytes)) refuse(code, 'the bundle is not in canonical form');
  let bundle: ParsedBundle;
  try {
    bundle = toBundle(json);
  } catch (cause) {
    if (!(cause instanceof SlsaGateError)) throw cause;
    return refuse(code, `the bundle cannot be read: ${cause.message}`, { cause });
  }
  const { content, mediaType, verificationKey } = bundle;
  if (mediaType !== MEDIA_TYPE || content.kind !== 'dsse' || verificationKey.kind !== 'certificate')
    return refuse(code, 'the bundle is not one of an envelope and a certificate (v0.3)');
  return { ...bundle, content };
}

/** What a bundle says, unverified. @throws SlsaGateError with `code` */
export const readOwnBundle = (json: Json, bytes: Uint8Array, code: EnvelopeCodes['malformed']): OwnPayload =>
  parseOwnBundle(json, bytes, code).content;

/**
 * The payload of a bundle that one of the identities signed, at the time that its log or a timestamp authority gives.
 * Identities and roots come from configuration: a certificate that the bundle brings along counts for nothing by itself.
 *
 * @throws SlsaGateError with the codes of the caller; `clock.skew` where it was signed after our now
 */
export function verifyOwnBundle(
  json: Json,
  bytes: Uint8Array,
  identities: readonly RecordIdentity[],
  payloadType: string,
  codes: EnvelopeCodes,
): Buffer {
  const bundle = parseOwnBundle(json, bytes, codes.malformed);
  if (bundle.content.payloadType !== payloadType) {
    refuse(codes.malformed, 'the bundle holds something else', {
      expected: payloadType,
      actual: bundle.content.payloadType,
    });
  }
  const [first] = identities;
  if (first === undefined) {
    refuse(codes.signature, 'signed by an identity, of which none is configured', {
      expected: 'an envelope that a configured key signed',
    });
  }
  const { signer, root } = verify(bundle, identities, first.now().getTime() + MAX_SKEW_MS, codes);
  if (signer.kind !== 'certificate') return refuse(codes.signature, 'the bundle is signed by a bare key');
  const found = { subject: signer.subject.value, issuer: signer.claims.issuer ?? 'none' };
  const isExpected = (identity: RecordIdentity): boolean =>
    identity.subject === found.subject &&
    identity.issuer === found.issuer &&
    identity.root.digest === root?.digest;
  if (!identities.some(isExpected)) {
    refuse(codes.signature, 'signed by another identity than the configured ones', {
      expected: identities.map(printIdentity).join('; '),
      actual: printIdentity(found),
    });
  }
  return bundle.content.payload;
}

function verify(
  bundle: ParsedBundle,
  identities: readonly RecordIdentity[],
  nowMs: number,
  codes: EnvelopeCodes,
): VerifiedBundle {
  const roots = [...new Map(identities.map(({ root }) => [root.digest, root])).values()];
  try {
    return verifyBundle({
      bundle,
      trust: { roots, keys: [] },
      artifact: undefined,
      thresholds: {},
      nowMs,
      // Of message signatures alone.
      verifyPrehash: () => false,
    });
  } catch (cause) {
    if (!(cause instanceof SlsaGateError)) throw cause;
    const { expected, actual, message, finding } = cause;
    const found = {
      ...(expected === undefined ? {} : { expected }),
      ...(actual === undefined ? {} : { actual }),
      cause,
    };
    // A witness that is trusted says that it is later than our clock does.
    if (finding === 'clock.skew' || finding === 'time.future')
      return refuse('clock.skew', `the clock of this machine is behind: ${message}`, found);
    return refuse(codes.signature, `the bundle does not verify (${finding}): ${message}`, found);
  }
}
