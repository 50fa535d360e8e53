import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Code } from '../../codes.ts';
import { refuse, SlsaGateError } from '../../errors.ts';
import { systemCode } from './system-code.ts';

export interface ReadOptions {
  readonly maxBytes: number;
  /** The codes that this kind of file is refused with: one that is not there, and one that cannot be read or is too large. */
  readonly missing: Code;
  readonly unreadable: Code;
  /** Whether the last part of the path may be a link. */
  readonly followLinks: boolean;
}

export interface ReadFile {
  readonly bytes: Buffer;
  /** Permission bits. */
  readonly mode: number;
}

/** Reads a regular file up to a bound; a pipe or device is never waited on. Messages name the file, never what it holds. */
export async function readRegularFile(path: string, options: ReadOptions): Promise<ReadFile> {
  const { maxBytes, missing, unreadable } = options;
  if (path.includes('\0')) refuse('path.unsafe', `path holds a NUL: ${path}`, { actual: path });
  const noFollow = options.followLinks ? 0 : constants.O_NOFOLLOW;
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | noFollow);
    const { size, mode } = await file
      .stat()
      .then((stat) => (stat.isFile() ? stat : notRegular(path, unreadable)));
    // One byte more than it should have shows a file that grows.
    const buffer = Buffer.alloc(Math.min(maxBytes, size) + 1);
    let length = 0;
    for (let bytesRead = 1; bytesRead > 0 && length < buffer.length; length += bytesRead) {
      ({ bytesRead } = await file.read(buffer, length, buffer.length - length, length));
    }
    if (length > maxBytes) refuse(unreadable, `larger than ${maxBytes} bytes: ${path}`, { actual: path });
    if (length > size) refuse(unreadable, `changed while it was read: ${path}`, { actual: path });
    return { bytes: buffer.subarray(0, length), mode };
  } catch (cause) {
    if (cause instanceof SlsaGateError) throw cause;
    const code = systemCode(cause);
    if (code === 'ENOENT') refuse(missing, `no such file: ${path}`, { actual: path, cause });
    refuse(
      unreadable,
      `${code === 'ELOOP' ? 'a link instead of a file' : `cannot be read (${code})`}: ${path}`,
      {
        actual: path,
        cause,
      },
    );
  }
}

const notRegular = (path: string, code: Code): never =>
  refuse(code, `not a regular file: ${path}`, { actual: path });
