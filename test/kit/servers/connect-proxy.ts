import { createServer, type IncomingHttpHeaders } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { TlsCertificate } from './private-authority.ts';

/** What a client asked of the proxy. */
export interface ProxyRequest {
  readonly method: string;
  /** `host:port` of CONNECT. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

/** A proxy on loopback that keeps what it is told and everything that goes through it. */
export interface ConnectProxy {
  /** Address without credentials. */
  readonly url: string;
  readonly port: number;
  readonly requests: ProxyRequest[];
  /** All bytes of clients in its tunnels, as the proxy sees them. */
  readonly seen: () => Buffer;
  close(): Promise<void>;
}

export interface ConnectProxyOptions {
  /** With one it speaks https. */
  readonly tls?: TlsCertificate;
  /** `user:password` that it wants. */
  readonly credentials?: string;
  /** Answers every CONNECT with this status instead. 0: not at all. */
  readonly status?: number;
  /** Where a name leads; loopback by default, whatever the name. */
  readonly resolve?: (host: string) => string;
}

export async function startConnectProxy(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const requests: ProxyRequest[] = [];
  const seen: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server =
    options.tls === undefined
      ? createServer()
      : createSecureServer({ cert: options.tls.cert, key: options.tls.key });
  const wanted =
    options.credentials === undefined
      ? undefined
      : `Basic ${Buffer.from(options.credentials).toString('base64')}`;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  // A request that is not for a tunnel: a proxy would see all of it.
  server.on('request', (request, response) => {
    requests.push({ method: request.method ?? '', target: request.url ?? '', headers: request.headers });
    response.writeHead(502).end();
  });
  server.on('connect', (request, client: Socket, head: Buffer) => {
    const target = request.url ?? '';
    requests.push({ method: 'CONNECT', target, headers: request.headers });
    client.on('error', () => undefined);
    const isKnown = wanted === undefined || request.headers['proxy-authorization'] === wanted;
    const status = options.status ?? (isKnown ? 200 : 407);
    if (status === 0) return;
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} Refused\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const colon = target.lastIndexOf(':');
    const host = options.resolve?.(target.slice(0, colon)) ?? '127.0.0.1';
    const upstream = connect(Number(target.slice(colon + 1)), host);
    sockets.add(upstream);
    upstream.on('error', () => client.destroy());
    upstream.on('connect', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      client.on('data', (piece: Buffer) => seen.push(piece));
      client.pipe(upstream);
      upstream.pipe(client);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    requests,
    seen: () => Buffer.concat(seen),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
