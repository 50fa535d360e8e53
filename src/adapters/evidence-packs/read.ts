import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { refuse } from '../../errors.ts';
import { readRegularFile } from '../disk/read.ts';
import { systemCode } from '../disk/system-code.ts';

/** Files of one folder; a pack of all releases of years stays far below. */
const MAX_FILES = 1_000_000;
const MAX_DEPTH = 4;

/** A folder of plain files, of which nothing is believed. Links are refused: they would show what lies elsewhere. */
export const openFolder = (root: string) => ({
  async list(): Promise<readonly string[]> {
    const files: string[] = [];
    await walk(root, '', 0, files);
    return files.sort();
  },
  async read(path: string, maxBytes: number): Promise<Buffer> {
    const { bytes } = await readRegularFile(join(root, ...path.split('/')), {
      maxBytes,
      missing: 'path.not-found',
      unreadable: 'path.unreadable',
      followLinks: false,
    });
    return bytes;
  },
});

async function walk(root: string, prefix: string, depth: number, files: string[]): Promise<void> {
  const here = join(root, prefix);
  if (depth > MAX_DEPTH) refuse('path.unsafe', `folders lie too deep in ${root}`, { actual: here });
  for (const entry of await entriesOf(here)) {
    const path = `${prefix}${entry.name}`;
    if (entry.isDirectory()) await walk(root, `${path}/`, depth + 1, files);
    else if (entry.isFile()) files.push(path);
    else if (entry.isSymbolicLink())
      refuse('path.symlink', `a link lies in ${root}: ${path}`, { actual: path });
    else refuse('path.unsafe', `what lies in ${root} is no file: ${path}`, { actual: path });
    if (files.length > MAX_FILES) refuse('path.unsafe', `too many files lie in ${root}`, { actual: root });
  }
}

async function entriesOf(path: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ENOENT')
      return refuse('path.not-found', `no such folder: ${path}`, { actual: path, cause });
    return refuse('path.unreadable', `no folder that can be read (${code}): ${path}`, {
      actual: path,
      cause,
    });
  }
}
