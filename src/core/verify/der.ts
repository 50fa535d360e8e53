import type { Code } from '../../codes.ts';
import { refuse } from '../../errors.ts';

/**
 * Reader over the structure of DER (X.690): definite lengths in their shortest form, nothing past the end. It copies
 * nothing; cryptography is left to node:crypto.
 */
export interface DerElement {
  readonly bytes: Buffer;
  /** Identifier octet; multi-byte tags are refused. */
  readonly tag: number;
  /** Where the identifier octet stands. */
  readonly head: number;
  /** Where the content starts and, exclusive, ends. */
  readonly start: number;
  readonly end: number;
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  context: (n: number): number => 0x80 | n,
  contextConstructed: (n: number): number => 0xa0 | n,
} as const;

/** Reads DER under one code, so that a malformed certificate and a malformed timestamp are told apart. */
export class DerReader {
  readonly #code: Code;
  readonly #what: string;

  constructor(code: Code, what: string) {
    this.#code = code;
    this.#what = what;
  }

  fail(message: string): never {
    refuse(this.#code, `${this.#what}: ${message}`);
  }

  /** The element at `offset`; it must end at or before `limit`. */
  read(bytes: Buffer, offset: number, limit: number): DerElement {
    if (offset + 2 > limit) this.fail('DER is cut short');
    const tag = bytes[offset] as number;
    if ((tag & 0x1f) === 0x1f) this.fail('DER tag has several bytes');
    let length = bytes[offset + 1] as number;
    let start = offset + 2;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 4 || start + count > limit) this.fail('DER length is malformed');
      length = bytes.readUIntBE(start, count);
      if (length < 0x80 || (count > 1 && bytes[start] === 0)) this.fail('DER length is not minimal');
      start += count;
    }
    const end = start + length;
    if (end > limit) this.fail('DER length leads past the end');
    return { bytes, tag, head: offset, start, end };
  }

  /** The one element that fills `bytes`. */
  whole(bytes: Buffer, tag: number): DerElement {
    const element = this.read(bytes, 0, bytes.length);
    if (element.end !== bytes.length) this.fail('bytes follow the DER value');
    return this.expect(element, tag);
  }

  expect(element: DerElement | undefined, tag: number): DerElement {
    if (element === undefined || element.tag !== tag) this.fail(`DER tag 0x${tag.toString(16)} is missing`);
    return element;
  }

  /** All direct children of a constructed element. */
  children(element: DerElement, limit = 4096): DerElement[] {
    const result: DerElement[] = [];
    for (let offset = element.start; offset < element.end; ) {
      const child = this.read(element.bytes, offset, element.end);
      result.push(child);
      if (result.length > limit) this.fail('too many DER elements');
      offset = child.end;
    }
    return result;
  }

  boolean(element: DerElement): boolean {
    this.expect(element, TAG.boolean);
    const value = element.bytes[element.start];
    if (element.end - element.start !== 1 || (value !== 0 && value !== 0xff))
      this.fail('DER boolean is malformed');
    return value === 0xff;
  }

  /** A non-negative integer below 2^31. */
  smallInteger(element: DerElement): number {
    const content = this.integer(element);
    if (content.length > 4 || (content[0] as number) > 0x7f) this.fail('DER integer is out of range');
    return content.readUIntBE(0, content.length);
  }

  /** Content bytes of an integer in its shortest form, sign included. */
  integer(element: DerElement): Buffer {
    this.expect(element, TAG.integer);
    const content = contentOf(element);
    const [first, second] = content;
    if (first === undefined) this.fail('DER integer is empty');
    if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
      this.fail('DER integer is not minimal');
    }
    return content;
  }

  /** Bits of a bit string without unused bits. */
  bitString(element: DerElement): Buffer {
    this.expect(element, TAG.bitString);
    if (element.end - element.start < 1 || element.bytes[element.start] !== 0)
      this.fail('DER bit string has unused bits');
    return element.bytes.subarray(element.start + 1, element.end);
  }

  /** Object identifier as its content bytes in latin1, the key of our tables. */
  oid(element: DerElement): string {
    this.expect(element, TAG.oid);
    if (element.start === element.end) this.fail('DER object identifier is empty');
    return element.bytes.toString('latin1', element.start, element.end);
  }

  /** UTCTime or GeneralizedTime in the form that X.509 demands: seconds, no fraction, `Z`. Milliseconds since 1970. */
  time(element: DerElement): number {
    const { bytes, start, end } = element;
    const yearDigits = element.tag === TAG.utcTime ? 2 : 4;
    if (element.tag !== TAG.utcTime && element.tag !== TAG.generalizedTime)
      this.fail('DER time is malformed');
    if (end - start !== yearDigits + 11 || bytes[end - 1] !== 0x5a) this.fail('DER time is malformed');
    const year = this.#digits(bytes, start, yearDigits);
    const century = yearDigits === 4 ? 0 : year < 50 ? 2000 : 1900;
    const part = (index: number): number => this.#digits(bytes, start + yearDigits + 2 * index, 2);
    return this.#instant(century + year, part(0), part(1), part(2), part(3), part(4));
  }

  #digits(bytes: Buffer, offset: number, count: number): number {
    let value = 0;
    for (let index = offset; index < offset + count; index++) {
      const digit = (bytes[index] as number) - 0x30;
      if (digit < 0 || digit > 9) this.fail('DER time is malformed');
      value = value * 10 + digit;
    }
    return value;
  }

  #instant(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
    const instant = Date.UTC(year, month - 1, day, hour, minute, second);
    const date = new Date(instant);
    const exact =
      date.getUTCMonth() === month - 1 &&
      date.getUTCDate() === day &&
      date.getUTCHours() === hour &&
      date.getUTCMinutes() === minute &&
      date.getUTCSeconds() === second;
    if (!exact) this.fail('DER time names no instant');
    return instant;
  }
}

export const contentOf = (element: DerElement): Buffer => element.bytes.subarray(element.start, element.end);

/** Identifier, length and content. */
export const encodingOf = (element: DerElement): Buffer => element.bytes.subarray(element.head, element.end);

/**
 * Identifier and length for a content of up to 65535 bytes; the only DER we write is the certificate without its SCT
 * list (RFC 6962 section 3.2).
 */
export const derHeader = (tag: number, length: number): Buffer =>
  length < 0x80
    ? Buffer.from([tag, length])
    : length < 0x100
      ? Buffer.from([tag, 0x81, length])
      : Buffer.from([tag, 0x82, length >> 8, length & 0xff]);

/** Encodes a dotted object identifier to the key of our tables (see {@link DerReader.oid}). */
export function oidKey(dotted: string): string {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes: number[] = [first * 40 + second];
  for (let arc of rest) {
    const groups = [arc & 0x7f];
    while (arc >= 0x80) {
      arc = Math.floor(arc / 0x80);
      groups.unshift((arc & 0x7f) | 0x80);
    }
    bytes.push(...groups);
  }
  return Buffer.from(bytes).toString('latin1');
}
