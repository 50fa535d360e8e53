import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { isJsonObject, parseJson } from '../../core/model/json.ts';
import { SlsaGateError } from '../../errors.ts';
import type { KeptAnswer } from '../http/index.ts';

/** What a key is: no path, whatever it says. */
export const isAnswerKey = (key: string): boolean => /^[0-9a-f]{64}$/.test(key);

/**
 * The name of an answer's file. It does not tell the key, which is what the answer is sealed with: whoever can write files
 * here and does not know the credential that was sent cannot make up an answer to it.
 */
export const answerFile = (key: string): string => createHash('sha256').update(`name\0${key}`).digest('hex');

const MAC_BYTES = 32;
const HEADER_BYTES = 64 * 1024;

const seal = (key: string, content: Uint8Array): Buffer => createHmac('sha256', key).update(content).digest();

/** A seal over all that follows; one line of JSON with ETag and headers; the body. */
export function encodeAnswer(key: string, { etag, headers, bytes }: KeptAnswer): Buffer {
  const content = Buffer.concat([Buffer.from(`${JSON.stringify({ etag, headers })}\n`), bytes]);
  return Buffer.concat([seal(key, content), content]);
}

/** Undefined for anything but what was written for this key. */
export function decodeAnswer(key: string, file: Buffer): KeptAnswer | undefined {
  const content = file.subarray(MAC_BYTES);
  if (file.length < MAC_BYTES || !timingSafeEqual(seal(key, content), file.subarray(0, MAC_BYTES)))
    return undefined;
  const end = content.indexOf(0x0a);
  try {
    const header = parseJson(content.subarray(0, Math.max(end, 0)), 'header', HEADER_BYTES);
    if (!isJsonObject(header)) return undefined;
    const { etag, headers } = header;
    if (typeof etag !== 'string' || !isJsonObject(headers)) return undefined;
    const texts = Object.entries(headers).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    return { etag, headers: Object.fromEntries(texts), bytes: content.subarray(end + 1) };
  } catch (error) {
    if (error instanceof SlsaGateError) return undefined;
    throw error;
  }
}
