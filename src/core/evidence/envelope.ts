import canonicalize from 'canonicalize';
import type { Code } from '../../codes.ts';
import { attempt, refuse } from '../../errors.ts';
import type { Signer } from '../evidence-ports.ts';
import { LIMITS } from '../limits.ts';
import { isJsonObject, type Json, type JsonObject, parseJson } from '../model/json.ts';
import { preAuthEncoding } from '../verify/envelope.ts';
import { fingerprintOf } from '../verify/key-fingerprint.ts';
import { HASH_OF_KEY, type PublicKey, parsePublicKey, verifySignature } from '../verify/public-key.ts';

export { preAuthEncoding } from '../verify/envelope.ts';

export interface EnvelopeSignature {
  /** `fingerprintOf` the key. */
  readonly keyid: string;
  readonly sig: Uint8Array;
}

/** A DSSE envelope that we wrote ourselves. Nothing is verified. */
export interface OwnEnvelope {
  readonly payloadType: string;
  readonly payload: Buffer;
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
export function parseOwnEnvelope(bytes: Uint8Array, code: Code): OwnEnvelope {
  const parsed = attempt(() => parseJson(bytes, 'envelope', LIMITS.attestationBytes));
  if ('error' in parsed) refuse(code, 'the envelope cannot be read', { cause: parsed.error });
  const { payload, payloadType, signatures } = fieldsOf(parsed.value);
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
 * The payload of an envelope that one of `keys` signed. The keys come from configuration: one that the envelope itself
 * names or brings along counts for nothing.
 *
 * @throws SlsaGateError with the codes of the caller
 */
export function verifyOwnEnvelope(
  bytes: Uint8Array,
  keys: readonly PublicKey[],
  payloadType: string,
  codes: EnvelopeCodes,
): Buffer {
  const envelope = parseOwnEnvelope(bytes, codes.malformed);
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
