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
}

/** A secret for exactly one origin; it is sent nowhere else, also not after a redirect. */
export interface HttpCredential {
  /** `https://api.example.com`, compared whole. */
  readonly origin: string;
  readonly header: string;
  readonly value: string;
}

export interface HttpClientOptions {
  /** `host:port` (default port written out) that may be http and lie in private networks. */
  readonly listedHosts?: readonly string[];
  readonly credentials?: readonly HttpCredential[];
  readonly connectTimeoutMs?: number;
  /** Until the answer begins. Default 15 000. */
  readonly headersTimeoutMs?: number;
  readonly retry?: RetryOptions;
  readonly userAgent?: string;
  readonly onExchange?: (exchange: HttpExchange) => void;
  readonly resolve?: Resolve;
  /** Number in [0, 1) for the jitter of pauses. */
  readonly random?: () => number;
}

export interface HttpGetOptions {
  /** Bound of the body, before and after decompression. */
  readonly maxBytes: number;
  /** Bound of everything: pauses, redirects, tries and the body. Default 60 000. */
  readonly totalTimeoutMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Redirects followed; each hop is checked like the first address. Default 0: a redirect is a refusal. */
  readonly maxRedirects?: number;
  /** May narrow where redirects lead, by origin. */
  readonly mayRedirectTo?: (origin: string) => boolean;
}

/** A 200 answer; every other status was refused. */
export interface HttpResponse {
  readonly bytes: Buffer;
  /** Origin that answered in the end. */
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The only way out of the process. Safe for concurrent use; nothing is cached, no cookie is kept. */
export interface HttpClient {
  /**
   * @throws SlsaGateError `config.insecure-url`, `source.blocked-address`, `source.http-status` (with `details.status`),
   * `source.timeout`, `source.unavailable`, `limit.bytes`
   */
  get(address: string, options: HttpGetOptions): Promise<HttpResponse>;
  close(): Promise<void>;
}
