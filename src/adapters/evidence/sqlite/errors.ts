import type { Code } from '../../../codes.ts';
import { refuse, SlsaGateError } from '../../../errors.ts';

/** Primary result codes of SQLite. */
const BUSY = 5;
const READ_ONLY = 8;
const CORRUPT = 11;
const CANNOT_OPEN = 14;
const CONSTRAINT = 19;
const NOT_A_DATABASE = 26;

interface SqliteError extends Error {
  readonly errcode: number;
}

const isSqliteError = (error: unknown): error is SqliteError =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number';

const primary = (error: unknown): number | undefined =>
  isSqliteError(error) ? error.errcode & 0xff : undefined;

export const isBusy = (error: unknown): boolean => primary(error) === BUSY;

/** Something had to be written beside the file, and could not. */
export const isReadOnlyPlace = (error: unknown): boolean =>
  primary(error) === READ_ONLY || primary(error) === CANNOT_OPEN;

/**
 * What went wrong with a store, as a typed refusal; errors that are neither SQLite's nor ours are bugs and stay.
 *
 * @param otherwise for full disks, missing permissions and the like
 */
export function refuseStore(
  error: unknown,
  name: string,
  otherwise: Extract<Code, 'evidence.unreadable' | 'evidence.unwritable'>,
): never {
  if (error instanceof SlsaGateError) throw error;
  const cause = { cause: error };
  switch (primary(error)) {
    case undefined:
      if (isOutOfRange(error)) refuse('evidence.tampered', `${name} has a number that no log writes`, cause);
      if (!isSystemError(error)) throw error;
      break;
    case CORRUPT:
    case NOT_A_DATABASE:
      refuse('evidence.tampered', `${name} is damaged: ${(error as Error).message}`, cause);
      break;
    case CONSTRAINT:
      refuse(
        'evidence.tampered',
        `${name} holds something already where the log wants to write: ${(error as Error).message}`,
        cause,
      );
  }
  const what = otherwise === 'evidence.unwritable' ? 'written' : 'read';
  return refuse(otherwise, `${name} cannot be ${what}: ${(error as Error).message}`, cause);
}

/** An integer beyond those of JavaScript. */
const isOutOfRange = (error: unknown): boolean =>
  error instanceof RangeError && 'code' in error && error.code === 'ERR_OUT_OF_RANGE';

const isSystemError = (error: unknown): boolean => error instanceof Error && 'syscall' in error;
