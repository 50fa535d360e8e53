import { rootCertificates } from 'node:tls';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
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
  const trusted = ca === undefined ? undefined : [...rootCertificates, Buffer.from(ca).toString('latin1')];
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
  const connect = (tls: { readonly cert?: Buffer; readonly key?: Buffer } = {}) =>
    createConnector(
      listed,
      { timeoutMs, tls: { ...tls, ...(trusted === undefined ? {} : { ca: trusted }) } },
      options.resolve,
    );
  const direct = keep(new Agent({ ...settings, connect: connect() }));
  const withCertificate = new Map(
    (options.clientCertificates ?? []).map(({ host, certificatePem, keyPem }) => [
      host,
      keep(
        new Agent({
          ...settings,
          connect: connect({ cert: Buffer.from(certificatePem), key: Buffer.from(keyPem) }),
        }),
      ),
    ]),
  );
  const { proxy } = options;
  const proxied =
    proxy === undefined
      ? undefined
      : keep(
          new ProxyAgent({
            ...settings,
            ...proxyAddress(proxy.url),
            // Also plain http goes through a tunnel, so that the proxy sees no more than it must.
            proxyTunnel: true,
            requestTls: trusted === undefined ? {} : { ca: trusted },
            proxyTls: trusted === undefined ? {} : { ca: trusted },
          }),
        );
  return {
    for(url) {
      const own = withCertificate.get(hostAndPort(url));
      if (own !== undefined) return own;
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

/** Credentials of the proxy go into its own header and out of the address. */
function proxyAddress(text: string): { readonly uri: string; readonly token?: string } {
  const url = new URL(text);
  const { username, password } = url;
  if (username === '' && password === '') return { uri: url.href };
  url.username = '';
  url.password = '';
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { uri: url.href, token: `Basic ${Buffer.from(pair).toString('base64')}` };
}
