import { SlsaGateError } from '../../errors.ts';
import { type CheckLine, failsMildly, isOk, type Place, warns } from './check.ts';
import type { Check } from './run.ts';

/** A server that is asked, and how much depends on it. */
export interface Server<T> {
  /** Its address, for people. */
  readonly address: string;
  /** Something in this run is asked there; else it is only looked at because it could be. */
  readonly isNeeded: boolean;
  /** @throws SlsaGateError `source.*`, `limit.*`, `credential.unusable`, `config.*`, `registry.*` */
  readonly probe: () => Promise<T>;
}

export interface GitHubSeen {
  /** Where the token comes from; undefined: asked as nobody. */
  readonly from: string | undefined;
  /** Undefined where the server has none. */
  readonly requests:
    | { readonly limit: number; readonly remaining: number; readonly resetAt: Date }
    | undefined;
  /** Of a classic token; undefined for others, whose permissions only show in what they may read. */
  readonly scopes: readonly string[] | undefined;
  readonly expiresAt: Date | undefined;
}

const DAY_MS = 24 * 3600_000;
const SOON_DAYS = 7;
const FEW_REQUESTS = 20;

/** Refusals that say that nobody answered, and nothing about how we asked. */
const UNREACHED = new Set(['source.unavailable', 'source.timeout', 'source.blocked-address', 'limit.time']);

/** What nothing depends on need not be reachable. */
async function mildly(
  place: Place,
  isNeeded: boolean,
  work: () => Promise<CheckLine | readonly CheckLine[]>,
) {
  try {
    return await work();
  } catch (error) {
    if (isNeeded || !(error instanceof SlsaGateError) || !UNREACHED.has(error.finding)) throw error;
    return failsMildly(place, error);
  }
}

const serverCheck = <T>(
  place: Place,
  { isNeeded, probe }: Server<T>,
  tell: (seen: T) => CheckLine | readonly CheckLine[],
): Check => ({ ...place, run: () => mildly(place, isNeeded, async () => tell(await probe())) });

/** The API answers, takes the token, and has requests left. */
export function githubCheck(server: Server<GitHubSeen>, now: () => Date): Check {
  const place: Place = { id: 'github', name: `GitHub at ${server.address}` };
  return serverCheck(place, server, (seen) => tellGitHub(place, seen, now()));
}

function tellGitHub(place: Place, { from, requests, scopes, expiresAt }: GitHubSeen, now: Date): CheckLine {
  const left =
    requests === undefined
      ? 'no limit of requests'
      : `${requests.remaining} of ${requests.limit} requests left until ${requests.resetAt.toISOString()}`;
  const parts = [
    from === undefined ? 'asked as nobody' : `token from ${from} is taken`,
    ...(scopes === undefined ? [] : [`scopes: ${scopes.join(', ') || 'none'}`]),
    ...(expiresAt === undefined ? [] : [`expires ${expiresAt.toISOString()}`]),
    left,
  ];
  const found = parts.join('; ');
  const more =
    from === undefined
      ? 'Wait until then, or set GH_TOKEN: with a token the limit is 5000 an hour.'
      : 'Wait until then, or use another token.';
  if (requests?.remaining === 0)
    return { ...place, status: 'problem', found, code: 'source.rate-limited', hint: more };
  if (requests !== undefined && requests.remaining < FEW_REQUESTS)
    return warns(place, found, more, 'source.rate-limited');
  if (expiresAt !== undefined && expiresAt.getTime() - now.getTime() < SOON_DAYS * DAY_MS)
    return warns(place, found, 'Make a new token before this one expires.', 'credential.unusable');
  return isOk(place, found);
}

export interface RegistrySeen {
  /** How it lets itself be asked; undefined: as nobody. */
  readonly from: string | undefined;
  /** Whether it has a list of referrers; without it a tag stands for it. */
  readonly hasReferrers: boolean;
}

/** The registry answers, takes who asks, and gives the repository. */
export function registryCheck(server: Server<RegistrySeen>): Check {
  const place: Place = { id: 'registry', name: `repository ${server.address}` };
  return serverCheck(place, server, ({ from, hasReferrers }) =>
    isOk(
      place,
      [
        `may be read ${from === undefined ? 'as nobody' : `with the credential from ${from}`}`,
        hasReferrers ? 'has the referrers API' : 'has no referrers API: its fallback tag is read',
      ].join('; '),
    ),
  );
}

export interface NpmSeen {
  /** Where the credential comes from; undefined: asked as nobody. */
  readonly from: string | undefined;
  /** Who the registry takes us for; undefined where it does not say. */
  readonly user: string | undefined;
}

export function npmCheck(server: Server<NpmSeen>): Check {
  const place: Place = { id: 'npm', name: `npm registry at ${server.address}` };
  return serverCheck(place, server, ({ from, user }) => {
    if (from === undefined) return isOk(place, 'answers; asked as nobody');
    return isOk(
      place,
      user === undefined
        ? `answers; does not say whether it takes the credential from ${from}`
        : `takes the credential from ${from}, as that of ${user}`,
    );
  });
}

export function pypiCheck(server: Server<void>): Check {
  const place: Place = { id: 'pypi', name: `Python index at ${server.address}` };
  return serverCheck(place, server, () => isOk(place, 'answers'));
}

export interface RekorSeen {
  readonly version: 1 | 2;
  /** Entries that it says it has. */
  readonly size: number | undefined;
}

export function rekorCheck(server: Server<RekorSeen>): Check {
  const place: Place = { id: 'rekor', name: `log at ${server.address}` };
  return serverCheck(place, server, ({ version, size }): CheckLine => {
    if (version === 1) return isOk(place, `answers${size === undefined ? '' : `, with ${size} entries`}`);
    return {
      ...place,
      status: 'problem',
      found: 'a log of version 2, in which entries cannot be searched',
      code: 'source.unsupported',
      hint: 'Leave it out of --source: attestations of such logs bring their entry with them.',
    };
  });
}
