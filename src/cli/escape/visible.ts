/**
 * Characters that steer a terminal or hide text: controls (C0, DEL, C1), format characters such as bidi overrides and
 * zero-width joiners, line and paragraph separators, lone surrogates, and all that is drawn as nothing.
 */
export const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * One line of text in which nothing is hidden: `\u{1b}` for an escape character, `\n` for a line feed. For reading, not
 * for reading back: a backslash stays as it is.
 */
export const toVisible = (text: string): string =>
  text.replace(HIDDEN, (char) => NAMED[char] ?? `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);

/** Long text cut for people; machine formats keep all of it. */
export const cut = (text: string, most = 400): string => {
  const points = [...text];
  return points.length <= most ? text : `${points.slice(0, most).join('')}... (${points.length - most} more)`;
};
