import { isAscii, isUtf8 } from 'node:buffer';
import { refuse } from '../../errors.ts';
import { LIMITS } from '../limits.ts';

/** A JSON value; an object has no prototype that matters and no key twice. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * A value as a finding shows it: text as it is, nothing as `none`, everything else as JSON. `String` would call what a
 * hostile object names `toString`.
 */
export const printJson = (value: Json | undefined): string =>
  typeof value === 'string' ? value : value === undefined ? 'none' : JSON.stringify(value);

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * JSON.parse made strict: bytes are capped, valid UTF-8, without a byte order mark; no text has half a character, no object has a key twice or a key
 * that reaches into prototypes; nesting is bounded before the parser sees it.
 *
 * @throws SlsaGateError `limit.bytes`, `json.malformed`, `limit.depth`, `json.duplicate-key`, `json.forbidden-key`
 */
export const parseJson = (
  bytes: Uint8Array,
  what: string,
  maxBytes: number = LIMITS.attestationBytes,
): Json => parseJsonText(decode(bytes, what, maxBytes), what);

function decode(bytes: Uint8Array, what: string, maxBytes: number): string {
  if (bytes.length > maxBytes) refuse('limit.bytes', `${what} is larger than ${maxBytes} bytes`);
  if (!isUtf8(bytes)) refuse('json.malformed', `${what} is not UTF-8`);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return buffer.toString(isAscii(bytes) ? 'latin1' : 'utf8');
}

/** As {@link parseJson}, for text whose bytes were already capped and checked. */
export function parseJsonText(text: string, what: string): Json {
  const members = countMembers(text, what);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (cause) {
    refuse('json.malformed', `${what} is not JSON`, { cause });
  }
  if (SURROGATE_ESCAPE.test(text)) assertWellFormed(value, what);
  // Every member of the text is still there after parsing, unless two of one object shared a key.
  if (countKeys(value, what) !== members) {
    refuse('json.duplicate-key', `${what} has an object with the same key twice`);
  }
  return value;
}

const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/** Half a character, which an escape can write and UTF-8 cannot: it has no canonical form, so no record could hold it. */
function assertWellFormed(value: Json, what: string): void {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) refuse('json.malformed', `${what} has half a character`);
  } else if (Array.isArray(value)) {
    for (const item of value) assertWellFormed(item as Json, what);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      assertWellFormed(key, what);
      assertWellFormed(member, what);
    }
  }
}

/** Members of all objects of the text, read off its structural colons; bounds depth on the way. */
function countMembers(text: string, what: string): number {
  let members = 0;
  let depth = 0;
  const length = text.length;
  for (let i = 0; i < length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: // a string: jump to its closing quote
        i = endOfString(text, i);
        break;
      case 0x3a:
        members++;
        break;
      case 0x7b:
      case 0x5b:
        if (++depth > LIMITS.jsonDepth)
          refuse('limit.depth', `${what} is nested deeper than ${LIMITS.jsonDepth}`);
        break;
      case 0x7d:
      case 0x5d:
        depth--;
        break;
    }
  }
  return members;
}

/** Index of the quote that closes the string which opens at `start`; the end of the text when none does. */
function endOfString(text: string, start: number): number {
  for (let from = start + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote === -1) return text.length;
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return quote;
    from = quote + 1;
  }
}

function countKeys(value: Json, what: string): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') count += countKeys(item as Json, what);
    return count;
  }
  const object = value as JsonObject;
  for (const key in object) {
    if (FORBIDDEN_KEYS.has(key)) refuse('json.forbidden-key', `${what} has a forbidden key`, { actual: key });
    count++;
    const member = object[key];
    if (typeof member === 'object' && member !== null) count += countKeys(member, what);
  }
  return count;
}

/**
 * As {@link parseJson}, or undefined where the bytes are not the canonical form (RFC 8785) of what they parse to: sorted
 * keys, no white space, one spelling of strings and numbers.
 *
 * @throws SlsaGateError as {@link parseJson}
 */
export function parseCanonicalJson(bytes: Uint8Array, what: string): Json | undefined {
  const text = decode(bytes, what, LIMITS.attestationBytes);
  const value = parseJsonText(text, what);
  return JSON.stringify(value) === text && hasSortedKeys(value) ? value : undefined;
}

function hasSortedKeys(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every((item) => hasSortedKeys(item as Json));
  const object = value as JsonObject;
  let previous = '';
  for (const key in object) {
    if (key < previous || !hasSortedKeys(object[key] as Json)) return false;
    previous = key;
  }
  return true;
}

/** Absent and null are the same in proto JSON: members that are null disappear, at every depth. */
export const withoutNulls = (value: Json): Json => (hasNullMember(value) ? copyWithoutNulls(value) : value);

function hasNullMember(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some((item) => hasNullMember(item as Json));
  const object = value as JsonObject;
  for (const key in object) if (object[key] === null || hasNullMember(object[key] as Json)) return true;
  return false;
}

function copyWithoutNulls(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => copyWithoutNulls(item as Json));
  const result: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member !== null) result[key] = copyWithoutNulls(member);
  }
  return result;
}
