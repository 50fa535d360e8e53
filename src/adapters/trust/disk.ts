import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Code } from '../../codes.ts';
import { SlsaGateError } from '../../errors.ts';

/** The codes that one kind of file is refused with. */
export interface ReadRefusals {
  readonly missing: Code;
  readonly tooLarge: Code;
  /** A directory, pipe or device, or a file without permission. */
  readonly unreadable: Code;
}

export interface ReadOptions {
  readonly maxBytes: number;
  readonly refusals: ReadRefusals;
  /** Whether the last part of the path may be a link; not in folders that we write ourselves. */
  readonly followLinks?: boolean;
}

/** Reads a regular file up to a bound; a pipe or device is never waited on. Messages name the file as given. */
export async function readRegularFile(path: string, options: ReadOptions): Promise<Uint8Array> {
  const { maxBytes, refusals } = options;
  const noFollow = options.followLinks === true ? 0 : constants.O_NOFOLLOW;
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | noFollow);
    if (!(await file.stat()).isFile()) {
      throw new SlsaGateError(refusals.unreadable, `not a regular file: ${path}`, { actual: path });
    }
    const buffer = Buffer.allocUnsafe(Math.min(maxBytes + 1, (await file.stat()).size + 1));
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
      length += bytesRead;
      if (length > maxBytes) {
        throw new SlsaGateError(refusals.tooLarge, `larger than ${maxBytes} bytes: ${path}`, {
          actual: path,
        });
      }
      if (bytesRead === 0) return Uint8Array.from(buffer.subarray(0, length));
      if (length === buffer.length) {
        throw new SlsaGateError(refusals.unreadable, `changed while it was read: ${path}`, { actual: path });
      }
    }
  } catch (cause) {
    if (cause instanceof SlsaGateError) throw cause;
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new SlsaGateError(
      missing ? refusals.missing : refusals.unreadable,
      `${missing ? 'no such file' : 'cannot be read'}: ${path}`,
      { actual: path, cause },
    );
  }
}
