import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { refuse } from '../../errors.ts';
import { systemCode } from '../disk/system-code.ts';

/** Whether files can be made in a folder; nothing is made. */
export const isWritable = (path: string): Promise<boolean> =>
  access(path, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );

/** @throws SlsaGateError `evidence.unwritable` */
export async function assertWritable(path: string): Promise<void> {
  try {
    if (!(await stat(path)).isDirectory()) refuse('evidence.unwritable', `not a folder: ${path}`);
    await access(path, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'unknown') throw cause;
    refuse('evidence.unwritable', `the folder cannot be written (${code}): ${path}`, {
      hint: 'Make the folder, mount its disk, or allow this user to write there.',
      cause,
    });
  }
}
