import canonicalize from 'canonicalize';
import type { Code } from '../../codes.ts';
import { attempt, refuse } from '../../errors.ts';
import type { Signer } from '../evidence-ports.ts';
import { LIMITS } from '../limits.ts';
import { isJsonObject, type Json, type JsonObject, parseJson } from '../model/json.ts';
import { preAuthEncoding } from '../verify/envelope.ts';
import { fingerprintOf } from '../verify/key-fingerprint.ts';
import { HASH_OF_KEY, parsePublicKey, verifySignature } from '../verify/public-key.ts';
import { isIdentity, isKey, type RecordAuthority } from './record-authority.ts';
import { looksLikeBundle, readOwnBundle, verifyOwnBundle } from './record-bundle.ts';

export { preAuthEncoding } from '../verify/envelope.ts';

export interface EnvelopeSignature {
  /** `fingerprintOf` the key. */
  readonly keyid: string;
  readonly sig: Uint8Array;
}

/** What is signed. */
export interface OwnPayload {
  readonly payloadType: string;
  readonly payload: Buffer;
}

/** A DSSE envelope that we wrote ourselves. Nothing is verified. */
export interface OwnEnvelope extends OwnPayload {
  readonly keyid: string;
  readonly signature: Buffer;
}

/** What an envelope is refused with; the caller knows whose it is. */
export interface EnvelopeCodes {
  readonly malformed: Code;
  readonly signature: Code;
}

/** A DSSE envelope with one signature, as canonical JSON (RFC 8785): the same envelope is the same bytes everywhere. */
export function encodeEnvelope(
  payloadType: string,
  payload: Uint8Array,
  [{ keyid, sig }]: readonly [EnvelopeSignature],
): Buffer {
  const text = canonicalize({
    payload: toBase64(payload),
    payloadType,
    signatures: [{ keyid, sig: toBase64(sig) }],
  });
  return Buffer.from(text as string);
}

/**
 * Signs a payload and wraps it.
 *
 * @throws SlsaGateError `signer.failed`
 */
export async function signEnvelope(
  payloadType: string,
  payload: Uint8Array,
  signer: Signer,
): Promise<Buffer> {
  const keyid = fingerprintOf(parsePublicKey(signer.publicKey, 'signer.key'));
  const sig = await signer.sign(preAuthEncoding(payloadType, Buffer.from(payload)));
  return encodeEnvelope(payloadType, payload, [{ keyid, sig }]);
}

/**
 * Reads an envelope that we wrote: exactly the bytes that {@link encodeEnvelope} gives, so that no second spelling has the
 * same signature under another digest.
 *
 * @throws SlsaGateError with `code`
 */
export const parseOwnEnvelope = (bytes: Uint8Array, code: Code): OwnEnvelope =>
  toOwnEnvelope(parseSigned(bytes, code), bytes, code);

function parseSigned(bytes: Uint8Array, code: Code): Json {
  const parsed = attempt(() => parseJson(bytes, 'envelope', LIMITS.attestationBytes));
  if ('error' in parsed) refuse(code, 'the envelope cannot be read', { cause: parsed.error });
  return parsed.value;
}

function toOwnEnvelope(json: Json, bytes: Uint8Array, code: Code): OwnEnvelope {
  const { payload, payloadType, signatures } = fieldsOf(json);
  if (!Array.isArray(signatures)) refuse(code, 'the envelope has no list of signatures');
  if (signatures.length !== 1) {
    refuse(code, 'the envelope has not exactly one signature', {
      expected: '1',
      actual: String(signatures.length),
    });
  }
  const { keyid, sig } = fieldsOf(signatures[0]);
  if ([payload, payloadType, keyid, sig].some((field) => typeof field !== 'string' || field === ''))
    refuse(code, 'the envelope has a missing or malformed field');
  const envelope = {
    payloadType: String(payloadType),
    payload: Buffer.from(String(payload), 'base64'),
    keyid: String(keyid),
    signature: Buffer.from(String(sig), 'base64'),
  };
  const { signature } = envelope;
  const own = encodeEnvelope(envelope.payloadType, envelope.payload, [
    { keyid: envelope.keyid, sig: signature },
  ]);
  if (!own.equals(bytes)) refuse(code, 'the envelope is not in canonical form, or has fields beside its own');
  if (envelope.payload.length > LIMITS.payloadBytes || signature.length > LIMITS.signatureBytes)
    refuse(code, 'the envelope is too large');
  return envelope;
}

/**
 * What an envelope of ours, or a bundle with one, says. Nothing is verified.
 *
 * @throws SlsaGateError with `code`
 */
export function readOwnPayload(bytes: Uint8Array, code: Code): OwnPayload {
  const json = parseSigned(bytes, code);
  return looksLikeBundle(json) ? readOwnBundle(json, bytes, code) : toOwnEnvelope(json, bytes, code);
}

/**
 * The payload that one of the authorities signed: an envelope by a key, a Sigstore bundle by an identity. They come from
 * configuration: a key or certificate that is named or brought along with the signature counts for nothing.
 *
 * @throws SlsaGateError with the codes of the caller; `clock.skew` for a bundle from after our now
 */
export function verifyOwnEnvelope(
  bytes: Uint8Array,
  authorities: readonly RecordAuthority[],
  payloadType: string,
  codes: EnvelopeCodes,
): Buffer {
  const json = parseSigned(bytes, codes.malformed);
  if (looksLikeBundle(json))
    return verifyOwnBundle(json, bytes, authorities.filter(isIdentity), payloadType, codes);
  const keys = authorities.filter(isKey);
  const envelope = toOwnEnvelope(json, bytes, codes.malformed);
  if (envelope.payloadType !== payloadType) {
    refuse(codes.malformed, 'the envelope holds something else', {
      expected: payloadType,
      actual: envelope.payloadType,
    });
  }
  const ids = keys.map(fingerprintOf);
  const key = keys[ids.indexOf(envelope.keyid)];
  if (key === undefined) {
    refuse(codes.signature, 'the envelope is signed by no configured key', {
      expected: ids.join(', ') || 'no key is configured',
      actual: envelope.keyid,
    });
  }
  const signed = preAuthEncoding(envelope.payloadType, envelope.payload);
  if (!verifySignature(key, HASH_OF_KEY[key.kind], signed, envelope.signature)) {
    refuse(codes.signature, 'the signature of the envelope does not verify', { expected: envelope.keyid });
  }
  return envelope.payload;
}

const toBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');

const fieldsOf = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});
