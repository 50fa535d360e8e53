import { setTimeout as sleep } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { refuse, SlsaGateError } from '../../errors.ts';
import { abandon, asRefusal, discard, isBroken, plainHeaders, refuseStatus } from './answer.ts';
import { assertPlain, decodeBounded, readBounded } from './body.ts';
import { createDispatchers, type Dispatchers } from './dispatcher.ts';
import { answerKey, isEntityTag, mergeHeaders } from './kept.ts';
import { askedPauseMs, delayMs, isRetried, isWorthWaiting } from './retry.ts';
import type {
  HttpAnswer,
  HttpClient,
  HttpClientOptions,
  HttpCredential,
  HttpExchange,
  HttpRequestOptions,
  KeptAnswer,
} from './types.ts';
import { parseUrl, printableUrl } from './url.ts';

const SECRET_HEADERS = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
  'private-token',
  'job-token',
]);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const REPEATABLE = new Set(['GET', 'HEAD']);
const DEFAULT_TOTAL_MS = 60_000;
/** Of an answer that is not 200: enough to tell one error from another. */
const ERROR_BODY_BYTES = 64 * 1024;

/** Environment variables, among them those of proxies, are never read. */
export const createHttpClient = (options: HttpClientOptions = {}): HttpClient => new Client(options);

/** When everything of one request must be over. */
interface Budget {
  readonly signal: AbortSignal;
  /** On the clock of `performance.now`. */
  readonly deadline: number;
}

interface Exchanged {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

class Client implements HttpClient {
  readonly #options: HttpClientOptions;
  readonly #listed: ReadonlySet<string>;
  readonly #dispatchers: Dispatchers;

  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.#listed = new Set(options.listedHosts ?? []);
    this.#dispatchers = createDispatchers(options);
  }

  async get(address: string, get: Parameters<HttpClient['get']>[1]): Promise<HttpAnswer> {
    return this.request(address, get);
  }

  close(): Promise<void> {
    return this.#dispatchers.destroy();
  }

  async request(address: string, asked: HttpRequestOptions): Promise<HttpAnswer> {
    assertNoSecrets(asked.headers ?? {});
    if (asked.revalidate === true && (asked.onChunk !== undefined || (asked.method ?? 'GET') !== 'GET'))
      throw new TypeError('revalidate is for GET, and for answers as a whole');
    const listed = this.#listed;
    const options = this.#options;
    let url = parseUrl(address, listed);
    const budget = this.#budget(url, asked.totalTimeoutMs ?? DEFAULT_TOTAL_MS);
    for (let hops = 0; ; hops++) {
      const sent = this.#credentialsFor(url, asked);
      const key =
        asked.revalidate === true && options.answers !== undefined
          ? answerKey(url, asked.headers ?? {}, sent)
          : undefined;
      const kept = key === undefined ? undefined : await this.#keptFor(key, asked);
      const answer = await this.#withRetries(url, asked, sent, kept, budget);
      if (answer.status === 304 && kept !== undefined) {
        const headers = mergeHeaders(kept, answer.headers);
        return { status: 200, bytes: Buffer.from(kept.bytes), origin: url.origin, headers };
      }
      if (answer.status === 200 || asked.accept?.includes(answer.status) === true) {
        const { etag } = answer.headers;
        if (answer.status === 200 && key !== undefined && isEntityTag(etag)) {
          await options.answers?.put(key, { etag, bytes: answer.body, headers: keptHeaders(answer.headers) });
        }
        return { status: answer.status, bytes: answer.body, origin: url.origin, headers: answer.headers };
      }
      const { method = 'GET' } = asked;
      if (!REDIRECTS.has(answer.status) || !REPEATABLE.has(method) || hops >= (asked.maxRedirects ?? 0))
        refuseStatus(url, answer.status, answer.headers);
      url = nextHop(url, answer.headers.location, listed);
      if (asked.mayRedirectTo !== undefined && !asked.mayRedirectTo(url.origin)) {
        refuse('source.host-refused', 'redirected to a host that is not allowed', { actual: url.origin });
      }
    }
  }

  /** One that is longer than this caller reads is asked for anew, so that it is refused as any other. */
  async #keptFor(key: string, { maxBytes }: HttpRequestOptions): Promise<KeptAnswer | undefined> {
    const kept = await this.#options.answers?.get(key);
    return kept !== undefined && kept.bytes.length <= maxBytes && isEntityTag(kept.etag) ? kept : undefined;
  }

  #budget(url: URL, totalMs: number): Budget {
    const now = performance.now();
    const deadline = Math.min(now + totalMs, this.#options.deadline?.() ?? Number.POSITIVE_INFINITY);
    if (deadline <= now) refuseLate(url);
    return { deadline, signal: AbortSignal.timeout(Math.ceil(deadline - now)) };
  }

  #credentialsFor(url: URL, { credentials = [], anonymous = false }: HttpRequestOptions): HttpCredential[] {
    const own = anonymous ? [] : (this.#options.credentials ?? []);
    return [...own, ...credentials]
      .filter((one) => isFor(one, url))
      .sort((one, other) => (one.path ?? '').length - (other.path ?? '').length);
  }

  async #withRetries(
    url: URL,
    asked: HttpRequestOptions,
    sent: readonly HttpCredential[],
    kept: KeptAnswer | undefined,
    budget: Budget,
  ): Promise<Exchanged> {
    const { retry = {}, random = Math.random } = this.#options;
    const mayRepeat = REPEATABLE.has(asked.method ?? 'GET') || asked.isRepeatable === true;
    const attempts = mayRepeat ? (retry.attempts ?? 3) : 1;
    const { onChunk } = asked;
    let isHeard = false;
    const watched =
      onChunk === undefined
        ? asked
        : {
            ...asked,
            onChunk: (chunk: Uint8Array) => {
              isHeard = true;
              onChunk(chunk);
            },
          };
    for (let attempt = 1; ; attempt++) {
      const last = attempt >= attempts;
      let pauseAsked: number | undefined;
      try {
        const answer = await this.#exchange(url, watched, sent, kept, budget);
        if (!isRetried(answer.status, answer.headers) || last) return answer;
        pauseAsked = askedPauseMs(answer.headers, Date.now());
        if (!isWorthWaiting(pauseAsked ?? 0, retry)) return answer;
      } catch (error) {
        // Pieces that were heard cannot be taken back.
        if (last || isHeard || !isBroken(error)) throw error;
      }
      const pause = delayMs(attempt, pauseAsked, retry, random());
      if (performance.now() + pause > budget.deadline) refuseLate(url);
      await sleep(pause);
    }
  }

  /** One exchange with one checked address. */
  async #exchange(
    url: URL,
    asked: HttpRequestOptions,
    sent: readonly HttpCredential[],
    kept: KeptAnswer | undefined,
    { signal }: Budget,
  ): Promise<Exchanged> {
    const options = this.#options;
    const dispatchers = this.#dispatchers;
    const started = performance.now();
    const what = printableUrl(url);
    let status: number | null = null;
    let length = 0;
    let clock: HttpExchange['clock'];
    let inBody = false;
    let content: Dispatcher.ResponseData['body'] | undefined;
    try {
      const answer = await dispatchers.for(url).request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: asked.method ?? 'GET',
        headers: {
          'user-agent': options.userAgent ?? 'slsa-gate',
          'accept-encoding': 'identity',
          ...asked.headers,
          ...(kept === undefined ? {} : { 'if-none-match': kept.etag }),
          ...Object.fromEntries(sent.map(({ header, value }) => [header.toLowerCase(), value])),
        },
        body: asked.body ?? null,
        signal,
      });
      status = answer.statusCode;
      content = answer.body;
      inBody = true;
      const headers = plainHeaders(answer.headers);
      clock = clockOf(headers.date);
      const isAnswer = status === 200 || asked.accept?.includes(status) === true;
      if (!isAnswer || status === 304 || asked.method === 'HEAD') {
        await discard(answer.body);
        return { status, headers, body: Buffer.alloc(0) };
      }
      // Before a piece of it is heard as what it is not.
      if (asked.onChunk !== undefined && status < 400) assertPlain(headers['content-encoding'], what);
      const bound =
        status >= 400
          ? { maxBytes: Math.min(asked.maxBytes, ERROR_BODY_BYTES), cut: true }
          : { maxBytes: asked.maxBytes, onChunk: asked.onChunk };
      const read = await readBounded(answer.body, headers['content-length'], bound, what);
      length = read.length;
      const body = await decodeBounded(read.bytes, headers['content-encoding'], bound.maxBytes, what);
      return { status, headers, body };
    } catch (cause) {
      // A body that is not read would hold its connection, of which there are few, until the time is over.
      if (content !== undefined) abandon(content);
      throw asRefusal(cause, what, url.origin, { aborted: signal.aborted, inBody });
    } finally {
      const exchange: HttpExchange = {
        origin: url.origin,
        status,
        bytes: length,
        ms: Math.round(performance.now() - started),
        ...(clock === undefined ? {} : { clock }),
      };
      options.onExchange?.(exchange);
    }
  }
}

const isFor = ({ origin, path = '/' }: HttpCredential, url: URL): boolean =>
  origin === url.origin &&
  (url.pathname === path || url.pathname.startsWith(path.endsWith('/') ? path : `${path}/`));

const refuseLate = (url: URL): never =>
  refuse('source.timeout', `${printableUrl(url)} could not be read in time`, {
    details: { origin: url.origin },
  });

/** Of an answer that is kept: what a reader of it needs later. */
const keptHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    ['content-type', 'link', 'oci-filters-applied', 'docker-content-digest'].flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

function clockOf(date: string | undefined): HttpExchange['clock'] {
  const serverMs = Date.parse(date ?? '');
  return Number.isNaN(serverMs) ? undefined : { serverMs, localMs: Date.now() };
}

function nextHop(from: URL, location: string | undefined, listed: ReadonlySet<string>): URL {
  const next = location === undefined ? null : URL.parse(location, from.href);
  if (next === null) refuse('source.http-status', `${printableUrl(from)} redirected to nowhere`);
  try {
    return parseUrl(next.href, listed);
  } catch (cause) {
    if (!(cause instanceof SlsaGateError)) throw cause;
    // The server chose it, so it is no mistake of whoever configured the first address.
    throw new SlsaGateError(
      'source.host-refused',
      `${printableUrl(from)} redirected to an address that is not asked`,
      {
        expected: 'https://...',
        actual: `${next.protocol}//${next.host}`.slice(0, 200),
        details: { origin: from.origin },
        cause,
      },
    );
  }
}

function assertNoSecrets(headers: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(headers)) {
    if (SECRET_HEADERS.has(name.toLowerCase())) throw new TypeError(`${name} must be bound to an origin`);
  }
}
