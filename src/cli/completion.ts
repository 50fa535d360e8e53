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

const optionsOf = (flag: FlagSpec): readonly string[] =>
  flag.type === 'option' && flag.options !== undefined ? flag.options : [];

/** Every flag with a closed list of values; flags of one name have one list. */
const choices = (): ReadonlyMap<string, readonly string[]> =>
  new Map(
    COMMAND_SPECS.flatMap((spec) => Object.entries(spec.flags))
      .map(([name, flag]) => [name, optionsOf(flag)] as const)
      .filter(([, options]) => options.length > 0),
  );

const argumentWords = (spec: CommandSpec): readonly string[] =>
  Object.values(spec.args).flatMap((argument) => (argument.options ?? []).map(String));

/** All texts are our own and hold neither quotes nor expansions; this keeps it so. */
const single = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const bashWords = (): string => {
  const cases = COMMAND_SPECS.map(
    (spec) =>
      `    ${single(spec.id)}) words=${single([...flagWords(spec), ...argumentWords(spec)].join(' '))} ;;`,
  );
  const topics = Object.keys(TOPICS).map(
    (topic) => `    ${topic}) words=${single([...secondWords(topic), '--help'].join(' '))} ;;`,
  );
  const values = [...choices()].map(
    ([name, options]) => `    --${name}) words=${single(options.join(' '))} ;;`,
  );
  return `  local words=${single(`${firstWords().join(' ')} help --help --version`)}
  case "$command" in
${[...topics, ...cases].join('\n')}
  esac
  case "$previous" in
${values.join('\n')}
  esac`;
};

const bash = (): string => `# bash completion of slsa-gate
_slsa_gate() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="" command=""
  if [ "$COMP_CWORD" -gt 1 ]; then previous="\${COMP_WORDS[COMP_CWORD-1]}"; command="\${COMP_WORDS[1]}"; fi
  case "$command" in
    ${Object.keys(TOPICS).join('|')}) if [ "$COMP_CWORD" -gt 2 ]; then command="$command \${COMP_WORDS[2]}"; fi ;;
  esac
${bashWords()}
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
  const options = optionsOf(flag);
  const value =
    flag.type === 'boolean' ? '' : options.length > 0 ? ` -x -a ${single(options.join(' '))}` : ' -r';
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
