import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import { createServerCertificate } from '../certificates.ts';
import { listen, serve } from './local-server.ts';

/** Issuers by the hosts that they stand for: their tokens carry the real URL. */
const REAL_HOSTS = { actions: 'token.actions.githubusercontent.com', 'gitlab-com': 'gitlab.com' } as const;

/** Issuers with a URL of loopback, and those that stand for a real one. */
export type IssuerName = 'github' | 'gitlab' | 'email' | keyof typeof REAL_HOSTS;

export type TokenClaims = Readonly<Record<string, unknown>>;

/**
 * OIDC issuers for a private Fulcio, all with one key. Fulcio reaches those that stand for a real host through this server as
 * its proxy, and nobody else is reached through it.
 */
export interface IdentityIssuer {
  readonly origin: string;
  /** Whom Fulcio must trust, PEM: the authority of the real hosts' certificates. */
  readonly caPem: string;
  urlOf(name: IssuerName): string;
  /** An identity token of ten minutes for Sigstore; the claims replace any of the usual ones. */
  token(name: IssuerName, claims: TokenClaims): string;
  close(): Promise<void>;
}

const base64Url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export async function startIdentityIssuer(): Promise<IdentityIssuer> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = randomUUID();
  const certificate = createServerCertificate(Object.values(REAL_HOSTS));

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const isReal = Object.values<string>(REAL_HOSTS).includes(request.headers.host ?? '');
    const [, name, path] = isReal
      ? ['', '', pathname.slice(1)]
      : (/^\/([a-z-]+)\/(.*)$/.exec(pathname) ?? []);
    const issuer = isReal ? `https://${request.headers.host}` : `${origin}/${name}`;
    const documents: Readonly<Record<string, object>> = {
      '.well-known/openid-configuration': {
        issuer,
        jwks_uri: `${issuer}/keys`,
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: `${issuer}/token`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      },
      keys: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }] },
    };
    const found = documents[path ?? ''];
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ?? { error: 'not found' }));
  };

  const tls = { cert: certificate.certificatePem, key: certificate.keyPem };
  const secure = await listen(createTlsServer(tls, answer));
  const { server, origin, close } = await serve(answer);
  server.on('connect', (request, socket) => {
    socket.on('error', () => undefined);
    const host = (request.url ?? '').replace(/:443$/, '');
    if (!Object.values<string>(REAL_HOSTS).includes(host)) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const upstream = connect(secure.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
  });

  const urlOf = (name: IssuerName): string =>
    name === 'actions' || name === 'gitlab-com' ? `https://${REAL_HOSTS[name]}` : `${origin}/${name}`;
  return {
    origin,
    caPem: certificate.caPem,
    urlOf,
    token(name, claims) {
      const now = Math.floor(Date.now() / 1000);
      const times = { iat: now, nbf: now - 30, exp: now + 600 };
      const body = { iss: urlOf(name), aud: 'sigstore', jti: randomUUID(), ...times, ...claims };
      const input = `${base64Url({ alg: 'RS256', typ: 'JWT', kid })}.${base64Url(body)}`;
      return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`;
    },
    async close() {
      await close();
      await secure.close();
    },
  };
}
