import { CODES } from '../codes.ts';
import { SHIPPED_ROOTS } from '../core/model/trusted-root-names.ts';
import type { CommandSpec } from './spec/command.ts';
import type { FlagSpec } from './spec/flag.ts';
import { COMMAND_SPECS, TOPICS } from './spec/index.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What may follow the words typed so far, for each beginning that is a command or a group of commands. */
const firstWords = (): readonly string[] => [
  ...new Set(COMMAND_SPECS.map((spec) => spec.id.split(' ', 1)[0] ?? '')),
];

const secondWords = (topic: string): readonly string[] =>
  COMMAND_SPECS.filter((spec) => spec.id.startsWith(`${topic} `)).map((spec) =>
    spec.id.slice(topic.length + 1),
  );

const flagWords = (spec: CommandSpec): readonly string[] => [
  ...Object.keys(spec.flags).map((name) => `--${name}`),
  '--help',
];

/** Words that may follow a flag or stand as an argument, and whether a file may as well. */
interface Values {
  readonly words: readonly string[];
  readonly files: boolean;
}

/** Besides files: the names that the flag understands. */
const NAMES: Readonly<Record<string, readonly string[]>> = { 'trusted-root': SHIPPED_ROOTS };

const valuesOf = (name: string, flag: FlagSpec): Values => {
  if (flag.type !== 'option') return { words: [], files: false };
  if (flag.options !== undefined) return { words: flag.options, files: false };
  return { words: NAMES[name] ?? [], files: true };
};

/** Every command with each flag whose values are known; `--format` has more of them where a decision is told. */
const choices = (): readonly (readonly [command: string, flag: string, words: readonly string[]])[] =>
  COMMAND_SPECS.flatMap((spec) =>
    Object.entries(spec.flags)
      .map(([name, flag]) => [spec.id, name, valuesOf(name, flag).words] as const)
      .filter(([, , words]) => words.length > 0),
  );

const argumentWords = (spec: CommandSpec): readonly string[] =>
  spec.id === 'explain'
    ? Object.keys(CODES)
    : Object.values(spec.args).flatMap((argument) => (argument.options ?? []).map(String));

/** All texts are our own and hold neither quotes nor expansions; this keeps it so. */
const single = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const bashCase = (pattern: string, words: readonly string[], flags: readonly string[]): string =>
  `    ${single(pattern)}) words=${single(words.join(' '))}; flags=${single(flags.join(' '))} ;;`;

const bashWords = (): string => {
  const topics = Object.keys(TOPICS).map((topic) => bashCase(topic, secondWords(topic), ['--help']));
  const cases = COMMAND_SPECS.map((spec) => bashCase(spec.id, argumentWords(spec), flagWords(spec)));
  const values = choices().map(([command, flag, words]) => bashCase(`${command} --${flag}`, words, []));
  return `  local words=${single([...firstWords(), 'help'].join(' '))} flags='--help --version'
  case "$command" in
    '') ;;
${[...topics, ...cases].join('\n')}
    *) words=""; flags="" ;;
  esac
  case "$command $previous" in
${values.join('\n')}
  esac`;
};

/** bash splits `--flag=value` at the equals sign; an empty answer lets it complete files. */
const bash = (): string => `# bash completion of slsa-gate
_slsa_gate() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="" command="" word
  if [ "$COMP_CWORD" -gt 1 ]; then previous="\${COMP_WORDS[COMP_CWORD-1]}"; command="\${COMP_WORDS[1]}"; fi
  if [ "$previous" = "=" ]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  if [ "$current" = "=" ]; then current=""; fi
  case "$command" in
    ${Object.keys(TOPICS).join('|')}) if [ "$COMP_CWORD" -gt 2 ]; then command="$command \${COMP_WORDS[2]}"; fi ;;
  esac
${bashWords()}
  case "$current" in -*) words="$flags" ;; esac
  COMPREPLY=()
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$words" -- "$current")
}
complete -o default -F _slsa_gate slsa-gate
`;

/** zsh reads the same function through its bash completion. */
const zsh = (): string => `#compdef slsa-gate
autoload -U +X bashcompinit && bashcompinit
${bash()}`;

const fishCondition = (spec: CommandSpec): string =>
  spec.id
    .split(' ')
    .map((word) => `__fish_seen_subcommand_from ${word}`)
    .join('; and ');

const fishFlag = (spec: CommandSpec, name: string, flag: FlagSpec): string => {
  const { words, files } = valuesOf(name, flag);
  const argument = words.length === 0 ? '' : ` -a ${single(words.join(' '))}`;
  const value = flag.type === 'boolean' ? '' : `${files ? ' -r' : ' -x'}${argument}`;
  return `complete -c slsa-gate -n ${single(fishCondition(spec))} -l ${name}${value} -d ${single(flag.summary ?? '')}`;
};

const fish = (): string => {
  const lines = ['# fish completion of slsa-gate'];
  for (const word of firstWords()) {
    const summary = TOPICS[word] ?? COMMAND_SPECS.find((spec) => spec.id === word)?.summary ?? '';
    lines.push(`complete -c slsa-gate -n __fish_use_subcommand -f -a ${word} -d ${single(summary)}`);
  }
  for (const spec of COMMAND_SPECS) {
    const [topic = '', second] = spec.id.split(' ');
    if (second !== undefined) {
      const others = secondWords(topic).join(' ');
      const condition = `__fish_seen_subcommand_from ${topic}; and not __fish_seen_subcommand_from ${others}`;
      lines.push(`complete -c slsa-gate -n ${single(condition)} -f -a ${second} -d ${single(spec.summary)}`);
    }
    const words = argumentWords(spec);
    if (words.length > 0) {
      lines.push(`complete -c slsa-gate -n ${single(fishCondition(spec))} -f -a ${single(words.join(' '))}`);
    }
    for (const [name, flag] of Object.entries(spec.flags)) lines.push(fishFlag(spec, name, flag));
  }
  return `${lines.join('\n')}\n`;
};

/** A script that is complete in itself: nothing is run or fetched while completing. */
export const completionScript = (shell: Shell): string => {
  switch (shell) {
    case 'bash':
      return bash();
    case 'zsh':
      return zsh();
    case 'fish':
      return fish();
  }
};
