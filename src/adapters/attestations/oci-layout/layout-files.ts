import { constants } from 'node:fs';
import { lstat, open, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkContent, type Descriptor } from '../../../core/model/oci/descriptor.ts';
import { refuse, SlsaGateError } from '../../../errors.ts';

/**
 * Reads the files of one layout and no other: every folder on the way and the file itself must be what they seem, no
 * links. Names are made of constants and checked hex digits alone.
 */
export interface LayoutFiles {
  /** Undefined when there is no such file. */
  readFile(name: 'oci-layout' | 'index.json', maxBytes: number): Promise<Uint8Array | undefined>;
  /**
   * The content that a descriptor names, checked against its digest and size; undefined when the layout has it not.
   * Its size must have been bounded before.
   */
  readBlob(descriptor: Descriptor): Promise<Uint8Array | undefined>;
}

/**
 * Opens a layout. The directory itself may be reached through links: the caller named it.
 *
 * @throws SlsaGateError `path.not-found`, `path.unreadable`, `usage.artifact`
 */
export async function openLayout(directory: string): Promise<LayoutFiles> {
  let root: string;
  try {
    root = await realpath(directory);
    if (!(await stat(root)).isDirectory())
      refuse('usage.artifact', `an OCI layout is a directory: ${directory}`, { actual: directory });
  } catch (cause) {
    refuseFile(cause, directory);
  }
  const folders = new Map<string, Promise<boolean>>();
  /** A folder is looked at once; a link that takes its place later still cannot give other content than was named. */
  const hasFolder = (folder: string): Promise<boolean> => {
    const known = folders.get(folder) ?? isRealFolder(join(root, folder), folder);
    folders.set(folder, known);
    return known;
  };
  return {
    readFile: (name, maxBytes) => readRealFile(join(root, name), name, maxBytes),
    readBlob: async (descriptor) => {
      const { algorithm, hex } = descriptor.digest;
      if (!(await hasFolder('blobs')) || !(await hasFolder(join('blobs', algorithm)))) return undefined;
      const name = join('blobs', algorithm, hex);
      const bytes = await readRealFile(join(root, name), name, descriptor.size);
      if (bytes !== undefined) checkContent(bytes, descriptor);
      return bytes;
    },
  };
}

async function isRealFolder(path: string, name: string): Promise<boolean> {
  try {
    const status = await lstat(path);
    if (status.isSymbolicLink()) refuse('path.symlink', `a link in the layout: ${name}`, { actual: name });
    if (!status.isDirectory()) refuse('path.unreadable', `not a folder: ${name}`, { actual: name });
    return true;
  } catch (cause) {
    if (isMissing(cause)) return false;
    refuseFile(cause, name);
  }
}

/** Reads at most one byte more than `maxBytes`, so that a longer file shows as such without being read. */
async function readRealFile(path: string, name: string, maxBytes: number): Promise<Uint8Array | undefined> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    const status = await file.stat();
    if (!status.isFile()) refuse('path.unreadable', `not a regular file: ${name}`, { actual: name });
    const buffer = Buffer.alloc(Math.min(maxBytes, status.size) + 1);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.subarray(0, length);
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    refuseFile(cause, name);
  }
}

const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

const isMissing = (error: unknown): boolean => errnoOf(error) === 'ENOENT';

function refuseFile(cause: unknown, name: string): never {
  if (cause instanceof SlsaGateError) throw cause;
  if (isMissing(cause)) refuse('path.not-found', `no such directory: ${name}`, { actual: name, cause });
  // What O_NOFOLLOW answers for a link.
  if (errnoOf(cause) === 'ELOOP' || errnoOf(cause) === 'EMLINK')
    refuse('path.symlink', `a link in the layout: ${name}`, { actual: name, cause });
  refuse('path.unreadable', `cannot be read: ${name}`, { actual: name, cause });
}
