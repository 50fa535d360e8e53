import { describe, expect, it, onTestFinished } from 'vitest';
import { createHttpClient } from '../../../../src/adapters/http/index.ts';
import type { HttpClientOptions } from '../../../../src/adapters/http/types.ts';
import { PURPOSE } from '../../../kit/extensions.ts';
import { startConnectProxy } from '../../../kit/servers/connect-proxy.ts';
import { closing } from '../../../kit/servers/opened.ts';
import {
  createPrivateAuthority,
  type TlsCertificate,
  type TlsCertificateOptions,
} from '../../../kit/servers/private-authority.ts';
import { clientOf, LIMIT, refusal, serve } from './clients.ts';

const authority = createPrivateAuthority();
const other = createPrivateAuthority('another authority');
const HOUR_MS = 3600_000;
const ago = (ms: number): Date => new Date(Date.now() - ms);

const serverWith = (certificate: TlsCertificate) =>
  serve((_, response) => response.end('secure'), certificate);
const trusting = (
  servers: readonly { readonly host: string }[],
  pem: string,
  options: HttpClientOptions = {},
) => clientOf(servers, { extraCaPem: Buffer.from(pem), ...options });

/** Loopback is where every name leads. */
const named = (name: string, port: number): HttpClientOptions => ({
  listedHosts: [`${name}:${port}`],
  resolve: async () => [{ address: '127.0.0.1', family: 4 }],
});

describe('an authority of ones own', () => {
  it('is trusted beside those of Node, by name and by address, also among several', async () => {
    const server = await serverWith(authority.issue({ names: ['registry.example'] }));
    const both = `# comment\n${other.pem}\n${authority.pem}`;
    const byAddress = await trusting([server], both).get(server.origin, LIMIT);
    const options = named('registry.example', server.port);
    const byName = await trusting([], both, options).get(`https://registry.example:${server.port}/`, LIMIT);
    expect([byAddress, byName].map(({ bytes }) => bytes.toString())).toEqual(['secure', 'secure']);
  });

  it.each<[string, () => TlsCertificate, string]>([
    ['of an authority that is not given', () => other.issue(), authority.pem],
    ['of no authority where none is given', () => authority.issue(), ''],
    ['that has expired', () => authority.issue({ notAfter: ago(HOUR_MS) }), authority.pem],
    ['that is not valid yet', () => authority.issue({ notBefore: ago(-HOUR_MS) }), authority.pem],
    [
      'for another host',
      () => authority.issue({ names: ['other.example'], forLoopback: false }),
      authority.pem,
    ],
    ['for no host', () => authority.issue({ names: [], forLoopback: false }), authority.pem],
    ['for code signing', () => authority.issue({ purpose: PURPOSE.codeSigning }), authority.pem],
    ['for clients', () => authority.issue({ purpose: PURPOSE.clientAuth }), authority.pem],
  ])('accepts no certificate %s, and asks once', async (_, issue, pem) => {
    const server = await serverWith(issue());
    const options = { retry: { attempts: 3, baseMs: 1 } };
    const http = pem === '' ? clientOf([server], options) : trusting([server], pem, options);
    await expect(http.get(server.origin, LIMIT)).rejects.toEqual(
      refusal('source.unavailable', { hint: expect.stringContaining('--ca-file') }),
    );
    expect(server.requests).toEqual([]);
  });

  it.each<[string, TlsCertificateOptions, string, boolean]>([
    ['a wildcard one level below', { names: ['*.example.test'] }, 'a.example.test', true],
    ['a wildcard two levels below', { names: ['*.example.test'] }, 'a.b.example.test', false],
    ['a wildcard for its own name', { names: ['*.example.test'] }, 'example.test', false],
    ['a name that only begins so', { names: ['a.example.test'] }, 'a.example.test.evil', false],
    ['a name that only ends so', { names: ['a.example.test'] }, 'xa.example.test', false],
    ['the name in other case', { names: ['A.Example.Test'] }, 'a.example.test', true],
  ])('binds a certificate to its host: %s', async (_, options, name, accepted) => {
    const server = await serverWith(authority.issue({ ...options, forLoopback: false }));
    const http = trusting([], authority.pem, named(name, server.port));
    const asked = http.get(`https://${name}:${server.port}/`, LIMIT).then(
      () => true,
      () => false,
    );
    expect(await asked).toBe(accepted);
  });

  it('I18 is still needed where NODE_TLS_REJECT_UNAUTHORIZED is 0', async () => {
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    onTestFinished(() => {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    });
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    const server = await serverWith(other.issue({ names: ['api.example'] }));
    await expect(trusting([server], authority.pem).get(server.origin, LIMIT)).rejects.toEqual(
      refusal('source.unavailable'),
    );
    const proxy = closing(await startConnectProxy());
    const http = clientOf([], { proxy: { url: proxy.url, except: [] } });
    await expect(http.get(`https://api.example:${server.port}/`, LIMIT)).rejects.toEqual(
      refusal('source.unavailable'),
    );
    expect(server.requests).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['text', 'trust me'],
    ['a key', authority.issue().key],
    ['a certificate that cannot be read', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
    [
      'one that can be read and one that cannot',
      `${authority.pem}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
    ],
  ])('is not read out of %s', (_, pem) => {
    expect(() => createHttpClient({ extraCaPem: Buffer.from(pem) })).toThrow(refusal('config.invalid'));
  });

  it('is not asked through http of a server that speaks https, nor the other way round', async () => {
    const secure = await serverWith(authority.issue());
    const plain = await serve((_, response) => response.end('plain'));
    const http = trusting([secure, plain], authority.pem);
    await expect(http.get(secure.origin.replace('https', 'http'), LIMIT)).rejects.toEqual(
      refusal('source.unavailable'),
    );
    await expect(http.get(plain.origin.replace('http', 'https'), LIMIT)).rejects.toEqual(
      refusal('source.unavailable'),
    );
  });
});

describe('a certificate of ours', () => {
  const { cert, key } = authority.issue({
    names: ['client'],
    purpose: PURPOSE.clientAuth,
    forLoopback: false,
  });
  const mine = (host: string) => ({
    host,
    certificatePem: Buffer.from(cert),
    keyPem: Buffer.from(key),
  });
  const asking = () =>
    serve((_, response) => response.end('mutual'), {
      ...authority.issue({ names: ['api.example'] }),
      clientCa: authority.pem,
    });

  it('is refused where certificate and key do not fit, without being shown', async () => {
    const { inspect } = await import('node:util');
    for (const keyPem of [Buffer.from(authority.issue().key), Buffer.from('canary')]) {
      const make = () => createHttpClient({ clientCertificates: [{ ...mine('a.example:443'), keyPem }] });
      expect(make).toThrow(refusal('config.invalid'));
      try {
        make();
      } catch (error) {
        expect(inspect(error, { depth: 20 })).not.toMatch(/canary|PRIVATE/);
      }
    }
  });

  it('is shown to its own host and port, and to no other', async () => {
    const [server, neighbour] = [await asking(), await asking()];
    const http = trusting([server, neighbour], authority.pem, { clientCertificates: [mine(server.host)] });
    for (const { origin } of [server, neighbour]) await http.get(origin, LIMIT);
    expect([server.shown, neighbour.shown]).toEqual([['client'], ['']]);
  });

  it('SSRF-02 is not shown to a host that a redirect leads to, or under another name', async () => {
    const target = await asking();
    const first = await serve(
      (_, response) => response.writeHead(302, { location: `${target.origin}/` }).end(),
      { ...authority.issue(), clientCa: authority.pem },
    );
    const http = trusting([first, target], authority.pem, {
      clientCertificates: [mine(first.host), mine(`localhost:${target.port}`), mine(`0.0.1:${target.port}`)],
    });
    await http.get(first.origin, { ...LIMIT, maxRedirects: 1 });
    expect([first.shown, target.shown]).toEqual([['client'], ['']]);
  });

  it('is shown through the tunnel of a proxy, and not to the proxy', async () => {
    const server = await asking();
    const proxy = closing(await startConnectProxy());
    const http = trusting([], authority.pem, {
      clientCertificates: [mine(`api.example:${server.port}`)],
      proxy: { url: proxy.url, except: [] },
    });
    await http.get(`https://api.example:${server.port}/`, LIMIT);
    expect([server.shown, proxy.requests.length]).toEqual([['client'], 1]);
  });
});
