import { createHash } from 'node:crypto';
import type { HttpCredential, KeptAnswer } from './types.ts';

/**
 * What an answer is kept under: whoever has other credentials asks something else. Secrets enter as part of a hash
 * alone.
 */
export function answerKey(
  url: URL,
  headers: Readonly<Record<string, string>>,
  sent: readonly HttpCredential[],
): string {
  const fingerprint = createHash('sha256');
  for (const part of [
    url.href,
    headers.accept ?? '',
    ...sent.map(({ header, value }) => `${header.toLowerCase()}: ${value}`).sort(),
  ]) {
    fingerprint.update(part).update('\0');
  }
  return fingerprint.digest('hex');
}

/** Headers of the kept answer count, but for what the server says anew, such as the end of a limit. */
export const mergeHeaders = (
  kept: KeptAnswer,
  fresh: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> => ({ ...fresh, ...kept.headers, date: fresh.date ?? '' });
