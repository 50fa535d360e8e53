import { isJsonObject } from '../../core/model/json.ts';
import { refuse } from '../../errors.ts';
import type { KnownCredential } from '../credentials/types.ts';
import type { HttpClient } from '../http/index.ts';
import { numberOf, objectOf, PROBE_BYTES } from './answers.ts';

export interface GitHubProbe {
  /** Where the token comes from; undefined: asked as nobody. */
  readonly from: string | undefined;
  /** Undefined where the server has no limit. */
  readonly requests:
    | { readonly limit: number; readonly remaining: number; readonly resetAt: Date }
    | undefined;
  /** Of a classic token; others do not tell theirs. */
  readonly scopes: readonly string[] | undefined;
  readonly expiresAt: Date | undefined;
}

/** `2026-12-31 23:59:59 UTC` or `2026-12-31 23:59:59 +0100` */
const EXPIRY = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}) (?:UTC|([+-]\d{2}):?(\d{2}))$/;

/**
 * Asks GitHub for its limits (`GET /rate_limit`, which counts against none), and hears what it says of the token.
 *
 * @throws SlsaGateError `source.unauthorized` for a token that it does not take, `source.*`, `limit.*`, `config.*`
 */
export async function probeGitHub(
  http: HttpClient,
  apiUrl: string,
  credential: KnownCredential | undefined,
): Promise<GitHubProbe> {
  const answer = await http.request(`${apiUrl}/rate_limit`, {
    headers: { accept: 'application/vnd.github+json' },
    credentials: credential === undefined ? [] : [credential],
    maxBytes: PROBE_BYTES,
    accept: [401, 404],
  });
  const { origin, headers, status } = answer;
  if (status === 401)
    refuse('source.unauthorized', `${origin} does not take the token from ${credential?.from ?? 'nobody'}`, {
      hint: 'It has expired or was revoked: make a new one, or unset it to ask as nobody.',
      details: { origin, status },
    });
  return {
    from: credential?.from,
    requests: status === 404 ? noLimit(answer) : limitOf(answer),
    scopes: scopesOf(headers['x-oauth-scopes']),
    expiresAt: expiryOf(headers['github-authentication-token-expiration']),
  };
}

/** A server of one's own may have none; it says so in its own words. */
function noLimit(answer: Parameters<typeof objectOf>[0]): undefined {
  if (typeof objectOf(answer).message !== 'string')
    refuse('source.malformed-response', `${answer.origin} does not answer as GitHub does`);
}

function limitOf(answer: Parameters<typeof objectOf>[0]): GitHubProbe['requests'] {
  const { resources } = objectOf(answer);
  const core = isJsonObject(resources) && isJsonObject(resources.core) ? resources.core : {};
  const [limit, remaining, reset] = [numberOf(core.limit), numberOf(core.remaining), numberOf(core.reset)];
  if (limit === undefined || remaining === undefined || reset === undefined || reset > 1e11)
    return refuse('source.malformed-response', `${answer.origin} does not answer as GitHub does`);
  return { limit, remaining, resetAt: new Date(reset * 1000) };
}

const scopesOf = (header: string | undefined): readonly string[] | undefined =>
  header?.split(',').flatMap((scope) => scope.trim().slice(0, 100) || []);

function expiryOf(header: string | undefined): Date | undefined {
  const [, day, time, hours, minutes] = EXPIRY.exec(header ?? '') ?? [];
  const ms = Date.parse(`${day}T${time}${hours === undefined ? 'Z' : `${hours}:${minutes}`}`);
  return Number.isNaN(ms) ? undefined : new Date(ms);
}
