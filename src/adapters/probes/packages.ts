import { refuse } from '../../errors.ts';
import type { KnownCredential } from '../credentials/types.ts';
import type { HttpClient } from '../http/index.ts';
import { objectOf, PROBE_BYTES } from './answers.ts';

const REDIRECTS = 3;

export interface NpmProbe {
  readonly from: string | undefined;
  readonly user: string | undefined;
}

/**
 * Asks a registry of npm whether it is there (`-/ping`), or who we are where there is a credential (`-/whoami`).
 *
 * @param url of the registry, with a slash at its end
 * @throws SlsaGateError `source.unauthorized`, `source.*`, `limit.*`, `config.*`
 */
export async function probeNpm(
  http: HttpClient,
  url: string,
  credential: KnownCredential | undefined,
): Promise<NpmProbe> {
  // Registries of other makers need not have either.
  const accept = [401, 403, 404, 405];
  const base = { maxBytes: PROBE_BYTES, accept, headers: { accept: 'application/json' } };
  if (credential === undefined) {
    const { status, origin } = await http.request(`${url}-/ping`, base);
    if (status === 401 || status === 403)
      refuse('source.unauthorized', `${origin} wants credentials, and none are known`, {
        hint: 'Write //HOST/:_authToken into .npmrc, as npm login does.',
        details: { origin, status },
      });
    return { from: undefined, user: undefined };
  }
  const answer = await http.request(`${url}-/whoami`, { ...base, credentials: [credential] });
  const { status, origin } = answer;
  if (status === 401 || status === 403)
    refuse('source.unauthorized', `${origin} does not take the credential from ${credential.from}`, {
      hint: 'It has expired or was revoked: run npm login, or take it out of the file.',
      details: { origin, status },
    });
  const { username } = status === 200 ? objectOf(answer) : {};
  return { from: credential.from, user: typeof username === 'string' ? username.slice(0, 100) : undefined };
}

/**
 * Asks a Python index for its root (`HEAD /simple/`, PEP 503): the list itself is long.
 *
 * @throws SlsaGateError `source.*`, `config.*`
 */
export async function probePypi(http: HttpClient, url: string): Promise<void> {
  await http.request(`${url}/simple/`, {
    method: 'HEAD',
    maxBytes: PROBE_BYTES,
    maxRedirects: REDIRECTS,
    accept: [405],
  });
}
