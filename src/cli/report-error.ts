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

const lines = (error: SlsaGateError): string =>
  [
    `error: ${toTerminal(error.message)}`,
    `hint: ${toTerminal(error.hint)}`,
    `code: ${error.finding} (slsa-gate explain ${error.finding})`,
    '',
  ].join('\n');

const stacks = (error: SlsaGateError): string => {
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
    const text = toJson({ schemaVersion: 1, error: errorFields(error) });
    await write(process.stdout, text).catch(() => note(lines(error)));
  } else {
    await note(lines(error));
  }
  if (beforeSeparator(argv).includes('--debug')) await note(stacks(error));
}
