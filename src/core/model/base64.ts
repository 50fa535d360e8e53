import { refuse } from '../../errors.ts';

/**
 * Decodes canonical base64 (RFC 4648 section 4, padded, no white space): encoding the result again gives the input,
 * so that no two spellings of one bundle exist. `maxBytes` bounds what is decoded.
 *
 * @throws SlsaGateError `bundle.base64`, `limit.bytes`
 */
export function parseBase64(text: string, path: string, maxBytes = Number.POSITIVE_INFINITY): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) refuse('bundle.base64', 'base64 is not canonical', { path });
  if (bytes.length > maxBytes) refuse('limit.bytes', `larger than ${maxBytes} bytes`, { path });
  return bytes;
}

/**
 * Canonical base64 or canonical padded base64url: Cloud Build writes both, never one text in both alphabets.
 *
 * @throws SlsaGateError `bundle.base64`, `limit.bytes`
 */
export function parseBase64OrBase64Url(text: string, path: string, maxBytes?: number): Buffer {
  if (/[-_]/.test(text) && /[+/]/.test(text)) refuse('bundle.base64', 'base64 is not canonical', { path });
  return parseBase64(text.replaceAll('-', '+').replaceAll('_', '/'), path, maxBytes);
}
