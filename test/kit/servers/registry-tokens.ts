import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SeenRequest } from './registry.ts';

export interface TokenServerOptions {
  /** Who may ask; undefined lets everybody have tokens, the anonymous too. */
  readonly user?: { readonly name: string; readonly password: string };
  readonly refreshToken?: string;
  /** Requests that a token is good for. */
  readonly uses?: number;
  /** Changes what is answered. */
  answer?: (token: string) => { status?: number; headers?: Record<string, string>; body?: string };
}

/** A token server on loopback, and the guard that a registry asks whether a token is good. */
export interface TokenServer {
  readonly origin: string;
  readonly host: string;
  readonly realm: string;
  readonly requests: SeenRequest[];
  /** For {@link RegistryBehaviour.guard}. */
  readonly guard: (request: IncomingMessage, scope: string) => string | undefined;
  close(): Promise<void>;
}

const SERVICE = 'registry.test';

/** Bearer tokens as the distribution registry describes them: GET with basic credentials, POST with a refresh token. */
export async function startTokenServer(options: TokenServerOptions = {}): Promise<TokenServer> {
  const { user, refreshToken, uses = Number.POSITIVE_INFINITY } = options;
  const requests: SeenRequest[] = [];
  const tokens = new Map<string, { readonly scope: string; left: number }>();
  const basic = user && `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}`;
  const listener = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const body = Buffer.concat(chunks).toString();
      requests.push({ method, path: url, authorization: headers.authorization, headers, body });
      const asked =
        method === 'POST' ? new URLSearchParams(body) : new URL(url, 'http://token.test').searchParams;
      const isKnown =
        method === 'POST'
          ? refreshToken !== undefined && asked.get('refresh_token') === refreshToken
          : basic === undefined || headers.authorization === basic;
      const token = `token-${tokens.size}-${asked.get('scope') ?? ''}`;
      if (isKnown) tokens.set(token, { scope: asked.get('scope') ?? '', left: uses });
      const answer = options.answer?.(token) ?? {};
      response.writeHead(answer.status ?? (isKnown ? 200 : 401), {
        'content-type': 'application/json',
        ...answer.headers,
      });
      response.end(answer.body ?? (isKnown ? JSON.stringify({ token, expires_in: 300 }) : '{}'));
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const realm = `${origin}/token`;
  return {
    origin,
    host: `127.0.0.1:${port}`,
    realm,
    requests,
    guard: (request, scope) => {
      const token = tokens.get(request.headers.authorization?.replace(/^Bearer /, '') ?? '');
      if (token?.scope === scope && token.left > 0) {
        token.left--;
        return undefined;
      }
      return `Bearer realm="${realm}",service="${SERVICE}",scope="${scope}"`;
    },
    close: () =>
      new Promise((resolve) => {
        listener.closeAllConnections();
        listener.close(() => resolve());
      }),
  };
}
