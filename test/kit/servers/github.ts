import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerBlob } from './github-blobs.ts';
import { type ApiReply, answerApi, type Known, matchRoute } from './github-routes.ts';
import { answerFaults, requestFaults } from './github-schema.ts';
import { GithubState } from './github-state.ts';

/** One request, as it came. */
export interface SeenRequest {
  readonly where: 'api' | 'blobs';
  readonly method: string;
  /** Decoded by nobody. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
}

/** Answers instead of GitHub; false to let GitHub answer. */
export type Hostile = (
  request: SeenRequest,
  response: ServerResponse,
  raw: IncomingMessage,
) => boolean | Promise<boolean>;

/**
 * GitHub as far as attestations and releases go: an API, and a store of blobs at another origin with addresses that are
 * signed. What it answers of itself, and what it is asked, must be as GitHub's description of its API says; what is not
 * stands in `violations`. Credentials that reach the store stand there too.
 */
export interface GithubServer {
  readonly state: GithubState;
  readonly origin: string;
  readonly blobs: string;
  /** `host:port` of both, as they are listed. */
  readonly hosts: readonly string[];
  readonly requests: SeenRequest[];
  readonly violations: string[];
  readonly settings: GithubSettings;
  close(): Promise<void>;
}

export interface GithubSettings {
  hostile: Hostile | undefined;
  /** Requests that are left; undefined for no limit. */
  remaining: number | undefined;
  /** What it says where a digest has no attestations. */
  none: 404 | 'empty';
  /** Most items on a page, whatever is asked for. */
  pageSize: number;
  /** Tenants may not have it yet. */
  hasBulk: boolean;
}

export async function startGithub(): Promise<GithubServer> {
  const state = new GithubState();
  const requests: SeenRequest[] = [];
  const violations: string[] = [];
  const settings: GithubSettings = {
    hostile: undefined,
    remaining: undefined,
    none: 404,
    pageSize: 100,
    hasBulk: true,
  };
  const serve = async (
    where: SeenRequest['where'],
    answer: (request: SeenRequest, raw: IncomingMessage, response: ServerResponse) => Promise<void>,
  ) => {
    const server = createServer(async (raw, response) => {
      const url = new URL(raw.url ?? '/', 'http://127.0.0.1');
      const { method = 'GET', headers } = raw;
      const request = { where, method, path: url.pathname, query: url.searchParams, headers };
      requests.push(request);
      if (settings.hostile !== undefined && (await settings.hostile(request, response, raw))) return;
      await answer(request, raw, response);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return { server, host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
  };
  const store = await serve('blobs', async (request, _, response) => {
    if (request.headers.authorization !== undefined)
      violations.push(`credentials for the store: ${request.path}`);
    answerBlob(state, request, response);
  });
  const blobs = `http://${store.host}`;
  const api = await serve('api', async (request, raw, response) => {
    const body = await bodyOf(raw);
    const known: Known = { state, settings, origin: `http://${api.host}`, blobs };
    send(response, replyTo(known, request, body, violations), request, settings);
  });
  return {
    state,
    origin: `http://${api.host}`,
    blobs,
    hosts: [api.host, store.host],
    requests,
    violations,
    settings,
    close: async () => {
      await Promise.all([api.server, store.server].map(closeServer));
    },
  };
}

/** Checks the request and the answer that it gets. */
function replyTo(known: Known, request: SeenRequest, body: unknown, violations: string[]): ApiReply {
  const matched = matchRoute(request);
  if (matched === undefined) {
    violations.push(`not an address of the API: ${request.method} ${request.path}`);
    return { status: 404, body: { message: 'Not Found' } };
  }
  const { path, parameters } = matched;
  const { method } = request;
  const query = Object.fromEntries(request.query);
  const faults = requestFaults({ method, path, parameters, query, ...(body === undefined ? {} : { body }) });
  violations.push(...faults.map((fault) => `${method} ${path}: request: ${fault}`));
  const reply = answerApi(known, request, matched, body);
  const wrong = reply.bytes === undefined ? answerFaults(method, path, reply.status, reply.body) : [];
  violations.push(...wrong.map((fault) => `${method} ${path}: ${reply.status}: ${fault}`));
  return reply;
}

function send(
  response: ServerResponse,
  reply: ApiReply,
  { headers }: SeenRequest,
  { remaining }: GithubSettings,
): void {
  const bytes = reply.bytes ?? Buffer.from(reply.body === undefined ? '' : JSON.stringify(reply.body));
  const etag = `W/"${createHash('sha256').update(bytes).digest('hex')}"`;
  const limits = { 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': String(remaining ?? 4999) };
  const common = { ...limits, 'x-github-media-type': 'github.v3; format=json', ...reply.headers };
  if (reply.status === 200 && headers['if-none-match'] === etag) {
    response.writeHead(304, { ...common, etag }).end();
    return;
  }
  const type = reply.bytes === undefined ? 'application/json; charset=utf-8' : 'application/octet-stream';
  const tag = reply.status === 200 && reply.bytes === undefined ? { etag } : {};
  response.writeHead(reply.status, { 'content-type': type, ...tag, ...common }).end(bytes);
}

async function bodyOf(raw: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of raw) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

const closeServer = (server: Server): Promise<void> =>
  new Promise((closed) => {
    server.closeAllConnections();
    server.close(() => closed());
  });
