import { lstatSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { refuse, SlsaGateError } from '../errors.ts';

/** Resolves when the operating system has taken the text; rejects when the reader is gone or the disk is full. */
export const write = (stream: NodeJS.WriteStream, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.write(text, (error) => (error == null ? resolve() : reject(error)));
  });

const systemCode = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';

/** Data for the caller. An answer that did not arrive must not count as given. */
export const print = async (text: string): Promise<void> => {
  try {
    await write(process.stdout, text);
  } catch (error) {
    refuse('output.unwritable', `the answer could not be written to standard output: ${systemCode(error)}`, {
      cause: error,
    });
  }
};

/** Everything that is not data; when nobody listens there is nothing to be done about it. */
export const note = async (text: string): Promise<void> => {
  await write(process.stderr, text).catch(() => undefined);
};

/** Our own refusals go on as they are. */
export const unwritable = (path: string, error: unknown): never => {
  if (error instanceof SlsaGateError) throw error;
  return refuse('output.unwritable', `the answer could not be written (${systemCode(error)}): ${path}`, {
    cause: error,
  });
};

/** Writes a file so that a reader sees all of it or nothing; devices, pipes and links are written in place. */
export const save = (path: string, data: string | Uint8Array): void => {
  try {
    const known = lstatSync(path, { throwIfNoEntry: false });
    if (known !== undefined && !known.isFile()) {
      writeFileSync(path, data);
      return;
    }
    const temporary = `${path}.${process.pid}.tmp`;
    try {
      writeFileSync(temporary, data, { flag: 'wx', flush: true });
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  } catch (error) {
    unwritable(path, error);
  }
};
