import type { ResultDocument } from '../core/model/result.ts';
import { refuse, type SlsaGateError } from '../errors.ts';
import { checkOutputName, clearOutput } from './output-file.ts';
import type { Invocation } from './parse.ts';
import { type ReportFormat, renderDecision } from './render/index.ts';
import { stacks } from './report-error.ts';
import { note, print, save } from './streams.ts';
import { decisionExit } from './verdict.ts';

const FORMATS: readonly ReportFormat[] = ['text', 'json', 'sarif', 'junit', 'markdown'];

/** `--format`, or `--json`; both together only when they agree. */
export const chosenFormat = (words: Invocation): ReportFormat => {
  const named = words.text('format');
  const format = FORMATS.find((known) => known === named);
  if (!words.on('json')) return format ?? 'text';
  if (format !== undefined && format !== 'json') {
    refuse('usage.flag', `flags contradict each other: --json and --format ${format}`, {
      hint: 'Leave one of them out.',
    });
  }
  return 'json';
};

const wantsColour = (stream: NodeJS.WriteStream): boolean =>
  stream.isTTY === true && (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb';

/** How the answer shall be given; read before anything is evaluated, so that a contradiction costs no work. */
export interface ReportOptions {
  readonly format: ReportFormat;
  readonly output: string | undefined;
  readonly quiet: boolean;
  /** What a bug of ours says goes to standard error. */
  readonly debug?: boolean;
}

export const reportOptions = (words: Invocation): ReportOptions => {
  const options = {
    format: chosenFormat(words),
    output: words.text('output'),
    quiet: words.on('quiet'),
    ...(words.on('debug') ? { debug: true } : {}),
  };
  checkOutputName(options.output);
  if (options.quiet && options.output === undefined && options.format !== 'text') {
    refuse('usage.flag', `flags contradict each other: --quiet and --format ${options.format}`, {
      hint: '--quiet shortens the text form only.',
    });
  }
  return options;
};

/** Flags whose files are read. */
const READ_FLAGS = [
  ...['bundle', 'trusted-root', 'key', 'catalogue'],
  ...['evidence-log', 'policy', 'policy-key', 'evidence', 'override', 'passphrase-file'],
] as const;

/** To be called when the request is understood and before it is evaluated; see {@link clearOutput}. */
export const prepareOutput = ({ output }: ReportOptions, words: Invocation): void => {
  if (output === undefined) return;
  const read = READ_FLAGS.flatMap((flag) =>
    words.has(flag) ? [...words.list(flag), ...[words.text(flag) ?? []].flat()] : [],
  );
  clearOutput(output, [...words.args, ...read]);
};

/** Rules that ended in an error of ours instead of an answer. */
const bugsOf = ({ results }: ResultDocument): readonly SlsaGateError[] =>
  results.flatMap(({ findings }) =>
    findings.flatMap(({ error }) => (error?.finding === 'policy.eval-error' ? [error] : [])),
  );

/**
 * Gives the decision to the caller, and only then sets the exit code: the one place that can turn the 70 of the first
 * statement into 0. The document is checked before a word of it is printed.
 */
export async function answer(document: ResultDocument, options: ReportOptions): Promise<void> {
  const exit = decisionExit(document);
  const { format, output, quiet } = options;
  if (output === undefined) {
    await print(await renderDecision(document, format, { colour: wantsColour(process.stdout), quiet }));
  } else {
    save(output, await renderDecision(document, format, { colour: false, quiet }));
    const colour = wantsColour(process.stderr);
    await note(await renderDecision(document, 'text', { colour, quiet }));
  }
  if (options.debug === true) for (const bug of bugsOf(document)) await note(stacks(bug));
  process.exitCode = exit;
}
