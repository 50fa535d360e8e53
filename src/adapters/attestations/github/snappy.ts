import { uncompress } from 'snappyjs';
import { refuse } from '../../../errors.ts';

/**
 * Decodes one raw Snappy block (format_description.txt of Snappy). Its length stands in front and is believed by nobody:
 * it is bounded, and compared with what the pieces add up to, before anything is allocated. So no reader sees more or
 * less of it than another, and no piece reaches outside.
 *
 * @throws SlsaGateError `limit.decompressed`, `source.bundle-undecodable`
 */
export function decodeSnappy(block: Uint8Array, maxBytes: number): Uint8Array {
  const { length, start } = readLength(block);
  if (length > maxBytes) {
    refuse('limit.decompressed', `an attestation says that it is larger than ${maxBytes} bytes`, {
      actual: `${length} bytes`,
    });
  }
  if (addUp(block, start) !== length) undecodable();
  try {
    return uncompress(block, maxBytes);
  } catch {
    return undecodable(); // A copy of what is not there yet.
  }
}

const undecodable = (): never =>
  refuse('source.bundle-undecodable', 'an attestation is no Snappy block that can be decoded');

/** Unsigned, seven bits a byte, the lowest first. */
function readLength(block: Uint8Array): { readonly length: number; readonly start: number } {
  let length = 0;
  for (let index = 0; index < Math.min(5, block.length); index++) {
    const byte = block[index] ?? 0;
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return length > 0xffff_ffff ? undecodable() : { length, start: index + 1 };
  }
  return undecodable();
}

/** Bytes that literals and copies make together. */
function addUp(block: Uint8Array, start: number): number {
  let made = 0;
  let position = start;
  while (position < block.length) {
    const tag = block[position++] ?? 0;
    const kind = tag & 3;
    if (kind === 0) {
      let length = tag >>> 2;
      if (length >= 60) {
        const bytes = length - 59;
        if (position + bytes > block.length) undecodable();
        length = 0;
        for (let index = bytes - 1; index >= 0; index--)
          length = length * 256 + (block[position + index] ?? 0);
        position += bytes;
      }
      position += length + 1;
      made += length + 1;
    } else {
      position += kind === 3 ? 4 : kind;
      made += kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    }
    if (position > block.length) undecodable();
  }
  return made;
}
