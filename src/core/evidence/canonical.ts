import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Sha256Hex } from '../model/evidence.ts';
import type { Json } from '../model/json.ts';

/** Canonical JSON (RFC 8785): one spelling for one value, so that a digest names a meaning. */
export function toCanonicalJson(value: Json): string {
  const text = canonicalize(value);
  // It gives nothing for what is no JSON, which the type above excludes.
  if (text === undefined) throw new TypeError('not JSON');
  return text;
}

export const sha256Hex = (bytes: string | Uint8Array): Sha256Hex => hash('sha256', bytes, 'hex');

export const canonicalDigest = (value: Json): Sha256Hex => sha256Hex(toCanonicalJson(value));
