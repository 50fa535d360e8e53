import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isExcepted } from '../../../../src/adapters/http/no-proxy.ts';
import type { HttpClientOptions, ProxyOptions } from '../../../../src/adapters/http/types.ts';
import {
  type ConnectProxy,
  type ConnectProxyOptions,
  startConnectProxy,
} from '../../../kit/servers/connect-proxy.ts';
import { closing } from '../../../kit/servers/opened.ts';
import { createPrivateAuthority } from '../../../kit/servers/private-authority.ts';
import { clientOf, createLateAnswer, LIMIT, refusal, serve } from './clients.ts';

const authority = createPrivateAuthority();
const NAME = 'api.example';
const tls = authority.issue({ names: [NAME] });
const proxyTls = authority.issue({ names: ['proxy.example'] });

const proxyOf = async (options: ConnectProxyOptions = {}): Promise<ConnectProxy> =>
  closing(await startConnectProxy(options));
const target = () => serve((request, response) => response.end(`for ${request.headers.authorization}`), tls);
const clientBehind = (
  proxy: ConnectProxy,
  options: HttpClientOptions & { via?: Partial<ProxyOptions> } = {},
) => {
  const { via, ...rest } = options;
  return clientOf([], {
    extraCaPem: Buffer.from(authority.pem),
    // What the proxy is for: names that cannot be resolved here.
    resolve: async () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })),
    proxy: { url: proxy.url, except: [], ...via },
    ...rest,
  });
};
const secret = (origin: string) => ({ origin, header: 'authorization', value: 'Bearer canary' });

describe('a proxy', () => {
  it.each(['http', 'https'])('that speaks %s leads to the host through a tunnel', async (scheme) => {
    const server = await target();
    const proxy = await proxyOf(scheme === 'https' ? { tls: proxyTls } : {});
    const origin = `https://${NAME}:${server.port}`;
    const http = clientBehind(proxy, { credentials: [secret(origin)] });
    const answer = await http.get(`${origin}/path?query`, LIMIT);
    expect([answer.bytes.toString(), answer.origin]).toEqual(['for Bearer canary', origin]);
    expect(proxy.requests).toEqual([
      expect.objectContaining({ method: 'CONNECT', target: `${NAME}:${server.port}` }),
    ]);
  });

  it('whose address holds what cannot be decoded is refused, and nothing of it is told', async () => {
    const make = () => clientBehind({ url: 'http://user:can%zzary@127.0.0.1:9' } as ConnectProxy);
    expect(make).toThrow(refusal('config.invalid'));
    try {
      make();
    } catch (error) {
      expect(inspect(error)).not.toContain('zzary');
    }
  });

  it('SSRF-06 sees neither credentials nor paths, and no server sees those of the proxy', async () => {
    const server = await target();
    const proxy = await proxyOf({ credentials: 'user:p@ss:word' });
    const origin = `https://${NAME}:${server.port}`;
    const http = clientBehind(proxy, {
      credentials: [secret(origin)],
      via: { url: proxy.url.replace('//', `//user:${encodeURIComponent('p@ss:word')}@`) },
    });
    await http.get(`${origin}/hidden-path`, LIMIT);
    const basic = Buffer.from('user:p@ss:word').toString('base64');
    expect(proxy.requests[0]?.headers['proxy-authorization']).toBe(`Basic ${basic}`);
    const clear = `${JSON.stringify(proxy.requests)} ${proxy.seen().toString('latin1')}`;
    expect(clear).not.toMatch(/canary|hidden-path/);
    expect(JSON.stringify(server.requests[0]?.rawHeaders)).not.toMatch(/proxy-auth|p@ss/i);
    expect(server.requests[0]?.url).toBe('/hidden-path');
  });

  it('I12 that refuses its credentials is named, they are not', async () => {
    const proxy = await proxyOf({ credentials: 'user:right' });
    const http = clientBehind(proxy, {
      retry: { attempts: 3, baseMs: 1 },
      via: { url: proxy.url.replace('//', '//user:canary@') },
    });
    const error = await http.get(`https://${NAME}/`, LIMIT).catch((cause: unknown) => cause);
    expect(error).toEqual(
      refusal('source.unavailable', { actual: 'proxy 407', hint: expect.stringContaining('credentials') }),
    );
    const shown = inspect(error, { depth: 20, showHidden: true });
    expect(shown).not.toContain('canary');
    expect(shown).not.toContain(Buffer.from('user:canary').toString('base64'));
    expect(proxy.requests).toHaveLength(1);
  });

  it.each([
    [403, 1],
    [502, 3],
    [503, 3],
  ])('that answers %s is a failure, after %s tries', async (status, tries) => {
    const proxy = await proxyOf({ status });
    const http = clientBehind(proxy, { retry: { attempts: 3, baseMs: 1 } });
    await expect(http.get(`https://${NAME}/`, LIMIT)).rejects.toEqual(
      refusal('source.unavailable', { actual: `proxy ${status}` }),
    );
    expect(proxy.requests).toHaveLength(tries);
  });

  it('that never answers is a timeout', async () => {
    const proxy = await proxyOf({ status: 0 });
    const http = clientBehind(proxy, { headersTimeoutMs: 100 });
    await expect(http.get(`https://${NAME}/`, LIMIT)).rejects.toEqual(refusal('source.timeout'));
    await expect(
      clientBehind(proxy).get(`https://${NAME}/`, { ...LIMIT, totalTimeoutMs: 100 }),
    ).rejects.toEqual(refusal('source.timeout'));
  });

  it('that is not there is a failure, and never passed by', async () => {
    const server = await target();
    const proxy = await startConnectProxy();
    await proxy.close();
    const http = clientBehind(proxy, { resolve: async () => [{ address: '127.0.0.1', family: 4 }] });
    await expect(http.get(`https://${NAME}:${server.port}/`, LIMIT)).rejects.toEqual(
      refusal('source.unavailable', { actual: 'ECONNREFUSED' }),
    );
    expect(server.requests).toHaveLength(0);
  });

  it('SSRF-01 does not lead to an address of this machine or its network', async () => {
    const proxy = await proxyOf();
    for (const address of [
      'https://10.0.0.1/',
      'https://169.254.169.254/latest/',
      'https://[fd00:ec2::254]/',
      'https://[::ffff:10.0.0.1]/',
      'https://0x0a000001/',
      'https://192.168.1.1:8443/',
      'https://x.localhost/',
      'https://localhost./',
      'https://metadata.google.internal/',
    ])
      await expect(clientBehind(proxy).get(address, LIMIT), address).rejects.toEqual(
        refusal('source.blocked-address'),
      );
    expect(proxy.requests).toEqual([]);
  });

  it('SSRF-03 does not lead there by a redirect either', async () => {
    const server = await serve(
      (_, response) => response.writeHead(302, { location: 'https://10.0.0.1/' }).end(),
      tls,
    );
    const proxy = await proxyOf();
    const asked = clientBehind(proxy).get(`https://${NAME}:${server.port}/`, { ...LIMIT, maxRedirects: 2 });
    await expect(asked).rejects.toEqual(refusal('source.blocked-address'));
    expect(proxy.requests).toHaveLength(1);
  });

  it('also leads to a listed host of http through a tunnel', async () => {
    const server = await serve((_, response) => response.end('plain'));
    const proxy = await proxyOf();
    const http = clientBehind(proxy, { listedHosts: [`${NAME}:${server.port}`] });
    expect((await http.get(`http://${NAME}:${server.port}/`, LIMIT)).bytes.toString()).toBe('plain');
    expect(proxy.requests.map(({ method }) => method)).toEqual(['CONNECT']);
  });

  it('is passed by for exceptions and for this machine', async () => {
    const server = await target();
    const proxy = await proxyOf();
    const port = server.port;
    const http = clientBehind(proxy, {
      listedHosts: [`${NAME}:${port}`, `127.0.0.1:${port}`],
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
      via: { except: ['.other.example', NAME] },
    });
    await http.get(`https://${NAME}:${port}/`, LIMIT);
    await http.get(`https://127.0.0.1:${port}/`, LIMIT);
    expect([proxy.requests.length, server.requests.length]).toEqual([0, 2]);
  });

  it('cannot read or answer for a host whose certificate it does not have', async () => {
    const other = await serve(
      (_, response) => response.end('forged'),
      authority.issue({ names: ['other.example'] }),
    );
    const unknown = await serve(
      (_, response) => response.end('forged'),
      createPrivateAuthority().issue({ names: [NAME] }),
    );
    for (const [server, code] of [
      [other, 'ERR_TLS_CERT_ALTNAME_INVALID'],
      [unknown, 'DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO|SELF_SIGNED'],
    ] as const) {
      const proxy = await proxyOf();
      const origin = `https://${NAME}:${server.port}`;
      const http = clientBehind(proxy, { credentials: [secret(origin)], retry: { attempts: 3, baseMs: 1 } });
      await expect(http.get(`${origin}/`, LIMIT)).rejects.toEqual(
        refusal('source.unavailable', {
          actual: expect.stringMatching(code),
          hint: expect.stringContaining('certificate'),
        }),
      );
      expect([server.requests.length, proxy.requests.length]).toEqual([0, 1]);
    }
  });

  it('of https is known by its certificate', async () => {
    const proxy = await proxyOf({ tls: createPrivateAuthority().issue() });
    const http = clientBehind(proxy, { via: { url: proxy.url.replace('//', '//user:canary@') } });
    await expect(http.get(`https://${NAME}/`, LIMIT)).rejects.toEqual(refusal('source.unavailable'));
    expect(proxy.requests).toEqual([]);
  });

  it('leads to at most so many connections of one origin at once', async () => {
    const late = createLateAnswer();
    const server = await serve(late.listener, tls);
    const proxy = await proxyOf();
    const http = clientBehind(proxy, { connectionsPerOrigin: 2 });
    await Promise.all([...Array(10)].map(() => http.get(`https://${NAME}:${server.port}/`, LIMIT)));
    expect([late.most, proxy.requests.length]).toEqual([2, 2]);
  });
});

describe('exceptions of a proxy', () => {
  it.each([
    ['https://example.com/', 'example.com', true],
    ['https://example.com/', 'EXAMPLE.com', true],
    ['https://example.com/', ' example.com ', true],
    ['https://a.example.com/', 'example.com', true],
    ['https://a.b.example.com/', 'example.com', true],
    ['https://example.com./', 'example.com', true],
    ['https://notexample.com/', 'example.com', false],
    ['https://example.com.evil/', 'example.com', false],
    ['https://example.com/', 'a.example.com', false],
    ['https://example.com/', '.example.com', false],
    ['https://a.example.com/', '.example.com', true],
    ['https://a.example.com/', '*.example.com', true],
    ['https://example.com/', '*.example.com', false],
    ['https://aexample.com/', '*example.com', false],
    ['https://anything.example/', '*', true],
    ['https://anything.example/', '', false],
    ['https://anything.example/', ' ', false],
    ['https://example.com/', 'example.com:443', true],
    ['https://example.com/', 'example.com:8443', false],
    ['https://example.com:8443/', 'example.com:8443', true],
    ['https://a.example.com:8443/', 'example.com:8443', true],
    ['https://example.com:8443/', 'example.com', true],
    ['http://example.com/', 'example.com:80', true],
    ['https://example.com:18443/', 'example.com:8443', false],
    ['https://10.1.2.3/', '10.1.2.3', true],
    ['https://10.1.2.3/', '10.0.0.0/8', true],
    ['https://11.1.2.3/', '10.0.0.0/8', false],
    ['https://10.1.2.3/', '10.0.0.0/33', false],
    ['https://10.1.2.3/', '10.0.0.0/', false],
    ['https://10.1.2.3/', '10.0.0.0/-1', false],
    ['https://10.1.2.3/', '10.1.2.3:8443', false],
    ['https://10.1.2.3:8443/', '10.1.2.3:8443', true],
    ['https://10.1.2.3/', '2.3', false],
    ['https://110.1.2.3/', '10.1.2.3', false],
    ['https://[2a00::1]/', '2a00::1', true],
    ['https://[2a00::1]/', '[2a00::1]', true],
    ['https://[2a00::1]:8443/', '[2a00::1]:8443', true],
    ['https://[2a00::1]/', '[2a00::1]:8443', false],
    ['https://[2a00::1]/', '2a00::/16', true],
    ['https://[2b00::1]/', '2a00::/16', false],
    ['https://[2a00::1]/', '10.0.0.0/8', false],
    // Names are not resolved for it.
    ['https://ten.example/', '10.0.0.0/8', false],
    ['https://localhost:1/', '', true],
    ['https://127.0.0.1/', '', true],
    ['https://127.9.9.9/', '', true],
    ['https://[::1]/', '', true],
    ['https://127.0.0.1.example/', '', false],
    ['https://localhost.example/', '', false],
  ])('%s with %j: %s', (address, entry, expected) => {
    expect(isExcepted(new URL(address), [entry])).toBe(expected);
    expect(isExcepted(new URL(address), ['unrelated.example', entry])).toBe(expected);
  });
});
