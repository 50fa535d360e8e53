import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** What a path is answered with. */
export interface Scripted {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, unless it is a text. */
  readonly body?: unknown;
}

/** A server on loopback that answers paths as it is told: for the small questions of `doctor`. */
export interface ScriptedServer {
  readonly origin: string;
  /** `host:port`, as it is listed. */
  readonly host: string;
  readonly requests: {
    readonly method: string;
    readonly path: string;
    readonly authorization: string | undefined;
  }[];
  /** Answers of this path from now on; undefined: as at the start. */
  answer(path: string, scripted: Scripted | undefined): void;
  /** Takes back everything that was changed. */
  mend(): void;
  /** How far its clock is ahead. */
  skewMs: number;
  close(): Promise<void>;
}

export interface ScriptedServerOptions {
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Name in its address. */
  readonly name?: string;
}

/** @param paths path without query to answer; all others are 404 */
export async function startScripted(
  paths: Readonly<Record<string, Scripted>>,
  { tls, name = '127.0.0.1' }: ScriptedServerOptions = {},
): Promise<ScriptedServer> {
  const changed = new Map<string, Scripted>();
  const requests: ScriptedServer['requests'] = [];
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const pathname = decodeURIComponent(new URL(request.url ?? '/', 'http://doctor.test').pathname);
    const { method = 'GET', headers } = request;
    requests.push({ method, path: pathname, authorization: headers.authorization });
    const {
      status = 200,
      headers: own = {},
      body = {},
    } = changed.get(pathname) ?? paths[pathname] ?? { status: 404, body: { message: 'Not Found' } };
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      date: new Date(Date.now() + server.skewMs).toUTCString(),
      ...own,
    });
    response.end(method === 'HEAD' ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
  };
  const listener = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const host = `${name}:${(listener.address() as AddressInfo).port}`;
  const server: ScriptedServer = {
    origin: `${tls === undefined ? 'http' : 'https'}://${host}`,
    host,
    requests,
    answer: (path, scripted) => {
      if (scripted === undefined) changed.delete(path);
      else changed.set(path, scripted);
    },
    mend: () => {
      changed.clear();
      server.skewMs = 0;
    },
    skewMs: 0,
    close: () =>
      new Promise((resolve) => {
        listener.closeAllConnections();
        listener.close(() => resolve());
      }),
  };
  return server;
}

/** Answer of `GET /rate_limit`. */
export const rateLimit = (remaining: number, headers: Readonly<Record<string, string>> = {}): Scripted => ({
  headers,
  body: {
    resources: { core: { limit: 5000, used: 5000 - remaining, remaining, reset: 4_102_444_800 } },
    rate: { limit: 5000, used: 5000 - remaining, remaining, reset: 4_102_444_800 },
  },
});
