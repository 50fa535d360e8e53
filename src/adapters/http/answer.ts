import type { Dispatcher } from 'undici';
import { refuse, SlsaGateError } from '../../errors.ts';
import { printableUrl } from './url.ts';

export const refuseStatus = (url: URL, status: number): never =>
  refuse('source.http-status', `${printableUrl(url)} answered with status ${status}`, {
    expected: '200',
    actual: String(status),
    details: { origin: url.origin, status },
  });

export function plainHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return plain;
}

/** An error page is never read, so it cannot be mistaken for content. */
export async function discard(body: Dispatcher.ResponseData['body']): Promise<void> {
  body.on('error', () => {});
  await body.dump({ limit: 16 * 1024 }).catch(() => {});
}

const TIMEOUTS = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

export function asRefusal(cause: unknown, what: string, origin: string, signal: AbortSignal): SlsaGateError {
  if (cause instanceof SlsaGateError) return cause;
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
  if (signal.aborted || TIMEOUTS.has(code)) {
    return new SlsaGateError('source.timeout', `${what} did not answer in time`, {
      details: { origin },
      cause,
    });
  }
  return new SlsaGateError('source.unavailable', `${what} cannot be reached`, {
    hint: 'Check the network, then run again.',
    actual: code,
    details: { origin },
    cause,
  });
}

/** Worth another try: no answer, or one that broke off. A timeout has already used its share of the budget. */
export const isBroken = (error: unknown): boolean =>
  error instanceof SlsaGateError && error.finding === 'source.unavailable';
