/** How often and how long a broken request is tried again. */
export interface RetryOptions {
  /** Tries in all; 1 means no repetition. Default 3. */
  readonly attempts?: number;
  /** First pause, doubled each time and shortened at random by up to half. Default 250. */
  readonly baseMs?: number;
  /** Longest single pause, also for what a server asks for. Default 10 000. */
  readonly maxDelayMs?: number;
}

const RETRIED_STATUSES = new Set([429, 502, 503, 504]);

export const isRetriedStatus = (status: number): boolean => RETRIED_STATUSES.has(status);

/** `Retry-After` in milliseconds: seconds or a date; undefined when absent or unreadable. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,6}$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Pause before try `attempt` + 1; jitter keeps many clients from coming back at the same instant. */
export function delayMs(
  attempt: number,
  asked: number | undefined,
  options: RetryOptions,
  random: number,
): number {
  const { baseMs = 250, maxDelayMs = 10_000 } = options;
  const backoff = baseMs * 2 ** (attempt - 1) * (0.5 + random / 2);
  return Math.min(maxDelayMs, Math.max(backoff, asked ?? 0));
}
