import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { refuse, SlsaGateError } from '../../errors.ts';

const DECODERS = {
  gzip: promisify(gunzip),
  br: promisify(brotliDecompress),
  deflate: promisify(inflate),
} as const;

const isDecoder = (name: string): name is keyof typeof DECODERS => Object.hasOwn(DECODERS, name);

const tooLarge = (what: string, maxBytes: number): never =>
  refuse('limit.bytes', `the answer of ${what} is larger than ${maxBytes} bytes`);

/** Reads a body up to `maxBytes`; a length that is announced larger is not read at all. */
export async function readBounded(
  body: AsyncIterable<Uint8Array>,
  announced: string | undefined,
  maxBytes: number,
  what: string,
): Promise<Buffer> {
  if (announced !== undefined && Number(announced) > maxBytes) tooLarge(what, maxBytes);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxBytes) tooLarge(what, maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** Undoes one content encoding within the same bound, so that a small body cannot grow without end. */
export async function decodeBounded(
  bytes: Buffer,
  encoding: string | undefined,
  maxBytes: number,
  what: string,
): Promise<Buffer> {
  if (encoding === undefined || encoding === '' || encoding === 'identity') return bytes;
  if (!isDecoder(encoding))
    refuse('source.http-status', `${what} answered in an encoding that was not asked for`);
  try {
    return await DECODERS[encoding](bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') tooLarge(what, maxBytes);
    throw new SlsaGateError('source.http-status', `the answer of ${what} cannot be decompressed`, { cause });
  }
}
