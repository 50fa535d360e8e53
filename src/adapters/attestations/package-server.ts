import { LIMITS } from '../../core/limits.ts';
import { type Json, parseJson } from '../../core/model/json.ts';
import type { CollectedAttestations } from '../../core/ports.ts';
import { attempt, refuse, SlsaGateError } from '../../errors.ts';
import { type HttpClient, type HttpCredential, hostAndPort, isJsonType } from '../http/index.ts';

/** Where packages are kept: a registry of npm, an index of Python. */
export interface PackageServerOptions {
  readonly http: HttpClient;
  /** Base address, with or without a slash at its end. */
  readonly url: string;
  readonly credentials: readonly HttpCredential[];
  /** `host:port` that the server's answers may lead to, beside the server itself. */
  readonly listedHosts: readonly string[];
}

export interface JsonRequest {
  readonly accept: string;
  readonly maxBytes: number;
}

export interface JsonContent {
  readonly isFound: true;
  readonly json: Json;
  readonly bytes: Uint8Array;
}

export type JsonAnswer = JsonContent | { readonly isFound: false };

export interface PackageServer {
  /** `host[:port][/path]`, to be shown. */
  readonly label: string;
  /** Address below the base; its parts must be encoded. */
  at(path: string): string;
  /**
   * @throws SlsaGateError `source.host-refused` when the address, or one that it redirects to, is neither of the server
   * nor listed; `source.malformed-response`, the other `source.*` and `limit.*`
   */
  readJson(address: string, request: JsonRequest): Promise<JsonContent>;
  /**
   * As {@link readJson}, but some statuses mean "not here", where their body is JSON as well: an error page is of somebody
   * in between.
   */
  findJson(
    address: string,
    request: JsonRequest & { readonly absent: readonly number[] },
  ): Promise<JsonAnswer>;
  /** Reads content piece by piece. @throws SlsaGateError as {@link readJson} */
  readPieces(address: string, maxBytes: number, onChunk: (chunk: Uint8Array) => void): Promise<void>;
}

/** A large package through a slow line; the deadline of the decision ends it earlier. */
const DOWNLOAD_MS = 10 * 60_000;
const REASON_LENGTH = 200;

/** @throws SlsaGateError `config.insecure-url`, `config.invalid` for a base address that is none */
export function createPackageServer({
  http,
  url,
  credentials,
  listedHosts,
}: PackageServerOptions): PackageServer {
  const base = URL.parse(url);
  if (base === null || base.search !== '' || base.hash !== '' || base.username !== '' || base.password !== '')
    return refuse('config.invalid', 'not the address of a registry or index');
  const listed = new Set(listedHosts);
  if (base.protocol !== 'https:' && !(base.protocol === 'http:' && listed.has(hostAndPort(base))))
    refuse('config.insecure-url', `not https, and no host that is listed: ${base.origin}`, {
      actual: base.origin,
    });
  const path = base.pathname.replace(/\/+$/, '');
  const isAllowed = (origin: string): boolean => {
    const other = URL.parse(origin);
    return origin === base.origin || (other !== null && listed.has(hostAndPort(other)));
  };

  /** What the server names itself is asked with its credentials, what lies elsewhere without any. */
  const toRequest = (address: string) => {
    const target = URL.parse(address);
    if (target === null || target.username !== '' || target.password !== '')
      refuse('source.malformed-response', 'the server names an address that is none');
    if (!isAllowed(target.origin))
      refuse(
        'source.host-refused',
        `the server names an address at another host: ${target.origin.slice(0, 100)}`,
      );
    return {
      maxRedirects: LIMITS.redirects,
      mayRedirectTo: isAllowed,
      ...(target.origin === base.origin ? { credentials } : { anonymous: true }),
    };
  };

  const readJson = async (
    address: string,
    { accept, maxBytes }: JsonRequest,
    absent: readonly number[],
  ): Promise<JsonAnswer> => {
    const asked = toRequest(address);
    const { status, bytes, headers, origin } = await asOurs(
      http.request(address, { ...asked, maxBytes, headers: { accept }, accept: absent, revalidate: true }),
    );
    const isJson = isJsonType(headers['content-type']);
    if (status === 200) {
      if (!isJson) refuse('source.malformed-response', `${origin} answered with something else than JSON`);
      return { isFound: true, json: toJson(bytes, maxBytes, origin), bytes };
    }
    if (isJson && 'value' in attempt(() => parseJson(bytes, 'answer', maxBytes))) return { isFound: false };
    return refuse('source.http-status', `${origin} answered with status ${status} and no JSON`, {
      details: { origin, status },
    });
  };

  return {
    label: `${base.host}${path}`,
    at: (rest) => `${base.origin}${path}/${rest}`,
    async readJson(address, request) {
      const answer = await readJson(address, request, []);
      return answer.isFound ? answer : refuse('source.http-status', 'the server has no such address');
    },
    findJson: (address, { absent, ...request }) => readJson(address, request, absent),
    async readPieces(address, maxBytes, onChunk) {
      const asked = toRequest(address);
      await asOurs(http.request(address, { ...asked, maxBytes, onChunk, totalTimeoutMs: DOWNLOAD_MS }));
    },
  };
}

/** The base address was checked, so an address that must not be asked is one that the server redirected to. */
async function asOurs<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (!(cause instanceof SlsaGateError) || !cause.finding.startsWith('config.')) throw cause;
    throw new SlsaGateError('source.host-refused', 'redirected to an address that must not be asked', {
      cause,
    });
  }
}

/** An answer of a server is no attestation: whatever is wrong with its form, it was not read. */
function toJson(bytes: Uint8Array, maxBytes: number, origin: string): Json {
  try {
    return parseJson(bytes, 'answer', maxBytes);
  } catch (cause) {
    if (!(cause instanceof SlsaGateError)) throw cause;
    throw new SlsaGateError(
      'source.malformed-response',
      `an answer of ${origin} cannot be read: ${cause.message}`,
      {
        cause,
      },
    );
  }
}

/** A source that could not be read; bugs go on. */
export function toFailed(name: string, error: unknown): CollectedAttestations {
  if (!(error instanceof SlsaGateError)) throw error;
  return {
    name,
    answer: 'failed',
    attestations: [],
    code: error.finding,
    reason: error.message.slice(0, REASON_LENGTH),
  };
}
