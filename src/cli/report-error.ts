import { ConfigError, printFault } from '../core/model/faults.ts';
import { SlsaGateError } from '../errors.ts';
import { toJson } from './escape/json.ts';
import { toTerminal } from './escape/terminal.ts';
import { errorFields } from './render/json.ts';
import { beforeSeparator } from './scan.ts';
import { note, write } from './streams.ts';

/** Foreign errors are bugs of ours; what they say may quote hostile input, so only their kind is told. */
const toOwn = (error: unknown): SlsaGateError => {
  if (error instanceof SlsaGateError) return error;
  const name = error instanceof Error ? error.name : typeof error;
  return new SlsaGateError('internal.bug', `internal error: ${name}`, { cause: error });
};

/** Whether the caller reads JSON; also asked when the words could not be parsed. */
export const wantsJson = (argv: readonly string[]): boolean => {
  const words = beforeSeparator(argv);
  return (
    words.includes('--json') ||
    words.includes('--format=json') ||
    words.some((word, index) => word === '--format' && words[index + 1] === 'json')
  );
};

/** As many faults of a file as fit on a screen; policy check shows all. */
const SHOWN_FAULTS = 10;

/** What is wrong and what to do: once for an error, once for each fault of a file. */
function problems(error: SlsaGateError): readonly string[] {
  const lines = (message: string, hint: string): readonly string[] => [
    `error: ${toTerminal(message)}`,
    `hint: ${toTerminal(hint)}`,
  ];
  if (!(error instanceof ConfigError)) return lines(error.message, error.hint);
  const { fileName, faults } = error;
  const shown = faults
    .slice(0, SHOWN_FAULTS)
    .flatMap((fault) => lines(printFault(fileName, fault), fault.hint));
  const more = faults.length - SHOWN_FAULTS;
  return more > 0 ? [...shown, `and ${more} more faults`] : shown;
}

/** Three lines for people, or two for each fault of a file and one more. */
export const errorLines = (error: SlsaGateError): string =>
  [...problems(error), `code: ${error.finding} (slsa-gate explain ${error.finding})`, ''].join('\n');

/** The error document, version 1; its schema is docs/schemas/error.v1.json. */
export const errorDocument = (error: SlsaGateError): string =>
  toJson({ schemaVersion: 1, error: errorFields(error) });

/** An error with its causes, as V8 tells where they come from. */
export const stacks = (error: SlsaGateError): string => {
  const texts: string[] = [];
  for (let next: unknown = error; next instanceof Error && texts.length < 5; next = next.cause) {
    texts.push((next.stack ?? next.message).split('\n').map(toTerminal).join('\n'));
  }
  return `${texts.join('\ncaused by: ')}\n`;
};

/**
 * Tells why nothing was decided and sets the exit code, which is never 0. Under `--json` the error is a document on
 * standard output; otherwise three lines on standard error.
 */
export async function reportError(thrown: unknown, argv: readonly string[]): Promise<void> {
  const error = toOwn(thrown);
  process.exitCode = error.exitCode === 0 ? 70 : error.exitCode;
  if (wantsJson(argv)) {
    await write(process.stdout, errorDocument(error)).catch(() => note(errorLines(error)));
  } else {
    await note(errorLines(error));
  }
  if (beforeSeparator(argv).includes('--debug')) await note(stacks(error));
}
