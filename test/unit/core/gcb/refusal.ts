import { SlsaGateError } from '../../../../src/errors.ts';

/** What a call was refused with; fails the test when it was not. */
export function refusalOf(run: () => unknown): SlsaGateError {
  try {
    run();
  } catch (error) {
    if (error instanceof SlsaGateError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
