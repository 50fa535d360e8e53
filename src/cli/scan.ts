import { suggest } from '../core/model/did-you-mean.ts';
import { refuse } from '../errors.ts';
import type { CommandSpec } from './spec/command.ts';
import type { FlagSpec } from './spec/flag.ts';

/** What was found on the command line before anything is parsed. */
export interface Scan {
  /** Flags given, with how often. */
  readonly given: ReadonlyMap<string, number>;
  readonly positionals: readonly string[];
}

/** The words before `--`; flags after it are arguments. */
export const beforeSeparator = (argv: readonly string[]): readonly string[] => {
  const end = argv.indexOf('--');
  return end === -1 ? argv : argv.slice(0, end);
};

const refuseUnknown = (name: string, spec: CommandSpec): never => {
  const known = Object.keys(spec.flags).map((flag) => `--${flag}`);
  return refuse('usage.flag', `unknown flag of ${spec.id}: ${name}`, {
    hint: suggest(name, known, `Run slsa-gate ${spec.id} --help.`),
    actual: name,
  });
};

const checkValue = (name: string, flag: FlagSpec, value: string | undefined): void => {
  if (flag.type === 'boolean') return;
  if (value === undefined) refuse('usage.flag', `flag needs a value: --${name}`);
  if (value.trim() === '') {
    refuse('usage.flag', `flag has an empty value: --${name}`, {
      hint: 'An empty value would switch the check off; is a variable not set?',
    });
  }
  if (flag.options !== undefined && !flag.options.includes(value)) {
    refuse('usage.flag', `--${name} must be one of ${flag.options.join(', ')}: ${value}`, {
      hint: suggest(value, flag.options, `Give one of ${flag.options.join(', ')}.`),
      expected: flag.options.join(', '),
      actual: value,
    });
  }
};

/**
 * Refuses what `@oclif/core/parser` lets through or cannot name: names such as `--constructor` that every object has,
 * empty values, values that look like flags, single flags given twice.
 * @throws SlsaGateError `usage.flag`, `usage.command`
 */
export function scan(argv: readonly string[], spec: CommandSpec): Scan {
  const given = new Map<string, number>();
  const positionals: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? '';
    if (word === '--') {
      positionals.push(...argv.slice(index + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      positionals.push(word);
      continue;
    }
    const equals = word.indexOf('=');
    const name = (equals === -1 ? word : word.slice(0, equals)).slice(2);
    const flag = word.startsWith('--') && Object.hasOwn(spec.flags, name) ? spec.flags[name] : undefined;
    if (flag === undefined) return refuseUnknown(equals === -1 ? word : word.slice(0, equals), spec);
    if (flag.type === 'boolean') {
      if (equals !== -1) refuse('usage.flag', `flag takes no value: --${name}`);
    } else if (equals !== -1) {
      checkValue(name, flag, word.slice(equals + 1));
    } else {
      const value = argv[++index];
      checkValue(name, flag, value?.startsWith('--') ? undefined : value);
    }
    given.set(name, (given.get(name) ?? 0) + 1);
  }
  checkCombination(given, spec);
  checkChoices(positionals, spec);
  if (positionals.length > spec.maxArgs) {
    refuse('usage.flag', `unexpected argument of ${spec.id}: ${positionals[spec.maxArgs] ?? ''}`, {
      hint: `Usage: slsa-gate ${spec.usage}`,
    });
  }
  return { given, positionals };
}

/** Arguments out of a closed list. */
function checkChoices(positionals: readonly string[], spec: CommandSpec): void {
  for (const [index, [name, { options }]] of Object.entries(spec.args).entries()) {
    const word = positionals[index];
    if (word === undefined || options === undefined || options.includes(word)) continue;
    refuse('usage.flag', `${name} must be one of ${options.join(', ')}: ${word}`, {
      hint: suggest(word, options, `Give one of ${options.join(', ')}.`),
      expected: options.join(', '),
      actual: word,
    });
  }
}

function checkCombination(given: ReadonlyMap<string, number>, spec: CommandSpec): void {
  for (const [name, count] of given) {
    const flag = spec.flags[name];
    if (count > 1 && flag?.type === 'option' && flag.multiple !== true) {
      refuse('usage.flag', `flag may be given once only: --${name}`, {
        hint: 'Which of the two values counts would be a guess.',
      });
    }
  }
  for (const [one, other] of spec.conflicts) {
    if (given.has(one) && given.has(other)) {
      refuse('usage.flag', `flags contradict each other: --${one} and --${other}`, {
        hint: 'Leave one of them out.',
      });
    }
  }
  for (const [one, other] of spec.needs) {
    if (given.has(one) && !given.has(other)) refuse('usage.flag', `--${one} needs --${other}`);
  }
}
