import { readRegularFile } from '../adapters/disk/read.ts';
import type { ClientCertificate, HttpClientOptions, ProxyOptions } from '../adapters/http/index.ts';
import { LIMITS } from '../core/limits.ts';
import { refuse } from '../errors.ts';
import type { Invocation } from './parse.ts';
import { VERSION } from './version.ts';

const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::[0-9]{1,5})?$/;

/** `host:port` as they are compared; the default port is that of https. */
export const listedHosts = (words: Invocation): readonly string[] =>
  words.list('allow-host').map((given) => {
    const host = given.toLowerCase();
    if (!HOST.test(host))
      refuse('usage.flag', `--allow-host is no host: ${given}`, {
        expected: 'host or host:port',
        actual: given,
      });
    return /:[0-9]+$/.test(host) ? host : `${host}:443`;
  });

export const readPem = async (path: string): Promise<Uint8Array> =>
  (
    await readRegularFile(path, {
      maxBytes: LIMITS.trustedRootBytes,
      missing: 'path.not-found',
      unreadable: 'path.unreadable',
      followLinks: true,
    })
  ).bytes;

export async function clientCertificate(given: string): Promise<ClientCertificate> {
  const [, host = '', certificate = '', key = ''] = /^([^=]+)=([^,]+),([^,]+)$/.exec(given) ?? [];
  if (!HOST.test(host.toLowerCase()))
    return refuse('usage.flag', `--client-certificate is not HOST=CERTIFICATE,KEY: ${given}`, {
      actual: given,
    });
  const named = host.toLowerCase();
  return {
    host: /:[0-9]+$/.test(named) ? named : `${named}:443`,
    certificatePem: await readPem(certificate),
    keyPem: await readPem(key),
  };
}

/** The flag, or what the environment says; the names in lower case are what some programs set alone. */
export function proxyOf(words: Invocation): ProxyOptions | undefined {
  const { HTTPS_PROXY, https_proxy, NO_PROXY, no_proxy } = process.env;
  const given = words.text('proxy');
  const url = given ?? (HTTPS_PROXY || https_proxy || undefined);
  if (url === undefined) return undefined;
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.hostname === '') {
    // It may hold a password.
    return refuse(
      'config.invalid',
      `${given === undefined ? 'HTTPS_PROXY' : '--proxy'} is no address of a proxy`,
      {
        expected: 'http://host:port or https://host:port',
        hint: 'Write http://host:port or https://host:port.',
      },
    );
  }
  return { url, except: (NO_PROXY || no_proxy || '').split(',') };
}

/**
 * How the outbound client of one run is made: flags first, then the environment.
 *
 * @throws SlsaGateError `usage.flag`, `config.invalid`, `path.*`
 */
export async function networkOptions(words: Invocation): Promise<HttpClientOptions> {
  const proxy = proxyOf(words);
  const caFile = words.text('ca-file');
  const clientCertificates: ClientCertificate[] = [];
  for (const given of words.list('client-certificate'))
    clientCertificates.push(await clientCertificate(given));
  return {
    userAgent: `slsa-gate/${VERSION}`,
    listedHosts: listedHosts(words),
    clientCertificates,
    ...(proxy === undefined ? {} : { proxy }),
    ...(caFile === undefined ? {} : { extraCaPem: await readPem(caFile) }),
  };
}
