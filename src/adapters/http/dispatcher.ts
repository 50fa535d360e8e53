import { X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { Agent, type Dispatcher, Pool, ProxyAgent } from 'undici';
import { refuse } from '../../errors.ts';
import { createConnector, refusesLiteral } from './connector.ts';
import { isExcepted } from './no-proxy.ts';
import type { HttpClientOptions } from './types.ts';
import { hostAndPort } from './url.ts';

/** Which connection a request takes: directly to a checked address, or through the proxy. */
export interface Dispatchers {
  /** @throws SlsaGateError `source.blocked-address` */
  for(url: URL): Dispatcher;
  destroy(): Promise<void>;
}

const MAX_HEADER_BYTES = 16 * 1024;

/**
 * One pool of connections per kind of way out. A certificate of ours is only at hand on the way to its own host.
 */
export function createDispatchers(options: HttpClientOptions): Dispatchers {
  const listed = new Set(options.listedHosts ?? []);
  const ca = options.extraCaPem;
  const trusted = ca === undefined ? undefined : [...getCACertificates('default'), authoritiesIn(ca)];
  const settings = {
    headersTimeout: options.headersTimeoutMs ?? 15_000,
    bodyTimeout: options.bodyTimeoutMs ?? 15_000,
    maxHeaderSize: MAX_HEADER_BYTES,
    connections: options.connectionsPerOrigin ?? 6,
    allowH2: false,
  };
  const timeoutMs = options.connectTimeoutMs ?? 10_000;
  const made: Dispatcher[] = [];
  const keep = <T extends Dispatcher>(dispatcher: T): T => {
    made.push(dispatcher);
    return dispatcher;
  };
  const { proxy } = options;
  // Without any of ours the system's own is made when a connection needs it.
  const plain = trusted === undefined ? undefined : contextOf({ ca: trusted });
  const proxySettings = (url: string, secureContext: SecureContext | undefined): ProxyAgent.Options => ({
    ...settings,
    ...proxyAddress(url),
    // Also plain http goes through a tunnel, so that the proxy sees no more than it must.
    proxyTunnel: true,
    connectTimeout: timeoutMs,
    requestTls: { ...secured(secureContext), rejectUnauthorized: true, allowH2: false } as object,
    proxyTls: { ...secured(plain), rejectUnauthorized: true, allowH2: false } as object,
    clientFactory: (origin, given) =>
      new Pool(origin, { ...given, headersTimeout: settings.headersTimeout, allowH2: false }),
  });
  const wayOut = (secureContext: SecureContext | undefined) => ({
    direct: keep(
      new Agent({
        ...settings,
        connect: createConnector(listed, { timeoutMs, ...secured(secureContext) }, options.resolve),
      }),
    ),
    proxied: proxy === undefined ? undefined : keep(new ProxyAgent(proxySettings(proxy.url, secureContext))),
  });
  const common = wayOut(plain);
  const withCertificate = new Map(
    (options.clientCertificates ?? []).map(({ host, certificatePem, keyPem }) => [
      host,
      wayOut(contextOf({ ca: trusted, cert: Buffer.from(certificatePem), key: Buffer.from(keyPem) })),
    ]),
  );
  return {
    for(url) {
      const { direct, proxied } = withCertificate.get(hostAndPort(url)) ?? common;
      if (proxied === undefined || proxy === undefined || isExcepted(url, proxy.except)) return direct;
      // The proxy resolves names, so only what shows as an address of ours can be refused here.
      refusesLiteral(url.hostname, hostAndPort(url), listed);
      return proxied;
    },
    destroy: async () => {
      await Promise.all(made.map((dispatcher) => dispatcher.destroy()));
    },
  };
}

const secured = (secureContext: SecureContext | undefined) =>
  secureContext === undefined ? {} : { secureContext };

interface ContextOptions {
  readonly ca: readonly string[] | undefined;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** Made once: reading all authorities anew takes longer than a connection does. */
function contextOf({ ca, ...own }: ContextOptions): SecureContext {
  try {
    return createSecureContext({ ...own, ...(ca === undefined ? {} : { ca: [...ca] }) });
  } catch (cause) {
    refuse('config.invalid', 'a certificate of ours, or its key, cannot be read', { cause });
  }
}

const AUTHORITIES = 'Give a PEM file of certificates with --ca-file.';

/** Node passes over what is no certificate, and would then trust less than was asked for without a word. */
function authoritiesIn(pem: Uint8Array): string {
  const text = Buffer.from(pem).toString('latin1');
  const blocks =
    text.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]*-----END (?:TRUSTED )?CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0)
    refuse('config.invalid', 'the file of authorities holds no certificate', { hint: AUTHORITIES });
  for (const block of blocks) {
    try {
      new X509Certificate(block);
    } catch (cause) {
      refuse('config.invalid', 'the file of authorities holds a certificate that cannot be read', {
        hint: AUTHORITIES,
        cause,
      });
    }
  }
  return text;
}

/** Credentials of the proxy go into its own header and out of the address. */
function proxyAddress(text: string): { readonly uri: string; readonly token?: string } {
  const url = new URL(text);
  const { username, password } = url;
  if (username === '' && password === '') return { uri: url.href };
  url.username = '';
  url.password = '';
  return { uri: url.href, token: `Basic ${Buffer.from(pairOf(username, password)).toString('base64')}` };
}

function pairOf(username: string, password: string): string {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    // Nothing of it is told.
    return refuse('config.invalid', 'user and password in the address of the proxy cannot be read', {
      hint: 'Write % as %25 there.',
    });
  }
}
