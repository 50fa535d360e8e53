import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { hintForMissing } from '../../../core/model/local-reference.ts';
import { refuse } from '../../../errors.ts';

/**
 * Opens a regular file for reading and hands its handle to `work`: what is looked at and what is read are one file.
 *
 * @throws SlsaGateError `path.not-found`, `path.directory`, `path.unreadable`, `path.symlink` when links are refused,
 *   `path.unsafe`
 */
export async function withFile<T>(
  path: string,
  work: (handle: FileHandle, size: number) => Promise<T>,
  options: { readonly followLinks: boolean } = { followLinks: true },
): Promise<T> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | (options.followLinks ? 0 : constants.O_NOFOLLOW);
  if (path.includes('\0')) refuse('path.unsafe', `path holds a NUL: ${path}`, { actual: path });
  let handle: FileHandle;
  try {
    handle = await open(path, flags);
  } catch (cause) {
    return refuseOpen(path, cause);
  }
  try {
    const stat = await handle.stat();
    if (stat.isDirectory()) refuse('path.directory', `a directory where a file is needed: ${path}`);
    if (!stat.isFile()) refuse('path.unreadable', `not a regular file: ${path}`);
    return await work(handle, stat.size);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return refuse('path.unreadable', `cannot be read (${codeOf(error)}): ${path}`, { cause: error });
  } finally {
    await handle.close();
  }
}

/** Of a disk that fails or a file that is none, as below /proc; a refusal and a bug of ours have no system call. */
const isSystemError = (error: unknown): boolean => error instanceof Error && 'syscall' in error;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';

const hintOf = (path: string): { readonly hint?: string } => {
  const hint = hintForMissing(path);
  return hint === undefined ? {} : { hint };
};

/** @throws SlsaGateError that says why a file or directory could not be opened */
export function refuseOpen(path: string, cause: unknown): never {
  switch (codeOf(cause)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return refuse('path.not-found', `no such file: ${path}`, { cause, ...hintOf(path) });
    case 'ELOOP':
      return refuse('path.symlink', `a link instead of a file: ${path}`, { cause });
    default:
      return refuse('path.unreadable', `cannot be opened (${codeOf(cause)}): ${path}`, { cause });
  }
}

/**
 * The whole of a small file.
 *
 * @throws SlsaGateError as {@link withFile}, `limit.bytes`
 */
export async function readSmallFile(
  path: string,
  maxBytes: number,
  options?: { readonly followLinks: boolean },
): Promise<Buffer> {
  return withFile(
    path,
    async (handle, size) => {
      if (size > maxBytes) refuse('limit.bytes', `larger than ${maxBytes} bytes: ${path}`);
      // One byte more than allowed shows a file that grew since it was looked at.
      const buffer = Buffer.allocUnsafe(Math.min(size, maxBytes) + 1);
      let length = 0;
      for (;;) {
        const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
        length += bytesRead;
        if (bytesRead === 0) return buffer.subarray(0, length);
        if (length === buffer.length) return refuse('path.changed', `grew while it was read: ${path}`);
      }
    },
    options,
  );
}
