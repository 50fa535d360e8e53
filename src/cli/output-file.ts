import { lstatSync, rmSync, type Stats, statSync, truncateSync } from 'node:fs';
import { refuse } from '../errors.ts';
import { unwritable } from './streams.ts';

/** `-` elsewhere is a standard stream; a file of that name is more likely a slip than a wish. */
export const checkOutputName = (path: string | undefined): void => {
  if (path !== '-') return;
  refuse('usage.flag', '--output - would write a file called -', {
    hint: 'Leave out --output for standard output; a file of that name is ./- .',
  });
};

/** Whether a name leads to the file; digests, package URLs and what cannot be looked at do not. */
const leadsTo = (name: string, { dev, ino }: Stats): boolean => {
  try {
    const found = statSync(name, { throwIfNoEntry: false });
    return found?.dev === dev && found.ino === ino;
  } catch {
    return false;
  }
};

/**
 * Makes room for the answer before there is one: it never replaces what it is about, and what an earlier run answered
 * does not stay behind when this run gives none. Pipes and devices are left alone.
 *
 * @param inputs files that the run reads; names that are no file are passed over
 * @throws SlsaGateError `usage.flag`, `output.unwritable`
 */
export function clearOutput(path: string, inputs: readonly string[]): void {
  try {
    const known = statSync(path, { throwIfNoEntry: false });
    if (known?.isFile() !== true) return;
    const same = inputs.find((input) => leadsTo(input, known));
    if (same !== undefined) {
      refuse('usage.flag', `--output would replace a file that is read: ${same}`, {
        hint: 'Name another file for the answer.',
        actual: path,
      });
    }
    if (lstatSync(path).isFile()) rmSync(path);
    else truncateSync(path);
  } catch (error) {
    unwritable(path, error);
  }
}
