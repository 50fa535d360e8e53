import type { GithubSettings, SeenRequest } from './github.ts';
import { SIGNATURE } from './github-blobs.ts';
import { sample } from './github-schema.ts';
import type {
  GithubAsset,
  GithubAttestation,
  GithubRepository,
  GithubState,
  GithubToken,
} from './github-state.ts';

export interface Known {
  readonly state: GithubState;
  readonly settings: GithubSettings;
  readonly origin: string;
  readonly blobs: string;
}

export interface ApiReply {
  readonly status: number;
  readonly body?: unknown;
  /** Instead of JSON. */
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Matched {
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const DOCS = 'https://docs.github.com/rest';
const error = (status: number, message: string, headers = {}): ApiReply => ({
  status,
  body: { message, documentation_url: DOCS, status: String(status) },
  headers,
});
const NOT_FOUND = error(404, 'Not Found');
/** With the newer one, lists name bundles by their address alone. */
const VERSIONS = ['2022-11-28', '2026-03-10'];

interface Asked extends Known {
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: SeenRequest['headers'];
  readonly body: unknown;
  readonly token: GithubToken | undefined;
  readonly path: string;
}

type Handler = (asked: Asked) => ApiReply;

const ROUTES: Readonly<Record<string, Handler>> = {
  'GET /repos/{owner}/{repo}': (asked) =>
    inRepository(asked, (one) => ({ status: 200, body: repositoryOf(one) })),
  'GET /users/{username}': ({ state, parameters }) => {
    const [first] = state.ofOwner(parameters.username ?? '');
    return first === undefined ? NOT_FOUND : { status: 200, body: accountOf(first) };
  },
  'GET /repos/{owner}/{repo}/attestations/{subject_digest}': (asked) =>
    inRepository(asked, ({ id }) => listOf(asked, [id])),
  'GET /orgs/{org}/attestations/{subject_digest}': (asked) => ofOwner(asked, 'org', 'Organization', listOf),
  'GET /users/{username}/attestations/{subject_digest}': (asked) =>
    ofOwner(asked, 'username', 'User', listOf),
  'POST /orgs/{org}/attestations/bulk-list': (asked) => ofOwner(asked, 'org', 'Organization', bulkOf),
  'POST /users/{username}/attestations/bulk-list': (asked) => ofOwner(asked, 'username', 'User', bulkOf),
  'GET /repos/{owner}/{repo}/releases/tags/{tag}': (asked) =>
    inRepository(asked, ({ releases }) => {
      const found = releases.find(({ tag }) => tag === asked.parameters.tag);
      if (found === undefined) return NOT_FOUND;
      // Like GitHub, which gives up at some number: the list of files is the one to read.
      const assets = found.assets.slice(0, 1).map(assetOf);
      return { status: 200, body: sample('release', { id: found.id, tag_name: found.tag, assets }) };
    }),
  'GET /repos/{owner}/{repo}/releases/{release_id}/assets': (asked) =>
    inRepository(asked, ({ releases }) => {
      const found = releases.find(({ id }) => String(id) === asked.parameters.release_id);
      if (found === undefined) return NOT_FOUND;
      const { size } = pageOf(asked);
      const page = Number(asked.query.get('page') ?? 1);
      const items = found.assets.slice((page - 1) * size, page * size).map(assetOf);
      const isLast = page * size >= found.assets.length;
      return { status: 200, body: items, headers: isLast ? {} : linkTo(asked, 'page', String(page + 1)) };
    }),
  'GET /repos/{owner}/{repo}/releases/assets/{asset_id}': (asked) =>
    inRepository(asked, ({ releases }) => {
      const assets = releases.flatMap((release) => release.assets);
      const found = assets.find(({ id }) => String(id) === asked.parameters.asset_id);
      if (found === undefined) return NOT_FOUND;
      if (asked.headers.accept !== 'application/octet-stream') return { status: 200, body: assetOf(found) };
      if (found.streamed) return { status: 200, bytes: found.bytes };
      const location = new URL(found.location ?? `/release-asset/${found.id}?${SIGNATURE}`, asked.blobs).href;
      return { status: 302, headers: { location } };
    }),
};

const PATTERNS = Object.keys(ROUTES)
  .map((route) => {
    const [method = '', path = ''] = route.split(' ');
    const names = [...path.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name ?? '');
    return { method, path, names, pattern: new RegExp(`^${path.replaceAll(/\{[^}]*\}/g, '([^/]+)')}$`) };
  })
  // The fixed ones before those with a parameter at the same place.
  .sort((a, b) => a.names.length - b.names.length);

export function matchRoute({ method, path }: SeenRequest): Matched | undefined {
  for (const one of PATTERNS) {
    const values = one.method === method ? one.pattern.exec(path) : null;
    if (values === null) continue;
    const parameters = one.names.map((name, index) => [name, decodeURIComponent(values[index + 1] ?? '')]);
    return { path: one.path, parameters: Object.fromEntries(parameters) };
  }
  return undefined;
}

export function answerApi(
  known: Known,
  { method, path: actual, query, headers }: SeenRequest,
  { path, parameters }: Matched,
  body: unknown,
): ApiReply {
  const { settings, state } = known;
  const version = headers['x-github-api-version'];
  if (typeof version !== 'string' || !VERSIONS.includes(version)) return error(400, 'no such version');
  const secret = headers.authorization?.replace(/^Bearer /, '');
  const token = state.tokens.find(({ value }) => value === secret);
  if (secret !== undefined && token === undefined) return error(401, 'Bad credentials');
  if (settings.remaining === 0)
    return error(403, 'API rate limit exceeded', {
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': '9999999999',
    });
  if (settings.remaining !== undefined) settings.remaining -= 1;
  if (path.endsWith('/bulk-list') && !settings.hasBulk) return NOT_FOUND;
  const handler = ROUTES[`${method} ${path}`];
  return handler?.({ ...known, parameters, query, headers, body, token, path: actual }) ?? NOT_FOUND;
}

/** What a token may not read does not exist; what was renamed has moved. */
function inRepository(asked: Asked, answer: (repository: GithubRepository) => ApiReply): ApiReply {
  const { state, parameters, token, origin } = asked;
  const { owner = '', repo = '' } = parameters;
  const found = state.find(owner, repo);
  if (found !== undefined && state.mayRead(found, token)) return answer(found);
  const id = state.renamed.get(`${owner}/${repo}`.toLowerCase());
  const moved = state.repositories.find((one) => one.id === id);
  if (found !== undefined || moved === undefined || !state.mayRead(moved, token)) return NOT_FOUND;
  const { status, body } = error(301, 'Moved Permanently');
  return { status, body, headers: { location: `${origin}/repositories/${moved.id}` } };
}

/** Repositories that the token may not read are left out without a word. */
function ofOwner(
  asked: Asked,
  parameter: string,
  type: GithubRepository['ownerType'],
  answer: (asked: Asked, ids: readonly number[]) => ApiReply,
): ApiReply {
  const all = asked.state.ofOwner(asked.parameters[parameter] ?? '');
  if (all[0]?.ownerType !== type) return NOT_FOUND;
  return answer(
    asked,
    all.filter((one) => asked.state.mayRead(one, asked.token)).map(({ id }) => id),
  );
}

function listOf(asked: Asked, ids: readonly number[]): ApiReply {
  const { state, settings, parameters } = asked;
  const all = state.attestations.filter(
    ({ digest, repositoryId }) => digest === parameters.subject_digest && ids.includes(repositoryId),
  );
  if (all.length === 0 && settings.none === 404) return NOT_FOUND;
  const { from, size } = pageOf(asked);
  const items = all.slice(from, from + size).map((one) => entryOf(one, asked));
  const headers = from + size < all.length ? linkTo(asked, 'after', cursorOf(from + size)) : {};
  return { status: 200, body: { attestations: items }, headers };
}

function bulkOf(asked: Asked, ids: readonly number[]): ApiReply {
  const { subject_digests: digests } = asked.body as { readonly subject_digests: readonly string[] };
  const all = asked.state.attestations.filter(
    ({ digest, repositoryId }) => digests.includes(digest) && ids.includes(repositoryId),
  );
  const { from, size } = pageOf(asked);
  const lists: Record<string, unknown[] | null> = Object.fromEntries(digests.map((digest) => [digest, null]));
  for (const one of all.slice(from, from + size))
    lists[one.digest] = [...(lists[one.digest] ?? []), entryOf(one, asked)];
  const has_next = from + size < all.length;
  const page_info = {
    has_next,
    has_previous: from > 0,
    ...(has_next ? { next: cursorOf(from + size) } : {}),
  };
  return { status: 200, body: { attestations_subject_digests: lists, page_info } };
}

const cursorOf = (from: number): string => Buffer.from(`cursor:${from}`).toString('base64');

function pageOf({ query, settings }: Asked): { readonly from: number; readonly size: number } {
  const cursor = Buffer.from(query.get('after') ?? '', 'base64').toString('utf8');
  const size = Math.min(Number(query.get('per_page') ?? 30), settings.pageSize);
  return { from: Number(/^cursor:(\d+)$/.exec(cursor)?.[1] ?? 0), size };
}

function linkTo({ origin, path, query }: Asked, parameter: string, value: string): Record<string, string> {
  const next = new URLSearchParams(query);
  next.set(parameter, value);
  return { link: `<${origin}${path}?${query}>; rel="prev", <${origin}${path}?${next}>; rel="next"` };
}

function entryOf(one: GithubAttestation, { blobs, headers }: Asked): Record<string, unknown> {
  const { id, repositoryId, text, named, address } = one;
  const isOld = headers['x-github-api-version'] === '2022-11-28';
  const url = address ?? `${blobs}/attestations/${repositoryId}/2026/03/01/${id}.json.sn?${SIGNATURE}`;
  return {
    repository_id: repositoryId,
    initiator: 'user',
    ...(named === 'address' || named === 'both' ? { bundle_url: url } : {}),
    ...(named === 'inline' || named === 'both' || (isOld && named === 'address')
      ? { bundle: JSON.parse(text) }
      : {}),
  };
}

const accountOf = ({ owner, ownerType }: GithubRepository): Record<string, unknown> =>
  sample('public-user', { login: owner, type: ownerType, user_view_type: 'public' });

const repositoryOf = (one: GithubRepository): Record<string, unknown> =>
  sample('full-repository', {
    id: one.id,
    name: one.name,
    full_name: `${one.owner}/${one.name}`,
    private: one.isPrivate,
    owner: sample('simple-user', { login: one.owner, type: one.ownerType }),
  });

const assetOf = ({ id, name, state, size, digest }: GithubAsset): Record<string, unknown> =>
  sample('release-asset', { id, name, state, size, digest, content_type: 'application/octet-stream' });
