import { HIDDEN } from './visible.ts';

const toUnicodeEscapes = (char: string): string => {
  let escaped = '';
  for (let index = 0; index < char.length; index++) {
    escaped += `\\u${char.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }
  return escaped;
};

/**
 * JSON that parses back to exactly `value` and holds no raw control, format or invisible character: those can only
 * stand inside strings, where `\uXXXX` means the same. `##` is split so that no log reader takes it for a command.
 */
export const toJson = (value: unknown): string => {
  const text = JSON.stringify(value, null, 2);
  return `${text.replace(HIDDEN, (char) => (char === '\n' ? char : toUnicodeEscapes(char))).replace(/#(?=#)/g, '\\u0023')}\n`;
};

/** The same on one line, for JSON lines: what is foreign can neither end the line nor begin one. */
export const toJsonLine = (value: unknown): string =>
  `${JSON.stringify(value)
    .replace(HIDDEN, toUnicodeEscapes)
    .replace(/#(?=#)/g, '\\u0023')}\n`;
