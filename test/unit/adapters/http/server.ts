import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TlsCertificate } from '../../../kit/servers/private-authority.ts';

/** A server on loopback that the test owns; requests are kept as they came. */
export interface LocalServer {
  readonly origin: string;
  /** `host:port`, as it is listed. */
  readonly host: string;
  readonly port: number;
  readonly requests: IncomingMessage[];
  /** Common names of the certificates that clients showed, one for each connection; empty without one. */
  readonly shown: string[];
  close(): Promise<void>;
}

export interface TlsServerOptions extends TlsCertificate {
  /** Asks for certificates of this authority, PEM. */
  readonly clientCa?: string;
}

export async function startServer(
  listener: RequestListener,
  tls?: TlsServerOptions,
  address = '127.0.0.1',
): Promise<LocalServer> {
  const requests: IncomingMessage[] = [];
  const shown: string[] = [];
  const answer: RequestListener = (request, response) => {
    requests.push(request);
    listener(request, response);
  };
  const server =
    tls === undefined
      ? createServer(answer)
      : createSecureServer(
          {
            cert: tls.cert,
            key: tls.key,
            ...(tls.clientCa === undefined
              ? {}
              : { ca: tls.clientCa, requestCert: true, rejectUnauthorized: false }),
          },
          answer,
        );
  server.on('secureConnection', (socket: TLSSocket) => {
    shown.push(socket.getPeerCertificate().subject?.CN?.toString() ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const { port } = server.address() as AddressInfo;
  const host = `${address.includes(':') ? `[${address}]` : address}:${port}`;
  return {
    origin: `${tls === undefined ? 'http' : 'https'}://${host}`,
    host,
    port,
    requests,
    shown,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
