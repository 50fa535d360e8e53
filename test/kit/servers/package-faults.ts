import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Code } from '../../../src/codes.ts';

/** What can go wrong with one answer of a registry or index of packages, and what the client must make of it. */

/** The answer as it would have been. */
export interface GoodAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export type Fault = (response: ServerResponse, good: GoodAnswer) => void;

export const sendAnswer: Fault = (response, { status, headers, body }) => {
  response.writeHead(status, { ...headers, 'content-length': body.length });
  response.end(body);
};

/** A server on loopback, at a port that was free. */
export async function listen(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { origin: `http://127.0.0.1:${port}`, host: `127.0.0.1:${port}`, close };
}

const HTML = '<!doctype html><title>Sign in</title>';

export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}, body = '{"message":"no"}'): Fault =>
  (response) => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers });
    response.end(body);
  };

/** JSON that is well-formed and says something else. */
export const json =
  (value: unknown): Fault =>
  (response, { headers }) =>
    sendAnswer(response, { status: 200, headers, body: Buffer.from(JSON.stringify(value)) });

/** Faults of any answer in JSON. All of them mean that nothing was read. */
export const FAULTS: readonly (readonly [name: string, code: Code, fault: Fault])[] = [
  ['a connection that ends at once', 'source.unavailable', (response) => response.socket?.destroy()],
  [
    'a connection that is reset in the middle',
    'source.unavailable',
    (response, { headers, body }) => {
      response.writeHead(200, { ...headers, 'content-length': body.length });
      response.write(body.subarray(0, 10), () => response.socket?.resetAndDestroy());
    },
  ],
  [
    'a chunked body without its end',
    'source.unavailable',
    (response, { headers, body }) => {
      response.writeHead(200, headers);
      response.write(body, () => response.socket?.destroy());
    },
  ],
  [
    'a body that drips',
    'limit.time',
    (response, { headers, body }) => {
      response.writeHead(200, { ...headers, 'content-length': body.length });
      let sent = 0;
      const drip = setInterval(() => response.write(body.subarray(sent, ++sent)), 20);
      response.on('close', () => clearInterval(drip));
    },
  ],
  ['no answer at all', 'source.timeout', () => {}],
  [
    'a page in HTML with 200',
    'source.malformed-response',
    status(200, { 'content-type': 'text/html' }, HTML),
  ],
  ['a page in HTML that is called JSON', 'source.malformed-response', status(200, {}, HTML)],
  ['an empty body', 'source.malformed-response', status(200, {}, '')],
  [
    'JSON that is cut short',
    'source.malformed-response',
    (response, good) => sendAnswer(response, { ...good, body: good.body.subarray(0, good.body.length - 2) }),
  ],
  [
    'the right content of a wrong type',
    'source.malformed-response',
    (response, good) => sendAnswer(response, { ...good, headers: { 'content-type': 'text/plain' } }),
  ],
  [
    'content of no type',
    'source.malformed-response',
    (response, good) => sendAnswer(response, { ...good, headers: {} }),
  ],
  [
    'an encoding that nobody asked for',
    'source.http-status',
    (response, good) =>
      sendAnswer(response, { ...good, headers: { ...good.headers, 'content-encoding': 'zstd' } }),
  ],
  [
    'a body that is not compressed as it says',
    'source.malformed-response',
    (response, good) =>
      sendAnswer(response, { ...good, headers: { ...good.headers, 'content-encoding': 'gzip' } }),
  ],
  ['the same key twice', 'source.malformed-response', status(200, {}, '{"a":1,"a":2}')],
  ['null', 'source.malformed-response', json(null)],
  ['an empty list', 'source.malformed-response', json([])],
  ['an empty object', 'source.malformed-response', json({})],
  ['an error in JSON with 200', 'source.malformed-response', json({ error: 'maintenance' })],
  [
    'JSON nested without end',
    'source.malformed-response',
    status(200, {}, `${'['.repeat(500)}${']'.repeat(500)}`),
  ],
  ['301 to another host', 'source.host-refused', status(301, { location: 'https://elsewhere.example/x' })],
  [
    '302 to the metadata of a cloud',
    'source.host-refused',
    status(302, { location: 'http://169.254.169.254/' }),
  ],
  ['302 to a file', 'source.host-refused', status(302, { location: 'file:///etc/passwd' })],
  ['301 to nowhere', 'source.http-status', status(301)],
  ['204', 'source.http-status', status(204, {}, '')],
  ['401', 'source.unauthorized', status(401, { 'www-authenticate': 'Basic' })],
  ['403', 'source.unauthorized', status(403)],
  ['404 in HTML', 'source.http-status', status(404, { 'content-type': 'text/html' }, HTML)],
  ['404 without a body', 'source.http-status', status(404, {}, '')],
  ['409', 'source.http-status', status(409)],
  ['410', 'source.http-status', status(410)],
  ['429', 'source.rate-limited', status(429)],
  ['429 for an hour', 'source.rate-limited', status(429, { 'retry-after': '3600' })],
  ['451', 'source.http-status', status(451)],
  ['500', 'source.http-status', status(500)],
  ['503 again and again', 'source.http-status', status(503)],
];
