import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { refuse } from '../../errors.ts';
import { asRefusal, discard, isBroken, plainHeaders, refuseStatus } from './answer.ts';
import { decodeBounded, readBounded } from './body.ts';
import { createConnector } from './connector.ts';
import { delayMs, isRetriedStatus, retryAfterMs } from './retry.ts';
import type { HttpClient, HttpClientOptions, HttpGetOptions } from './types.ts';
import { parseUrl, printableUrl } from './url.ts';

const SECRET_HEADERS = new Set(['authorization', 'cookie', 'proxy-authorization', 'private-token']);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const DEFAULT_TOTAL_MS = 60_000;

/** Environment variables, among them those of proxies, are never read. */
export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  const listed = new Set(options.listedHosts ?? []);
  const retry = options.retry ?? {};
  const attempts = retry.attempts ?? 3;
  const random = options.random ?? Math.random;
  const agent = new Agent({
    connect: createConnector(listed, options.connectTimeoutMs ?? 10_000, options.resolve),
    headersTimeout: options.headersTimeoutMs ?? 15_000,
    maxHeaderSize: 16 * 1024,
  });

  const headersFor = (url: URL, extra: Readonly<Record<string, string>>): Record<string, string> => {
    const headers: Record<string, string> = {
      'user-agent': options.userAgent ?? 'slsa-gate',
      'accept-encoding': 'identity',
      ...extra,
    };
    for (const { origin, header, value } of options.credentials ?? []) {
      if (origin === url.origin) headers[header.toLowerCase()] = value;
    }
    return headers;
  };

  /** One exchange with one checked address. */
  const exchange = async (url: URL, get: HttpGetOptions, signal: AbortSignal): Promise<Exchanged> => {
    const started = performance.now();
    const what = printableUrl(url);
    let status: number | null = null;
    let bytes = 0;
    try {
      const answer = await request(url, {
        dispatcher: agent,
        method: 'GET',
        headers: headersFor(url, get.headers ?? {}),
        signal,
      });
      status = answer.statusCode;
      const headers = plainHeaders(answer.headers);
      if (status !== 200) {
        await discard(answer.body);
        return { status, headers, body: Buffer.alloc(0) };
      }
      const raw = await readBounded(answer.body, headers['content-length'], get.maxBytes, what);
      bytes = raw.length;
      return {
        status,
        headers,
        body: await decodeBounded(raw, headers['content-encoding'], get.maxBytes, what),
      };
    } catch (cause) {
      throw asRefusal(cause, what, url.origin, signal);
    } finally {
      options.onExchange?.({
        origin: url.origin,
        status,
        bytes,
        ms: Math.round(performance.now() - started),
      });
    }
  };

  const withRetries = async (
    url: URL,
    get: HttpGetOptions,
    signal: AbortSignal,
    deadline: number,
  ): Promise<Exchanged> => {
    for (let attempt = 1; ; attempt++) {
      const last = attempt >= attempts;
      let asked: number | undefined;
      try {
        const answer = await exchange(url, get, signal);
        if (!isRetriedStatus(answer.status) || last) return answer;
        asked = retryAfterMs(answer.headers['retry-after'], Date.now());
      } catch (error) {
        if (last || !isBroken(error)) throw error;
      }
      const pause = delayMs(attempt, asked, retry, random());
      if (performance.now() + pause > deadline) {
        refuse('source.timeout', `${printableUrl(url)} could not be read in time`, {
          details: { origin: url.origin },
        });
      }
      await sleep(pause);
    }
  };

  return {
    async get(address, get) {
      assertNoSecrets(get.headers ?? {});
      const totalMs = get.totalTimeoutMs ?? DEFAULT_TOTAL_MS;
      const deadline = performance.now() + totalMs;
      const signal = AbortSignal.timeout(totalMs);
      let url = parseUrl(address, listed);
      for (let hops = 0; ; hops++) {
        const answer = await withRetries(url, get, signal, deadline);
        if (answer.status === 200) return { bytes: answer.body, origin: url.origin, headers: answer.headers };
        if (!REDIRECTS.has(answer.status) || hops >= (get.maxRedirects ?? 0))
          refuseStatus(url, answer.status);
        url = nextHop(url, answer.headers.location, listed);
        if (get.mayRedirectTo !== undefined && !get.mayRedirectTo(url.origin)) {
          refuse('source.blocked-address', 'redirected to a host that is not allowed', {
            actual: url.origin,
          });
        }
      }
    },
    close: () => agent.destroy(),
  };
}

interface Exchanged {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

function nextHop(from: URL, location: string | undefined, listed: ReadonlySet<string>): URL {
  const next = location === undefined ? null : URL.parse(location, from.href);
  if (next === null) refuse('source.http-status', `${printableUrl(from)} redirected to nowhere`);
  return parseUrl(next.href, listed);
}

function assertNoSecrets(headers: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(headers)) {
    if (SECRET_HEADERS.has(name.toLowerCase())) throw new TypeError(`${name} must be bound to an origin`);
  }
}
