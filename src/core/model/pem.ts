import { refuse } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import { parseBase64 } from './base64.ts';

const BLOCK =
  /-----BEGIN CERTIFICATE-----\r?\n((?:[A-Za-z0-9+/=]{1,76}\r?\n)+)-----END CERTIFICATE-----[\r\n]*/y;
/** PEM is a third longer than DER, plus line breaks and the two lines around it. */
const MAX_BLOCK_CHARS = 2 * LIMITS.certificateBytes;

/**
 * Certificates (DER) of a PEM text, in its order: nothing but certificate blocks, each of canonical base64. Text that
 * is empty has none.
 *
 * @throws SlsaGateError `bundle.malformed`, `bundle.base64`, `limit.bytes`, `limit.bundle`
 */
export function parsePemCertificates(text: string, path: string): readonly Buffer[] {
  if (text.length > LIMITS.chainCertificates * MAX_BLOCK_CHARS)
    refuse('limit.bytes', 'certificates are too large', { path });
  const block = new RegExp(BLOCK);
  const certificates: Buffer[] = [];
  while (block.lastIndex < text.length) {
    const body = block.exec(text)?.[1];
    if (body === undefined) refuse('bundle.malformed', 'not PEM certificates', { path });
    certificates.push(parseBase64(body.replaceAll(/[\r\n]/g, ''), path, LIMITS.certificateBytes));
    if (certificates.length > LIMITS.chainCertificates)
      refuse('limit.bundle', 'too many certificates', { path });
  }
  return certificates;
}
