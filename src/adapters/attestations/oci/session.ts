import { refuse, SlsaGateError } from '../../../errors.ts';
import type { RegistryCredential } from '../../credentials/types.ts';
import type { HttpAnswer, HttpClient, HttpCredential, HttpRequestOptions } from '../../http/index.ts';
import { type Authorizer, createAuthorizer } from './auth.ts';
import type { Endpoint } from './endpoint.ts';

/** What may be done with a token: named in its scope. */
export type Actions = 'pull' | 'pull,push';

export interface SessionRequest extends Omit<HttpRequestOptions, 'credentials' | 'anonymous'> {
  readonly repository: string;
  readonly actions: Actions;
}

/** One registry, and who asks it. */
export interface RegistrySession {
  /** Where it was found; before the first answer where it is looked for first. */
  readonly origin: string;
  /**
   * Asks with what the registry wants to be told, which is sent to no other origin. An answer 401 is followed by one token
   * exchange and one more try.
   *
   * @param path from the root: `/v2/owner/app/manifests/1.0`, or a whole address at the registry's origin
   * @throws SlsaGateError `source.unauthorized`, `registry.realm-refused`, `source.host-refused` for a redirect to where
   * nothing must be asked, and all that the client throws
   */
  request(path: string, asked: SessionRequest): Promise<HttpAnswer>;
}

export interface SessionOptions {
  readonly http: HttpClient;
  readonly endpoint: Endpoint;
  readonly listedHosts: ReadonlySet<string>;
  readonly credential: () => Promise<RegistryCredential | undefined>;
}

export function createSession({ http, endpoint, listedHosts, credential }: SessionOptions): RegistrySession {
  const [first, second] = endpoint.origins;
  let origin = first;
  let isFound = second === undefined;
  const authorizers = new Map<string, Authorizer>();

  /** Tokens belong to one origin, down to its protocol. */
  const authorizer = (): Authorizer => {
    const known = authorizers.get(origin) ?? createAuthorizer({ http, listedHosts, origin, credential });
    authorizers.set(origin, known);
    return known;
  };

  async function send(
    path: string,
    asked: SessionRequest,
    sent: HttpCredential | undefined,
  ): Promise<HttpAnswer> {
    const { repository, actions, ...options } = asked;
    let isRedirected = false;
    try {
      return await http.request(new URL(path, origin).href, {
        ...options,
        accept: [...(asked.accept ?? []), 401, ...(isFound ? [] : [400])],
        anonymous: true,
        credentials: sent === undefined ? [] : [sent],
        mayRedirectTo: (to) => {
          isRedirected = true;
          return asked.mayRedirectTo?.(to) ?? true;
        },
      });
    } catch (cause) {
      throw asHostRefusal(cause, isRedirected);
    }
  }

  /** Of a registry on this machine it is not known which protocol it speaks, until it has answered. */
  async function find(path: string, asked: SessionRequest, other: string): Promise<HttpAnswer> {
    let failure: unknown;
    try {
      const answer = await send(path, asked, undefined);
      if (answer.status !== 400 || !WANTS_HTTPS.test(answer.bytes.toString('latin1'))) {
        isFound = true;
        return accepted(answer, asked);
      }
    } catch (error) {
      if (isFound || !isNoHttp(error)) throw error;
      failure = error;
    }
    origin = other;
    try {
      const answer = await send(path, asked, undefined);
      isFound = true;
      return accepted(answer, asked);
    } catch (error) {
      if (failure === undefined) throw error;
      origin = first;
      throw failure;
    }
  }

  return {
    get origin() {
      return origin;
    },
    request: async (path, asked) => {
      const scope = `repository:${asked.repository}:${asked.actions}`;
      const known = await authorizer().current(scope);
      const answer =
        isFound || second === undefined ? await send(path, asked, known) : await find(path, asked, second);
      if (answer.status !== 401) return answer;
      // Who was reached through a redirect does not say who may ask the registry.
      if (answer.origin !== origin) return refuseUnauthorized(answer);
      const fresh = await authorizer().answer(scope, answer.headers['www-authenticate'], known);
      const again = await send(path, asked, fresh);
      return again.status === 401 ? refuseUnauthorized(again) : again;
    },
  };
}

/** What servers of https say to whom speaks http to them. */
const WANTS_HTTPS = /HTTP request (?:to an HTTPS server|was sent to HTTPS port)/i;
const NOT_LISTENING = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

const isNoHttp = (error: unknown): boolean =>
  error instanceof SlsaGateError &&
  error.finding === 'source.unavailable' &&
  !NOT_LISTENING.has(error.actual ?? '');

/** 400 was only listened to because of the protocol. */
function accepted(answer: HttpAnswer, { accept = [] }: SessionRequest): HttpAnswer {
  if (answer.status !== 400 || accept.includes(400)) return answer;
  return refuse('source.http-status', `${answer.origin} answered with status ${answer.status}`, {
    expected: '200',
    actual: String(answer.status),
    details: { origin: answer.origin, status: answer.status },
  });
}

const refuseUnauthorized = ({ origin }: HttpAnswer): never =>
  refuse('source.unauthorized', `${origin} does not accept who asks`, {
    expected: '200',
    actual: '401',
    details: { origin, status: 401 },
  });

const REFUSED_TARGETS = new Set(['config.insecure-url', 'config.invalid']);

/**
 * Our own addresses are well-formed, so it was a redirect that led to another scheme. A private address is a matter of
 * usage where the user named it, and of the registry where that leads there.
 */
function asHostRefusal(cause: unknown, isRedirected: boolean): unknown {
  if (!(cause instanceof SlsaGateError)) return cause;
  const isBlocked = cause.finding === 'source.blocked-address' && isRedirected;
  if (!isBlocked && !REFUSED_TARGETS.has(cause.finding)) return cause;
  return new SlsaGateError('source.host-refused', 'the registry leads to an address that must not be asked', {
    ...(cause.actual === undefined ? {} : { actual: cause.actual }),
    cause,
  });
}
