/** Lines of a policy that people read and change: values with the releases that they were seen in. */

/** Texts that YAML reads as texts without quotes, whoever reads it. */
const PLAIN = /^[A-Za-z][A-Za-z0-9_./:@%+=-]*$/;
const WORDS = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

export const scalar = (text: string): string =>
  PLAIN.test(text) && !text.endsWith(':') && !WORDS.test(text) ? text : JSON.stringify(text);

/** What strangers wrote, for a comment: no line ends in it, and nothing in it is hidden. */
export const comment = (text: string): string => `# ${text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')}`;

export const indent = (lines: readonly string[], by = 2): readonly string[] =>
  lines.map((line) => `${' '.repeat(by)}${line}`);

/** `- first` and what belongs to it. */
export const item = (lines: readonly string[]): readonly string[] =>
  lines.map((line, index) => `${index === 0 ? '- ' : '  '}${line}`);
