import { COMMAND_SPECS } from '../../src/cli/spec/index.ts';

/** A fenced block of a Markdown page. */
export interface Block {
  readonly language: string;
  readonly text: string;
}

export const blocksOf = (markdown: string): readonly Block[] =>
  [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({
    language,
    text,
  }));

/** One command of ours as a page shows it. */
export interface CommandLine {
  /** `verify`, `bundle verify`, ...; empty for flags alone. */
  readonly id: string;
  readonly argv: readonly string[];
  /** Whether what follows it catches its exit code. */
  readonly guarded: boolean;
}

/** Words of a shell: single quotes, and backslashes before a line's end are joined before. */
const splitWords = (line: string): readonly string[] =>
  [...line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, (_, single?: string, double?: string) => single ?? double ?? ''),
  );

const OPERATORS = new Set(['||', '&&', '|', ';', '>']);
const NPM = ['npm', 'run', '--silent', 'slsa-gate', '--'];

function toCommandLine(words: readonly string[]): CommandLine | undefined {
  const isNpm = NPM.every((word, index) => words[index] === word);
  if (!isNpm && words[0] !== 'slsa-gate') return undefined;
  const rest = words.slice(isNpm ? NPM.length : 1);
  const end = rest.findIndex((word) => OPERATORS.has(word));
  const argv = end === -1 ? rest : rest.slice(0, end);
  const ids = COMMAND_SPECS.map(({ id }) => id).filter((id) =>
    id.split(' ').every((word, index) => argv[index] === word),
  );
  const id = ids.sort((a, b) => b.length - a.length)[0] ?? '';
  return {
    id,
    argv: id === '' ? argv : argv.slice(id.split(' ').length),
    guarded: rest[end] === '||',
  };
}

/** Every command of ours in a block; output and comments are passed over. */
export const commandsOf = ({ text, language }: Block): readonly CommandLine[] =>
  text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => language === 'sh' || line.startsWith('$ '))
    .map((line) => toCommandLine(splitWords(line.replace(/^\$ /, ''))))
    .filter((command) => command !== undefined);
