import { toVisible } from './visible.ts';

/**
 * SARIF plain text: brackets would start a link and braces a placeholder (SARIF 2.1.0, 3.11.5 and 3.11.6). A backslash
 * before a bracket is shown as its code point, because readers differ in whether it would undo the escape.
 */
export const toSarifText = (text: string): string =>
  toVisible(text)
    .replace(/\\(?=[[\]])/g, '\\u{5c}')
    .replace(/[[\]]/g, (char) => `\\${char}`)
    .replace(/[{}]/g, (char) => char + char);

/**
 * A relative URI reference for a name of strangers. Colons are encoded, so that no scheme such as `javascript:` can
 * appear, and slashes are kept single, so that no host can.
 */
export const toSarifUri = (name: string): string => {
  const segments = toVisible(name)
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .map((segment) => encodeURIComponent(segment.toWellFormed()));
  return segments.length === 0 ? 'artifact' : segments.join('/');
};
