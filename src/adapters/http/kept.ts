import { createHash } from 'node:crypto';
import type { HttpCredential, KeptAnswer } from './types.ts';

/** An ETag that can be sent back as it is (RFC 9110, 8.8.3); an answer with any other is not kept. */
export const isEntityTag = (text: string | undefined): text is string =>
  text !== undefined && /^(?:W\/)?"[\x21\x23-\x7e]{0,512}"$/.test(text);

/**
 * What an answer is kept under: whoever has other credentials, or sends other headers, asks something else. Secrets enter as
 * part of a hash alone.
 */
export function answerKey(
  url: URL,
  headers: Readonly<Record<string, string>>,
  sent: readonly HttpCredential[],
): string {
  const lines = [
    ...Object.entries(headers).map(([name, value]) => ['asked', name.toLowerCase(), value]),
    ...sent.map(({ header, value }) => ['sent', header.toLowerCase(), value]),
  ].map((line) => JSON.stringify(line));
  return createHash('sha256')
    .update(JSON.stringify([url.href, ...lines.sort()]))
    .digest('hex');
}

/** Headers of the kept answer count, but for what the server says anew, such as the end of a limit. */
export const mergeHeaders = (
  kept: KeptAnswer,
  fresh: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> => ({ ...fresh, ...kept.headers, date: fresh.date ?? '' });
