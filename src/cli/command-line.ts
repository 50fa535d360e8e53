import { type DispatchOptions, dispatch } from './dispatch.ts';
import { installHandlers } from './process.ts';
import { reportError } from './report-error.ts';

/** Runs the command that the words name and tells every error; never rejects on account of one. */
export async function runCommandLine(argv: readonly string[], options?: DispatchOptions): Promise<void> {
  installHandlers(argv);
  // Libraries log their inner life to standard error when it is set, in lines that are not escaped.
  delete process.env.DEBUG;
  try {
    await dispatch(argv, options);
  } catch (error) {
    await reportError(error, argv);
  }
}
