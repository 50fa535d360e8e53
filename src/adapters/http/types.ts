import type { Resolve } from './connector.ts';
import type { RetryOptions } from './retry.ts';

/** One exchange, as it may stand in a record: no path, no query, no credentials. */
export interface HttpExchange {
  readonly origin: string;
  /** null when no answer came. */
  readonly status: number | null;
  /** Bytes of the body as received. */
  readonly bytes: number;
  readonly ms: number;
  /** What the server said of its clock, and ours at that moment; milliseconds since 1970. */
  readonly clock?: { readonly serverMs: number; readonly localMs: number };
}

/** A secret for exactly one origin; it is sent nowhere else, also not after a redirect. */
export interface HttpCredential {
  /** `https://api.example.com`, compared whole. */
  readonly origin: string;
  /** Of its paths this one and those below it, in whole parts; all without it. The longest one counts. */
  readonly path?: string;
  readonly header: string;
  readonly value: string;
}

/** A certificate of ours, shown to exactly one host. */
export interface ClientCertificate {
  /** `host:port`, default port written out. */
  readonly host: string;
  readonly certificatePem: Uint8Array;
  readonly keyPem: Uint8Array;
}

/** A proxy, and what does not go through it. */
export interface ProxyOptions {
  /** `http://` or `https://`; may hold credentials for the proxy itself. */
  readonly url: string;
  /** Hosts that are asked directly, as in `NO_PROXY`: see `isExcepted`. Loopback always is. */
  readonly except: readonly string[];
}

/** An answer that was kept, to be asked again by its ETag. */
export interface KeptAnswer {
  readonly etag: string;
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** Answers by what was asked: origin, path, query, accepted types and a fingerprint of the credentials. */
export interface AnswerCache {
  get(key: string): Promise<KeptAnswer | undefined>;
  /** Never throws: a cache that cannot be written is none. */
  put(key: string, answer: KeptAnswer): Promise<void>;
}

export interface HttpClientOptions {
  /** `host:port` (default port written out) that may be http and lie in private networks. */
  readonly listedHosts?: readonly string[];
  readonly credentials?: readonly HttpCredential[];
  /** PEM of authorities that are trusted beside those of Node. */
  readonly extraCaPem?: Uint8Array;
  readonly clientCertificates?: readonly ClientCertificate[];
  readonly proxy?: ProxyOptions;
  readonly connectTimeoutMs?: number;
  /** Until the answer begins. Default 15 000. */
  readonly headersTimeoutMs?: number;
  /** Between two pieces of a body. Default 15 000. */
  readonly bodyTimeoutMs?: number;
  /** Connections to one origin at the same time. Default 6. */
  readonly connectionsPerOrigin?: number;
  readonly retry?: RetryOptions;
  readonly userAgent?: string;
  readonly answers?: AnswerCache;
  readonly onExchange?: (exchange: HttpExchange) => void;
  /** When everything that is asked now must be over, on the clock of `performance.now`; undefined for no such end. */
  readonly deadline?: () => number | undefined;
  readonly resolve?: Resolve;
  /** Number in [0, 1) for the jitter of pauses. */
  readonly random?: () => number;
}

export interface HttpGetOptions {
  /** Bound of the body, before and after decompression. */
  readonly maxBytes: number;
  /** Bound of everything: pauses, redirects, tries and the body. Default 60 000, and never past the deadline of the scope. */
  readonly totalTimeoutMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Redirects followed; each hop is checked like the first address. Default 0: a redirect is a refusal. */
  readonly maxRedirects?: number;
  /** May narrow where redirects lead, by origin. */
  readonly mayRedirectTo?: (origin: string) => boolean;
}

export interface HttpRequestOptions extends HttpGetOptions {
  /** Only GET and HEAD are tried again, and what is said to be repeatable. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly body?: Uint8Array;
  /** A POST that only asks, so that asking twice does no harm. */
  readonly isRepeatable?: boolean;
  /** Sent where their origin is the very one that is asked, on top of those of the client. */
  readonly credentials?: readonly HttpCredential[];
  /** Sends none of the client's credentials either, e.g. to an address that an answer named. */
  readonly anonymous?: boolean;
  /**
   * Statuses that are an answer beside 200; all others are refused. Their bodies are read up to 64 KiB, and cut there.
   */
  readonly accept?: readonly number[];
  /**
   * Hears the body piece by piece; `bytes` is then empty, and a body that is sent compressed is refused. Not together with
   * `revalidate`.
   */
  readonly onChunk?: (chunk: Uint8Array) => void;
  /** Kept by its ETag where the client has a cache for answers: an unchanged one costs no body. GET alone. */
  readonly revalidate?: boolean;
}

/** A 200 answer; every other status was refused. */
export interface HttpResponse {
  readonly bytes: Buffer;
  /** Origin that answered in the end. */
  readonly origin: string;
  /** Lower-case names; several of one name are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface HttpAnswer extends HttpResponse {
  /** 200, or one of `accept`. An answer that was kept and is unchanged has the status 200. */
  readonly status: number;
}

/** The only way out of the process. Safe for concurrent use; no cookie is kept. */
export interface HttpClient {
  /**
   * @throws SlsaGateError `config.insecure-url`, `source.blocked-address`, `source.http-status` (with `details.status`),
   * `source.timeout`, `source.unavailable`, `limit.response`, `limit.decompressed`
   */
  get(address: string, options: HttpGetOptions): Promise<HttpResponse>;
  /** @throws SlsaGateError as {@link get} */
  request(address: string, options: HttpRequestOptions): Promise<HttpAnswer>;
  close(): Promise<void>;
}
