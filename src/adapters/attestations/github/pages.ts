import { LIMITS } from '../../../core/limits.ts';
import { refuse, SlsaGateError } from '../../../errors.ts';

/** One page of a list, and how the next one is asked for; undefined on the last. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
  readonly bytes: number;
}

/** A list as far as it could be read. */
export interface Listed<T> {
  readonly items: readonly T[];
  /** Why it is not whole. */
  readonly failure?: SlsaGateError;
}

/**
 * Reads all pages. What was read before one failed is kept. Undefined where the first page is a 404.
 *
 * @throws SlsaGateError of usage
 */
export async function readPages<T>(
  ask: (cursor: string | undefined) => Promise<Page<T> | undefined>,
): Promise<Listed<T> | undefined> {
  const items: T[] = [];
  const seen = new Set<string>();
  let cursor: string | undefined;
  let bytes = 0;
  try {
    for (let pages = 1; ; pages++) {
      const page = await ask(cursor);
      if (page === undefined) {
        if (cursor === undefined) return undefined;
        refuse('source.http-status', 'a page that GitHub named answered with status 404');
      }
      bytes += page.bytes;
      if (bytes > LIMITS.listBytes)
        refuse('limit.response', `a list of GitHub is larger than ${LIMITS.listBytes} bytes`);
      for (const item of page.items) items.push(item);
      cursor = page.next;
      if (cursor === undefined) return { items };
      if (seen.has(cursor)) refuse('limit.pages', 'a list of GitHub leads back to a page that was read');
      if (pages >= LIMITS.pages)
        refuse('source.page-limit', `a list of GitHub has more than ${LIMITS.pages} pages`);
      seen.add(cursor);
    }
  } catch (error) {
    if (error instanceof SlsaGateError && error.exitCode !== 64) return { items, failure: error };
    throw error;
  }
}

/**
 * How a `Link` header (RFC 8288) names the next page. Only the parameter is taken, and put into a request of our own:
 * where the link leads is not followed.
 *
 * @throws SlsaGateError `source.host-refused` when it leads to another origin, `source.malformed-response`
 */
export function nextCursor(
  link: string | undefined,
  origin: string,
  parameter: 'after' | 'page',
): string | undefined {
  const target = (link ?? '')
    .split('<')
    .map((part) => /^([^>]*)>(.*)$/s.exec(part))
    .find((match) => /;\s*rel="?next"?\s*(?:[;,]|$)/.test(match?.[2] ?? ''))?.[1];
  if (target === undefined) return undefined;
  const url = URL.parse(target, origin);
  if (url !== null && url.origin !== origin)
    refuse('source.host-refused', 'a list of GitHub goes on at another host', {
      actual: url.origin.slice(0, 200),
    });
  const cursor = url?.searchParams.get(parameter);
  if (cursor === null || cursor === undefined || cursor === '' || cursor.length > 4_096)
    refuse('source.malformed-response', 'a list of GitHub does not say how it goes on');
  return cursor;
}
