import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { send, sendError } from './registry-answers.ts';
import { createStore, EMPTY_INDEX, type RepositoryStore, referrersOf } from './registry-store.ts';
import { answerWrite } from './registry-writes.ts';

/** How the stand-in differs from a registry with all of the specification and no guard. Change it at any time. */
export interface RegistryBehaviour {
  /** Whether it has the referrers API; without it answers as the distribution registry does. */
  referrers: boolean;
  /** Referrers on one page; undefined for one page. */
  pageSize: number | undefined;
  /** An empty list of referrers is printed as null, as servers written in Go do. */
  nullLists: boolean;
  /** Whether `Docker-Content-Digest` is said. */
  digestHeader: boolean;
  /** Asked before every answer; undefined lets it through, a text is the challenge of a 401. */
  guard: ((request: IncomingMessage, scope: string) => string | undefined) | undefined;
  /** First to answer; true when it did. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
}

/** A request as it came. */
export interface SeenRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly authorization: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A registry on loopback, in memory. */
export interface RegistryServer extends RegistryBehaviour {
  readonly origin: string;
  /** `host:port`: how it is listed, and the first part of its references. */
  readonly host: string;
  readonly requests: SeenRequest[];
  /** Makes the repository when it is first asked for. */
  repository(name: string): RepositoryStore;
  close(): Promise<void>;
}

export interface RegistryServerOptions extends Partial<RegistryBehaviour> {
  /** PEM; https then. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

const PATH = /^\/v2\/(.+)\/(manifests|blobs|referrers|tags)\/(.*)$/;

export async function startRegistry(options: RegistryServerOptions = {}): Promise<RegistryServer> {
  const { tls, ...behaviour } = options;
  const repositories = new Map<string, RepositoryStore>();
  const requests: SeenRequest[] = [];
  const listen = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const { method = '', url = '', headers } = request;
      requests.push({
        method,
        path: url,
        authorization: headers.authorization,
        headers,
        body: body.toString('latin1'),
      });
      if (server.intercept?.(request, response) !== true)
        answer(server, repositories, request, response, body);
    });
  };
  const listener = tls === undefined ? createServer(listen) : createTlsServer(tls, listen);
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  const server: RegistryServer = {
    referrers: true,
    pageSize: undefined,
    nullLists: false,
    digestHeader: true,
    guard: undefined,
    intercept: undefined,
    ...behaviour,
    origin: `${tls === undefined ? 'http' : 'https'}://${host}`,
    host,
    requests,
    repository: (name) => {
      const store = repositories.get(name) ?? createStore();
      repositories.set(name, store);
      return store;
    },
    close: () =>
      new Promise((resolve) => {
        listener.closeAllConnections();
        listener.close(() => resolve());
      }),
  };
  return server;
}

function answer(
  server: RegistryServer,
  repositories: Map<string, RepositoryStore>,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): ServerResponse {
  const url = new URL(request.url ?? '/', server.origin);
  const [, name = '', kind, reference = ''] = PATH.exec(url.pathname) ?? [];
  const isWrite = request.method !== 'GET' && request.method !== 'HEAD';
  const refused = server.guard?.(request, `repository:${name}:${isWrite ? 'pull,push' : 'pull'}`);
  if (refused !== undefined) {
    response.setHeader('www-authenticate', refused);
    return sendError(response, 401, 'UNAUTHORIZED');
  }
  if (isWrite) return answerWrite(server, url, request, response, body);
  if (url.pathname === '/v2/') return send(response, 200, '{}', { 'content-type': 'application/json' });
  const store = repositories.get(name);
  if (kind === 'referrers' && !server.referrers)
    return send(response, 404, '404 page not found\n', { 'content-type': 'text/plain; charset=utf-8' });
  if (store === undefined) return sendError(response, 404, 'NAME_UNKNOWN');
  if (kind === 'manifests') return sendManifest(server, store, reference, response);
  if (kind === 'blobs') return sendBlob(store, reference, response);
  if (kind === 'referrers') return sendReferrers(server, store, url, reference, response);
  if (kind === 'tags' && reference === 'list')
    return send(response, 200, JSON.stringify({ name, tags: [...store.tags.keys()].sort() }), {
      'content-type': 'application/json',
    });
  return send(response, 404, '404 page not found\n', { 'content-type': 'text/plain; charset=utf-8' });
}

function sendManifest(
  server: RegistryServer,
  { manifests, tags }: RepositoryStore,
  reference: string,
  response: ServerResponse,
): ServerResponse {
  const digest = reference.includes(':') ? reference : (tags.get(reference) ?? '');
  const kept = manifests.get(digest);
  if (kept === undefined) return sendError(response, 404, 'MANIFEST_UNKNOWN');
  return send(response, 200, kept.bytes, {
    'content-type': kept.mediaType,
    ...(server.digestHeader && { 'docker-content-digest': digest }),
  });
}

function sendBlob({ blobs }: RepositoryStore, digest: string, response: ServerResponse): ServerResponse {
  const bytes = blobs.get(digest);
  if (bytes === undefined) return sendError(response, 404, 'BLOB_UNKNOWN');
  return send(response, 200, bytes, {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
  });
}

function sendReferrers(
  { pageSize, nullLists }: RegistryServer,
  store: RepositoryStore,
  url: URL,
  subject: string,
  response: ServerResponse,
): ServerResponse {
  const all = referrersOf(store, subject);
  const from = Number(url.searchParams.get('from') ?? 0);
  const page = all.slice(from, pageSize === undefined ? undefined : from + pageSize);
  const isLast = from + page.length >= all.length;
  const manifests = page.length === 0 && nullLists ? null : page;
  return send(response, 200, JSON.stringify({ ...EMPTY_INDEX, manifests }), {
    'content-type': EMPTY_INDEX.mediaType,
    ...(!isLast && { link: `<${url.pathname}?from=${from + page.length}>; rel="next"` }),
  });
}
