/** How often and how long a broken request is tried again. */
export interface RetryOptions {
  /** Tries in all; 1 means no repetition. Default 3. */
  readonly attempts?: number;
  /** First pause, doubled each time and shortened at random by up to half. Default 250. */
  readonly baseMs?: number;
  /** Longest single pause; a server that asks for a longer one is not asked again. Default 10 000. */
  readonly maxDelayMs?: number;
}

type Headers = Readonly<Record<string, string>>;

const RETRIED_STATUSES = new Set([429, 502, 503, 504]);

/** GitHub says with 403, too, that its limit is reached; other 403 stay what they are. */
export const isLimit = (status: number, headers: Headers): boolean =>
  status === 429 ||
  (status === 403 && (headers['retry-after'] !== undefined || headers['x-ratelimit-remaining'] === '0'));

export const isRetried = (status: number, headers: Headers): boolean =>
  RETRIED_STATUSES.has(status) || isLimit(status, headers);

/** `Retry-After` in milliseconds: seconds or a date; undefined when absent or unreadable. */
function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,6}$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** How long the server wants to be left alone: its `Retry-After`, or the end of a limit that is used up. */
export function askedPauseMs(headers: Headers, now: number): number | undefined {
  const asked = retryAfterMs(headers['retry-after'], now);
  if (asked !== undefined) return asked;
  const reset = headers['x-ratelimit-reset'];
  if (headers['x-ratelimit-remaining'] !== '0' || reset === undefined || !/^\d{1,12}$/.test(reset))
    return undefined;
  return Math.max(0, Number(reset) * 1000 - now);
}

/** Pause before try `attempt` + 1; jitter keeps many clients from coming back at the same instant. */
export function delayMs(
  attempt: number,
  asked: number | undefined,
  options: RetryOptions,
  random: number,
): number {
  const { baseMs = 250, maxDelayMs = 10_000 } = options;
  const backoff = Math.min(maxDelayMs, baseMs * 2 ** (attempt - 1) * (0.5 + random / 2));
  return Math.max(backoff, asked ?? 0);
}

/** Whether it is worth waiting: asking earlier than the server wants only makes the limit longer. */
export const isWorthWaiting = (pauseMs: number, { maxDelayMs = 10_000 }: RetryOptions): boolean =>
  pauseMs <= maxDelayMs;
