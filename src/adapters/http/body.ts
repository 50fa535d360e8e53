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
  refuse('limit.response', `the answer of ${what} is larger than ${maxBytes} bytes`);

export interface BodyBound {
  readonly maxBytes: number;
  /** Beyond the bound the rest is dropped instead of refused: for error pages, of which a part is enough. */
  readonly cut?: boolean;
  /** Hears the pieces; nothing is kept then. */
  readonly onChunk?: ((chunk: Uint8Array) => void) | undefined;
}

/** Reads a body up to its bound; a length that is announced larger is not read at all. */
export async function readBounded(
  body: AsyncIterable<Uint8Array>,
  announced: string | undefined,
  { maxBytes, cut = false, onChunk }: BodyBound,
  what: string,
): Promise<{ readonly bytes: Buffer; readonly length: number }> {
  if (!cut && announced !== undefined && Number(announced) > maxBytes) tooLarge(what, maxBytes);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxBytes) {
      if (!cut) tooLarge(what, maxBytes);
      chunks.push(chunk.subarray(0, chunk.length - (length - maxBytes)));
      length = maxBytes;
      break;
    }
    if (onChunk === undefined) chunks.push(chunk);
    else onChunk(chunk);
  }
  return { bytes: Buffer.concat(chunks), length };
}

/** Whether a body is sent as it is. */
const isPlain = (encoding: string | undefined): boolean =>
  encoding === undefined || encoding === '' || encoding.toLowerCase() === 'identity';

const unasked = (what: string): never =>
  refuse('source.http-status', `${what} answered in an encoding that was not asked for`);

/** @throws SlsaGateError `source.malformed-response`, `source.http-status` for a body that would have to be decoded */
export function assertPlain(encoding: string | undefined, what: string): void {
  if (encoding === undefined || isPlain(encoding)) return;
  if (!isDecoder(encoding)) unasked(what);
  refuse('source.malformed-response', `the answer of ${what} is compressed, and was not to be`);
}

/** Undoes one content encoding within the same bound, so that a small body cannot grow without end. */
export async function decodeBounded(
  bytes: Buffer,
  encoding: string | undefined,
  maxBytes: number,
  what: string,
): Promise<Buffer> {
  if (isPlain(encoding) || bytes.length === 0) return bytes;
  if (encoding === undefined || !isDecoder(encoding)) return unasked(what);
  try {
    return await DECODERS[encoding](bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      refuse('limit.decompressed', `the answer of ${what} grows beyond ${maxBytes} bytes`);
    throw new SlsaGateError('source.malformed-response', `the answer of ${what} cannot be decompressed`, {
      cause,
    });
  }
}
