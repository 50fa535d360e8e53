/**
 * A DER writer. It writes what it is told, also what no parser may accept: `raw` and `tlv` put any bytes anywhere.
 */

/** Something that goes into a constructed value: ready DER. */
export type Der = Buffer;

/** Tag, definite length, contents. `tag` is the whole identifier octet (0x30 for SEQUENCE). */
export function tlv(tag: number, contents: Uint8Array): Der {
  return Buffer.concat([Buffer.from([tag]), lengthOctets(contents.length), contents]);
}

function lengthOctets(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Buffer.from([0x80 | octets.length, ...octets]);
}

/** Bytes as they are: hex text or a buffer. */
export function raw(bytes: string | Uint8Array): Der {
  return typeof bytes === 'string' ? Buffer.from(bytes, 'hex') : Buffer.from(bytes);
}

export function sequence(...items: readonly Uint8Array[]): Der {
  return tlv(0x30, Buffer.concat(items));
}

/** SET in the given order: right for a set of one. */
export function set(...items: readonly Uint8Array[]): Der {
  return tlv(0x31, Buffer.concat(items));
}

/** SET OF, ordered by encoding as DER asks. */
export function setOf(...items: readonly Uint8Array[]): Der {
  return tlv(0x31, Buffer.concat([...items].sort(Buffer.compare)));
}

/** INTEGER in the fewest octets, two's complement. A buffer is taken as the content octets, minimal or not. */
export function integer(value: bigint | number | Uint8Array): Der {
  if (value instanceof Uint8Array) return tlv(0x02, value);
  const wanted = BigInt(value);
  let size = 1;
  while (BigInt.asIntN(size * 8, wanted) !== wanted) size += 1;
  const hex = BigInt.asUintN(size * 8, wanted)
    .toString(16)
    .padStart(size * 2, '0');
  return tlv(0x02, Buffer.from(hex, 'hex'));
}

export function boolean(value: boolean): Der {
  return tlv(0x01, Buffer.from([value ? 0xff : 0x00]));
}

export function nullValue(): Der {
  return tlv(0x05, Buffer.alloc(0));
}

/** OBJECT IDENTIFIER from its dotted form; arcs may be of any size. */
export function oid(dotted: string): Der {
  const arcs = dotted.split('.').map((arc) => BigInt(arc));
  const [first = 0n, second = 0n, ...rest] = arcs;
  return tlv(0x06, Buffer.concat([first * 40n + second, ...rest].map(base128)));
}

function base128(arc: bigint): Buffer {
  const octets = [Number(arc & 0x7fn)];
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) octets.unshift(Number(rest & 0x7fn) | 0x80);
  return Buffer.from(octets);
}

export function octetString(contents: Uint8Array): Der {
  return tlv(0x04, contents);
}

export function bitString(contents: Uint8Array, unusedBits = 0): Der {
  return tlv(0x03, Buffer.concat([Buffer.from([unusedBits]), contents]));
}

/** Named bits (KeyUsage): bit 0 is the highest of the first octet; trailing zero bits are dropped. */
export function namedBits(bits: readonly number[]): Der {
  const highest = Math.max(-1, ...bits);
  if (highest < 0) return bitString(Buffer.alloc(0));
  const octets = Buffer.alloc(Math.floor(highest / 8) + 1);
  for (const bit of bits) {
    const index = Math.floor(bit / 8);
    octets[index] = (octets[index] ?? 0) | (0x80 >> (bit % 8));
  }
  return bitString(octets, 7 - (highest % 8));
}

/** ASCII text with the high bit of every octet set: reads as `value` to whoever masks it off. */
export function highBits(value: string): Buffer {
  return Buffer.from(Buffer.from(value, 'latin1').map((octet) => octet | 0x80));
}

/** A string type takes text, or a buffer for octets the type does not allow. */
function text(tag: number, value: string | Uint8Array): Der {
  return tlv(tag, typeof value === 'string' ? Buffer.from(value, 'utf8') : value);
}

export const utf8String = (value: string | Uint8Array): Der => text(0x0c, value);
export const printableString = (value: string | Uint8Array): Der => text(0x13, value);
export const ia5String = (value: string | Uint8Array): Der => text(0x16, value);

/** UTCTime; a string is written as it stands, right or wrong. */
export function utcTime(value: Date | string): Der {
  return text(0x17, typeof value === 'string' ? value : compact(value).slice(2));
}

/** GeneralizedTime; a string is written as it stands, right or wrong. */
export function generalizedTime(value: Date | string): Der {
  return text(0x18, typeof value === 'string' ? value : compact(value));
}

/** X.509 Time (RFC 5280, 4.1.2.5): UTCTime until 2049, GeneralizedTime from 2050. */
export function time(value: Date): Der {
  const year = value.getUTCFullYear();
  return year >= 1950 && year < 2050 ? utcTime(value) : generalizedTime(value);
}

function compact(value: Date): string {
  return `${value.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
}

/** [n] EXPLICIT: wraps whole values. */
export function explicit(tag: number, ...items: readonly Uint8Array[]): Der {
  return tlv(0xa0 | tag, Buffer.concat(items));
}

/** [n] IMPLICIT of a primitive type: bare contents under the context tag. */
export function implicit(tag: number, contents: Uint8Array): Der {
  return tlv(0x80 | tag, contents);
}

/** [n] IMPLICIT of a constructed type. */
export function implicitConstructed(tag: number, contents: Uint8Array): Der {
  return tlv(0xa0 | tag, contents);
}

/** The contents of one TLV, for implicit retagging of something already written. */
export function contentsOf(der: Uint8Array): Buffer {
  const first = der[1] ?? 0;
  const header = first < 0x80 ? 2 : 2 + (first & 0x7f);
  return Buffer.from(der.subarray(header));
}
