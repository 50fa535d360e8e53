import { isAbsolute, join } from 'node:path';

/** A path of an evidence file, which starts from the folder of the file. */
export const resolveFrom = (path: string, baseDirectory: string): string =>
  isAbsolute(path) ? path : join(baseDirectory, path);
