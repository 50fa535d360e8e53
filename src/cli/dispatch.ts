import { suggest } from '../core/model/did-you-mean.ts';
import { refuse } from '../errors.ts';
import { wantsJson } from './report-error.ts';
import { runCommand } from './run-command.ts';
import { beforeSeparator } from './scan.ts';
import type { CommandSpec } from './spec/command.ts';
import { COMMAND_SPECS, TOPICS } from './spec/index.ts';
import { note, print } from './streams.ts';

/** Started often and in a hurry: they go to the parser directly. All else goes through oclif, which is slow to load. */
const HOT: readonly string[] = ['verify', 'bundle verify', 'gate'];

export interface DispatchOptions {
  /** Commands that are run directly. The other way round gives the same answers; tests compare them. */
  readonly hot: readonly string[];
}

const find = (argv: readonly string[]): { spec: CommandSpec; rest: readonly string[] } | undefined => {
  for (const count of [2, 1]) {
    const spec = COMMAND_SPECS.find((command) => command.id === argv.slice(0, count).join(' '));
    if (spec !== undefined && spec.id.split(' ').length === count) return { spec, rest: argv.slice(count) };
  }
  return undefined;
};

const help = async (words: readonly string[], show: (text: string) => Promise<void>): Promise<void> =>
  show(await (await import('./cold.ts')).helpText(words));

/** Help that nobody asked for is no success: a script that lost its arguments must not go on. */
const refuseIncomplete = async (words: readonly string[], argv: readonly string[]): Promise<void> => {
  if (!wantsJson(argv)) await help(words, note);
  refuse('usage.command', words.length === 0 ? 'no command given' : `incomplete command: ${words.join(' ')}`);
};

const refuseUnknown = (argv: readonly string[]): never => {
  const [first = '', second] = argv;
  const topic = Object.hasOwn(TOPICS, first);
  const given = topic && second !== undefined ? `${first} ${second}` : first;
  const known = COMMAND_SPECS.map((command) => command.id).filter(
    (id) => !topic || id.startsWith(`${first} `),
  );
  const options = topic ? known : [...known, ...Object.keys(TOPICS)];
  return refuse('usage.command', `unknown command: ${given}`, {
    hint: suggest(given, options, 'Run slsa-gate --help.'),
    actual: given,
  });
};

/**
 * Asking for help is a success only when it is all that was asked. `verify app.tgz --source-uri "$URI"` with `--help` in
 * the variable must not exit 0.
 */
const helpOnRequest = async (words: readonly string[], rest: readonly string[]): Promise<void> => {
  const alone = rest.length === 1;
  await help(words, alone ? print : note);
  if (!alone) {
    refuse('usage.flag', '--help must be the only flag', {
      hint: `Run slsa-gate ${[...words, '--help'].join(' ')}.`,
    });
  }
  process.exitCode = 0;
};

/**
 * Finds the command and runs it.
 * @throws SlsaGateError, and whatever a bug throws
 */
export async function dispatch(
  argv: readonly string[],
  options: DispatchOptions = { hot: HOT },
): Promise<void> {
  const [first, second] = argv;
  // Alone it is answered before this is loaded.
  if (first === '--version') refuse('usage.flag', '--version must be the only flag');
  if (first === '--help') return helpOnRequest([], argv);
  if (first === 'help') return dispatch([...argv.slice(1), '--help'], options);
  if (first === undefined || first === '--json') return refuseIncomplete([], argv);
  const found = find(argv);
  if (found === undefined) {
    if (!Object.hasOwn(TOPICS, first)) return refuseUnknown(argv);
    if (second === '--help') return helpOnRequest([first], argv.slice(1));
    if (second === undefined || second === '--json') return refuseIncomplete([first], argv);
    return refuseUnknown(argv);
  }
  const { spec, rest } = found;
  if (beforeSeparator(rest).includes('--help')) return helpOnRequest(spec.id.split(' '), rest);
  if (options.hot.includes(spec.id)) return runCommand(spec, rest);
  return (await import('./cold.ts')).runThroughOclif(spec, rest);
}
