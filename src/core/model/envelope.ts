import * as z from 'zod/mini';
import { refuse } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import { parseBase64, parseBase64OrBase64Url } from './base64.ts';
import { isJsonObject, type Json, withoutNulls } from './json.ts';
import { lazy } from './lazy.ts';
import { refuseIssue } from './refuse-fault.ts';

/** A DSSE envelope with exactly one signature and nothing beside it: it can only be checked with a key. */
export interface ParsedEnvelope {
  readonly payload: Buffer;
  readonly payloadType: string;
  readonly signature: Buffer;
  /** Unauthenticated hint; empty when absent. */
  readonly keyid: string;
}

const Envelope = lazy(() =>
  z.strictObject({
    payload: z.string(),
    payloadType: z.string(),
    signatures: z.array(z.strictObject({ sig: z.string(), keyid: z.optional(z.string()) })),
  }),
);

/** Whether JSON has the members of a DSSE envelope; says nothing about their form. */
export const looksLikeEnvelope = (json: Json): boolean =>
  isJsonObject(json) && 'payload' in json && 'payloadType' in json && 'signatures' in json;

/**
 * Parses a DSSE envelope (DSSE v1.0, "envelope"). Nothing is verified.
 *
 * @throws SlsaGateError `bundle.malformed`, `bundle.unknown-field`, `bundle.base64`, `dsse.signature-count`, `limit.bytes`
 */
export function toEnvelope(value: Json): ParsedEnvelope {
  const parsed = Envelope().safeParse(withoutNulls(value));
  if (!parsed.success) refuseIssue(parsed.error.issues[0], 'envelope');
  const [signature, second] = parsed.data.signatures;
  if (signature === undefined || second !== undefined) {
    refuse('dsse.signature-count', 'envelope has not exactly one signature', {
      expected: '1',
      actual: String(parsed.data.signatures.length),
    });
  }
  const payload = parseBase64(parsed.data.payload, 'payload', LIMITS.payloadBytes);
  const bytes = parseBase64OrBase64Url(signature.sig, 'signatures[0].sig', LIMITS.signatureBytes);
  if (bytes.length === 0) refuse('bundle.malformed', 'signature is empty', { path: 'signatures[0].sig' });
  return { payload, payloadType: parsed.data.payloadType, signature: bytes, keyid: signature.keyid ?? '' };
}
