import type { Json } from '../../../src/core/model/json.ts';

/** The value as one bit or one digit would change it, in a few places; empty for lists and objects. */
export function alterations(value: Json): readonly Json[] {
  if (typeof value === 'boolean') return [!value];
  if (typeof value === 'number') return [value + 1];
  if (typeof value !== 'string') return [];
  return [...new Set(alteredTexts(value))].filter((text) => text !== value);
}

function alteredTexts(text: string): readonly string[] {
  if (text === '') return ['x'];
  if (/^[0-9]+$/.test(text)) return [otherDigit(text, 0), otherDigit(text, text.length - 1)];
  if (text.includes('\n')) return text.startsWith('-----BEGIN') ? alteredPem(text) : alteredLines(text);
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length > 0 && bytes.toString('base64') === text)
    return places(bytes.length).map((at) => flipped(bytes, at).toString('base64'));
  return places(text.length).map((at) => otherCharacter(text, at));
}

const places = (length: number): readonly number[] => [0, Math.floor(length / 2), length - 1];

/** A lone zero becomes one; no other number starts with zero afterwards. */
function otherDigit(text: string, at: number): string {
  const digit = Number(text[at]);
  const next = digit === 9 ? 8 : digit + 1;
  return `${text.slice(0, at)}${next}${text.slice(at + 1)}`;
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8));
  return copy;
}

const otherCharacter = (text: string, at: number): string =>
  `${text.slice(0, at)}${String.fromCharCode(text.charCodeAt(at) ^ 1)}${text.slice(at + 1)}`;

/** A signed note has a meaning of its own in each line. */
function alteredLines(text: string): readonly string[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) =>
    line === ''
      ? []
      : places(line.length).map((at) => lines.with(index, otherCharacter(line, at)).join('\n')),
  );
}

function alteredPem(text: string): readonly string[] {
  const [head = '', body = '', foot = ''] = text.split(/(?<=-----\n)|(?=-----END)/);
  const bytes = Buffer.from(body, 'base64');
  const lines = (der: Buffer): string => (der.toString('base64').match(/.{1,64}/g) ?? []).join('\n');
  return places(bytes.length).map((at) => `${head}${lines(flipped(bytes, at))}\n${foot}`);
}
