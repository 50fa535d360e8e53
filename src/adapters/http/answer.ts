import type { Dispatcher } from 'undici';
import { refuse, SlsaGateError } from '../../errors.ts';
import { isLimit } from './retry.ts';
import { printableUrl } from './url.ts';

/**
 * The code depends on what can be done about it: credentials, waiting, or nothing.
 *
 * @throws SlsaGateError `source.unauthorized`, `source.rate-limited`, `source.http-status`
 */
export function refuseStatus(url: URL, status: number, headers: Readonly<Record<string, string>>): never {
  const code = isLimit(status, headers)
    ? 'source.rate-limited'
    : status === 401 || status === 403
      ? 'source.unauthorized'
      : 'source.http-status';
  refuse(code, `${printableUrl(url)} answered with status ${status}`, {
    expected: '200',
    actual: String(status),
    details: { origin: url.origin, status },
  });
}

export function plainHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return plain;
}

/** An error page is not read where nobody asks for it, so it cannot be mistaken for content. */
export async function discard(body: Dispatcher.ResponseData['body']): Promise<void> {
  body.on('error', () => {});
  await body.dump({ limit: 16 * 1024 }).catch(() => {});
}

/** Ends an answer that nobody reads on, and its connection with it. */
export function abandon(body: Dispatcher.ResponseData['body']): void {
  body.on('error', () => {});
  body.destroy();
}

const TIMEOUTS = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);
const NAME_ERRORS = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME']);
const TLS_ERROR =
  /^(?:ERR_TLS|ERR_SSL|CERT_|CRL_|DEPTH_ZERO|ERROR_IN_|SELF_SIGNED|UNABLE_TO_|INVALID_(?:CA|PURPOSE)|PATH_LENGTH|HOSTNAME_MISMATCH|EPROTO$)/;

/** What stood in the way, for whoever has to mend it. */
function hintOf(code: string): string {
  if (NAME_ERRORS.has(code)) return 'The name of the host cannot be resolved: check its spelling, and DNS.';
  if (TLS_ERROR.test(code))
    return 'The certificate of the host is not accepted; for an authority of your own give --ca-file.';
  if (code === 'proxy 407') return 'The proxy wants credentials: give them in its address.';
  if (code.startsWith('proxy ')) return 'The proxy does not connect to the host: check what it allows.';
  if (code === 'ECONNREFUSED')
    return 'Nothing listens there: check host and port, and whether the server runs.';
  return 'Check the network (--proxy where one is needed), then run again.';
}

export function asRefusal(
  cause: unknown,
  what: string,
  origin: string,
  { aborted, inBody }: { readonly aborted: boolean; readonly inBody: boolean },
): SlsaGateError {
  if (cause instanceof SlsaGateError) return cause;
  const code = codeOf(cause);
  if (aborted || TIMEOUTS.has(code)) {
    return inBody
      ? new SlsaGateError('limit.time', `the answer of ${what} comes too slowly`, {
          details: { origin },
          cause,
        })
      : new SlsaGateError('source.timeout', `${what} did not answer in time`, { details: { origin }, cause });
  }
  return new SlsaGateError('source.unavailable', `${what} cannot be reached`, {
    hint: hintOf(code),
    actual: code,
    details: { origin },
    cause,
  });
}

/** Codes that say where it failed; what failed stands in their cause. */
const WRAPPERS = new Set(['UND_ERR_ABORTED', 'UND_ERR_PRX_TLS', 'UND_ERR_PRX_CONN']);
const REFUSED_BY_PROXY = /^Proxy response \((\d{3})\)/;

/** A proxy wraps the error of what it could not reach. */
function codeOf(error: unknown): string {
  for (let one = error, depth = 0; one instanceof Error && depth < 4; one = one.cause, depth++) {
    const { code } = one as NodeJS.ErrnoException;
    const [, status] = REFUSED_BY_PROXY.exec(one.message) ?? [];
    if (status !== undefined) return `proxy ${status}`;
    if (typeof code === 'string' && !WRAPPERS.has(code)) return code;
  }
  return 'unknown';
}

/** Worth another try: no answer, or one that broke off. A timeout has already used its share of the budget. */
export const isBroken = (error: unknown): boolean =>
  error instanceof SlsaGateError &&
  error.finding === 'source.unavailable' &&
  !NAME_ERRORS.has(error.actual ?? '') &&
  !TLS_ERROR.test(error.actual ?? '') &&
  !/^proxy 4/.test(error.actual ?? '');
