import * as z from 'zod/mini';
import { LIMITS } from '../../../core/limits.ts';
import { parseJson } from '../../../core/model/json.ts';
import { lazy } from '../../../core/model/lazy.ts';
import { attempt, refuse, SlsaGateError } from '../../../errors.ts';
import type { RegistryCredential } from '../../credentials/types.ts';
import type { HttpClient, HttpCredential } from '../../http/index.ts';
import { type Challenge, parseChallenge } from './challenge.ts';
import { parseRealm } from './realm.ts';

export interface AuthOptions {
  readonly http: HttpClient;
  readonly listedHosts: ReadonlySet<string>;
  /** Of the registry; nothing that is got here is sent to another. */
  readonly origin: string;
  /** Asked for when the registry wants to know who asks. */
  readonly credential: () => Promise<RegistryCredential | undefined>;
}

/** Who asks, for one registry. Tokens are kept in memory alone, one for each scope. */
export interface Authorizer {
  /** What is known to be sent for this scope; undefined before the registry has asked. */
  current(scope: string): Promise<HttpCredential | undefined>;
  /**
   * What to send after the registry did not accept what it got. Several that ask at the same time share one exchange.
   *
   * @param rejected what was sent
   * @throws SlsaGateError `source.unauthorized`, `registry.realm-refused`, `credential.unusable`, `source.*`, `limit.*`
   */
  answer(
    scope: string,
    challenge: string | undefined,
    rejected: HttpCredential | undefined,
  ): Promise<HttpCredential>;
}

/** Named in the logs of token servers; they treat it as decoration. */
const CLIENT_ID = 'slsa-gate';
const TOKEN = /^[\x21-\x7e]+$/;
const TokenAnswer = lazy(() =>
  z.object({ token: z.optional(z.string()), access_token: z.optional(z.string()) }),
);

export function createAuthorizer({ http, listedHosts, origin, credential }: AuthOptions): Authorizer {
  const kept = new Map<string, Promise<HttpCredential>>();
  const toOwn = (value: string): HttpCredential => ({ origin, header: 'authorization', value });

  const unauthorized = (message: string): never =>
    refuse('source.unauthorized', message, { details: { origin, status: 401 } });

  async function exchange(scope: string, header: string | undefined): Promise<HttpCredential> {
    const challenge =
      parseChallenge(header) ??
      unauthorized(`${origin} wants credentials without saying how they are to be given`);
    const own = await credential();
    if (own?.kind === 'bearer') return toOwn(`Bearer ${own.token}`);
    if (challenge.kind === 'basic') {
      if (own?.kind !== 'basic')
        return unauthorized(
          own === undefined
            ? `${origin} wants a user and a password, and none are known`
            : `${origin} wants a user and a password, and the credential from ${own.from} is another kind`,
        );
      return toOwn(basic(own));
    }
    return toOwn(`Bearer ${await fetchToken(challenge, scope, own)}`);
  }

  async function fetchToken(
    { realm, service }: Challenge & { readonly kind: 'bearer' },
    scope: string,
    own: Exclude<RegistryCredential, { kind: 'bearer' }> | undefined,
  ): Promise<string> {
    const url = parseRealm(realm, { origin, listedHosts, withCredentials: own !== undefined });
    const asked = { scope, ...(service === undefined ? {} : { service }), client_id: CLIENT_ID };
    try {
      if (own?.kind === 'refresh-token') {
        const form = new URLSearchParams({
          grant_type: 'refresh_token',
          refresh_token: own.token,
          ...asked,
        });
        const { bytes } = await http.request(url.href, {
          method: 'POST',
          headers: {
            'content-type': 'application/x-www-form-urlencoded',
            accept: 'application/json',
          },
          body: Buffer.from(form.toString()),
          maxBytes: LIMITS.credentialBytes,
          anonymous: true,
        });
        return tokenOf(bytes, url);
      }
      for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
      const { bytes } = await http.request(url.href, {
        headers: { accept: 'application/json' },
        maxBytes: LIMITS.credentialBytes,
        anonymous: true,
        credentials:
          own === undefined ? [] : [{ origin: url.origin, header: 'authorization', value: basic(own) }],
      });
      return tokenOf(bytes, url);
    } catch (cause) {
      throw asRealmRefusal(cause, url);
    }
  }

  return {
    current: async (scope) => kept.get(scope),
    answer: async (scope, challenge, rejected) => {
      const known = kept.get(scope);
      // Somebody else was faster: what was rejected is no longer what is sent.
      if (known !== undefined && (await known) !== rejected) return known;
      const fresh = exchange(scope, challenge);
      kept.set(scope, fresh);
      try {
        return await fresh;
      } catch (error) {
        if (kept.get(scope) === fresh) kept.delete(scope);
        throw error;
      }
    },
  };
}

const basic = ({ username, password }: { readonly username: string; readonly password: string }): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

function tokenOf(bytes: Uint8Array, { origin }: URL): string {
  const json = attempt(() => parseJson(bytes, 'token', LIMITS.credentialBytes));
  const parsed = 'value' in json ? TokenAnswer().safeParse(json.value).data : undefined;
  const token = parsed?.token ?? parsed?.access_token;
  // The answer may hold a token, so nothing of it is told.
  if (token === undefined || !TOKEN.test(token))
    refuse('source.malformed-response', `the answer of the token server ${origin} holds no token`);
  return token;
}

/** Addresses that the client does not ask: here it was the registry that named them. */
const REFUSED_ADDRESSES = new Set(['source.blocked-address', 'config.insecure-url', 'config.invalid']);

function asRealmRefusal(cause: unknown, { origin }: URL): unknown {
  if (!(cause instanceof SlsaGateError)) return cause;
  const { status } = cause.details;
  const isRedirect = typeof status === 'number' && status >= 300 && status < 400;
  if (!REFUSED_ADDRESSES.has(cause.finding) && !isRedirect) return cause;
  return new SlsaGateError(
    'registry.realm-refused',
    isRedirect
      ? 'the token server leads to another address'
      : 'the registry names a token server at an address that must not be asked',
    { actual: origin, cause },
  );
}
