import type { Random } from './random.ts';

/** Texts that have broken parsers: empty, controls, look-alikes, prototypes, paths, percent signs, numbers at edges. */
const TEXTS = [
  '',
  ' ',
  '\u0000',
  '\n',
  '\r\n',
  '\t',
  '\u001b[2K\r',
  '\u00e9',
  '\u202e',
  '\u200b',
  '\ufeff',
  '\ud800',
  '\u{1f600}',
  '__proto__',
  'constructor',
  'toString',
  '../',
  '..',
  '.git',
  '//',
  '/',
  '\\',
  '@',
  ':',
  '?',
  '#',
  '%2f',
  '%',
  '&',
  '"',
  "'",
  '<',
  '`',
  '|',
  '$',
  '{}',
  '[]',
  'null',
  'true',
  '0',
  '-1',
  '00',
  '1e3',
  '9007199254740993',
  '18446744073709551616',
  'refs/heads/',
  'refs/tags/v1.2.3',
  'sha256',
  '=',
  '==',
  '::',
  ']]>',
] as const;

/** Changes one to some places of a text. */
export function mutateText(text: string, random: Random): string {
  let result = text;
  for (let times = 1 + random.below(3); times > 0; times--) {
    const at = random.below(result.length + 1);
    const end = Math.min(result.length, at + 1 + random.below(8));
    const before = result.slice(0, at);
    switch (random.below(7)) {
      case 0:
        result = before + random.pick(TEXTS) + result.slice(at);
        break;
      case 1:
        result = before + result.slice(end);
        break;
      case 2:
        result = before + result.slice(at, end).repeat(1 + random.below(20)) + result.slice(end);
        break;
      case 3:
        result =
          before +
          String.fromCharCode(random.below(random.oneIn(4) ? 0x10000 : 0x100)) +
          result.slice(at + 1);
        break;
      case 4:
        result = before + random.pick(TEXTS) + result.slice(end);
        break;
      case 5:
        result = before + flipCase(result.slice(at, end)) + result.slice(end);
        break;
      default:
        result = random.oneIn(10) ? random.pick(TEXTS) : result.slice(at) + before;
    }
  }
  return result;
}

const flipCase = (text: string): string =>
  text === text.toLowerCase() ? text.toUpperCase() : text.toLowerCase();

const BYTES = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x30, 0x31, 0x02, 0x1f, 0x81, 0x84] as const;

/** Changes one to some places of bytes that have no structure, or whose structure shall break. */
export function mutateBytes(bytes: Uint8Array, random: Random): Buffer {
  let result = Buffer.from(bytes);
  for (let times = random.oneIn(2) ? 1 : 1 + random.below(4); times > 0; times--) {
    const at = random.below(result.length + 1);
    const end = Math.min(result.length, at + 1 + random.below(16));
    const [head, middle, tail] = [result.subarray(0, at), result.subarray(at, end), result.subarray(end)];
    switch (random.below(7)) {
      case 0:
      case 1:
        if (at < result.length) result[at] = (result[at] as number) ^ (1 << random.below(8));
        break;
      case 2:
        if (at < result.length) result[at] = random.pick(BYTES);
        break;
      case 3:
        result = Buffer.concat([head, tail]);
        break;
      case 4:
        result = Buffer.concat([head, middle, middle, tail]);
        break;
      case 5:
        result = Buffer.concat([head, random.bytes(1 + random.below(8)), middle, tail]);
        break;
      default:
        result = Buffer.from(
          random.oneIn(4) ? head : Buffer.concat([head, random.bytes(middle.length), tail]),
        );
    }
  }
  return result;
}

/** Swaps in a piece of another input. */
export function splice(bytes: Uint8Array, other: Uint8Array, random: Random): Buffer {
  const from = random.below(other.length + 1);
  const piece = other.subarray(from, from + 1 + random.below(other.length));
  const at = random.below(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + random.below(piece.length + 1))]);
}
