import { isUtf8 } from 'node:buffer';
import { LIMITS } from '../limits.ts';
import { Faults, type Locate } from './faults.ts';

/**
 * Characters that steer a terminal, hide text or turn its order around: who approved the file saw something else. Line
 * feeds and tabs are meant to be there.
 */
const HIDDEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** The first hidden character of a text, printable: `U+202E`. */
export const hiddenCharacter = (text: string): string | undefined => {
  const found = HIDDEN.exec(text)?.[0];
  return found === undefined ? undefined : printCodePoint(found);
};

const printCodePoint = (char: string): string =>
  `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/**
 * Bytes of a file to its text: UTF-8, small enough, without hidden characters. A byte order mark at its start is dropped.
 *
 * @throws ConfigError `config.limit`, `policy.syntax`
 */
export function readText(bytes: Uint8Array, fileName: string): string {
  const whole = new Faults(fileName, () => ({ line: 1, column: 1 }));
  if (bytes.length > LIMITS.configBytes)
    whole.add('config.limit', [], 0, `the file is larger than ${LIMITS.configBytes} bytes`);
  else if (!isUtf8(bytes)) whole.add('policy.syntax', [], 0, 'the file is not UTF-8');
  whole.throwIfAny();
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    .toString('utf8')
    .replace(/^\ufeff/, '');
  const hidden = HIDDEN.exec(text.replaceAll('\r\n', ' \n'));
  if (hidden !== null) {
    const faults = new Faults(fileName, locateIn(text));
    faults.add('policy.syntax', [], hidden.index, `a hidden character: ${printCodePoint(hidden[0])}`);
    faults.throwIfAny();
  }
  return text;
}

/** Lines end with a line feed. */
export function locateIn(text: string): Locate {
  return (offset) => {
    const before = text.slice(0, offset);
    return { line: before.split('\n').length, column: offset - (before.lastIndexOf('\n') + 1) + 1 };
  };
}
