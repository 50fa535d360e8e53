import { writeSync } from 'node:fs';
import { SlsaGateError } from '../errors.ts';
import { errorDocument, errorLines, reportError, wantsJson } from './report-error.ts';

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

const interrupt = (signal: keyof typeof SIGNALS, argv: readonly string[]) => (): void => {
  const error = new SlsaGateError('interrupted', `interrupted: ${signal}`);
  try {
    if (wantsJson(argv)) writeSync(1, errorDocument(error));
    else writeSync(2, errorLines(error));
  } catch {
    // Nobody listens; the exit code says the same.
  }
  process.exit(SIGNALS[signal]);
};

/**
 * Signals, and errors that nothing caught: none of them may end in 0, none of them shows a stack trace unasked. As the
 * first process of a container the command would not even receive a signal without a handler.
 */
export function installHandlers(argv: readonly string[]): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt(signal, argv));
  const fail = (error: unknown): void => {
    process.exitCode = 70;
    void reportError(error, argv).finally(() => process.exit(70));
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  // Failed writes are told to whoever wrote; without a listener they would also end the process.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
}
