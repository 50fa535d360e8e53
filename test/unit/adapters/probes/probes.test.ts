import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createHttpClient, type HttpClient } from '../../../../src/adapters/http/index.ts';
import { assertWritable, isWritable } from '../../../../src/adapters/probes/folder.ts';
import { probeGitHub } from '../../../../src/adapters/probes/github.ts';
import { kindOfHost, reachMirror, reachProxy } from '../../../../src/adapters/probes/hosts.ts';
import { probeNpm, probePypi } from '../../../../src/adapters/probes/packages.ts';
import { probeRegistry } from '../../../../src/adapters/probes/registry.ts';
import { probeRekor } from '../../../../src/adapters/probes/rekor.ts';
import type { Code } from '../../../../src/codes.ts';
import { startConnectProxy } from '../../../kit/servers/connect-proxy.ts';
import { rateLimit, type Scripted, type ScriptedServer, startScripted } from '../../../kit/servers/doctor.ts';

let server: ScriptedServer;
let http: HttpClient;

beforeAll(async () => {
  server = await startScripted({});
  http = createHttpClient({ listedHosts: [server.host], retry: { attempts: 1 } });
});
afterEach(() => {
  server.mend();
  server.requests.length = 0;
});
afterAll(async () => {
  await http.close();
  await server.close();
});

const credential = (value: string) => ({
  origin: server.origin,
  header: 'authorization',
  value: `Bearer ${value}`,
  from: 'TOKEN',
});

/** Pages that mean the same wherever they come. */
const HTML: Scripted = { headers: { 'content-type': 'text/html' }, body: '<!doctype html>' };
const SERVER_FAULTS: readonly (readonly [string, Scripted, Code])[] = [
  ['403', { status: 403 }, 'source.unauthorized'],
  ['429', { status: 429 }, 'source.rate-limited'],
  ['500', { status: 500 }, 'source.http-status'],
  ['301', { status: 301, headers: { location: 'https://elsewhere.example/' } }, 'source.http-status'],
  ['a page in HTML', HTML, 'source.malformed-response'],
  ['null', { body: 'null' }, 'source.malformed-response'],
  ['a list', { body: '[]' }, 'source.malformed-response'],
  ['JSON that is cut short', { body: '{"resources":' }, 'source.malformed-response'],
  ['the same key twice', { body: '{"a":1,"a":2}' }, 'source.malformed-response'],
];

describe('GitHub', () => {
  const probe = (token?: string) =>
    probeGitHub(http, server.origin, token === undefined ? undefined : credential(token));

  it('tells requests, scopes and expiry of a token', async () => {
    const headers = {
      'x-oauth-scopes': 'repo, read:org',
      'github-authentication-token-expiration': '2027-01-02 03:04:05 UTC',
    };
    server.answer('/rate_limit', rateLimit(4321, headers));
    expect(await probe('t')).toEqual({
      from: 'TOKEN',
      requests: { limit: 5000, remaining: 4321, resetAt: new Date('2100-01-01T00:00:00Z') },
      scopes: ['repo', 'read:org'],
      expiresAt: new Date('2027-01-02T03:04:05Z'),
    });
    expect(server.requests).toEqual([{ method: 'GET', path: '/rate_limit', authorization: 'Bearer t' }]);
  });

  it.each([
    ['2027-01-02 03:04:05 +0200', '2027-01-02T01:04:05.000Z'],
    ['2027-01-02 03:04:05 -05:30', '2027-01-02T08:34:05.000Z'],
    ['tomorrow', undefined],
    ['2027-13-45 99:99:99 UTC', undefined],
    ['', undefined],
  ])('reads an expiry of %j', async (text, expected) => {
    server.answer('/rate_limit', rateLimit(1, { 'github-authentication-token-expiration': text }));
    expect((await probe('t')).expiresAt?.toISOString()).toBe(expected);
  });

  it('is asked as nobody without a token, and has no scopes to tell', async () => {
    server.answer('/rate_limit', rateLimit(59));
    expect(await probe()).toMatchObject({ from: undefined, scopes: undefined, expiresAt: undefined });
    expect(server.requests[0]?.authorization).toBeUndefined();
  });

  it('may have no limit, and says so itself', async () => {
    server.answer('/rate_limit', { status: 404, body: { message: 'Rate limiting is not enabled.' } });
    expect((await probe('t')).requests).toBeUndefined();
    server.answer('/rate_limit', { status: 404, body: { error: 'x' } });
    await expect(probe('t')).rejects.toMatchObject({ finding: 'source.malformed-response' });
  });

  it('that does not take the token names where it comes from, and not the token', async () => {
    server.answer('/rate_limit', { status: 401, body: { message: 'Bad credentials' } });
    await expect(probe('secret')).rejects.toMatchObject({
      finding: 'source.unauthorized',
      message: expect.stringMatching(/TOKEN$/),
      hint: expect.stringContaining('expired'),
    });
  });

  it.each([
    ...SERVER_FAULTS,
    ['no limits', { body: {} }, 'source.malformed-response'],
    [
      'limits that are no numbers',
      { body: { resources: { core: { limit: '1', remaining: -1, reset: 1e300 } } } },
      'source.malformed-response',
    ],
  ] as const)('that answers with %s is told apart', async (_, scripted, code) => {
    server.answer('/rate_limit', scripted);
    await expect(probe()).rejects.toMatchObject({ finding: code });
  });
});

describe('a registry of images', () => {
  const place = { registry: 'registry.example', repository: 'octo/app' };
  const ask: Parameters<typeof probeRegistry>[0] = (path, options) =>
    http.request(`${server.origin}${path}`, options);
  const NOTHING = `/v2/octo/app/referrers/sha256:${'0'.repeat(64)}`;
  const INDEX = { 'content-type': 'application/vnd.oci.image.index.v1+json' };

  const works = (): void => {
    server.answer('/v2/', {});
    server.answer('/v2/octo/app/tags/list', { body: { name: 'octo/app', tags: null } });
  };

  it.each([
    ['an index', { headers: INDEX, body: { manifests: [] } }, true],
    ['another document', { body: {} }, false],
    ['404', { status: 404 }, false],
    ['405', { status: 405 }, false],
  ])('has referrers when it answers %s: %j %s', async (_, scripted, hasReferrers) => {
    works();
    server.answer(NOTHING, scripted);
    expect(await probeRegistry(ask, place)).toEqual({ hasReferrers });
  });

  it('is none where it has no root', async () => {
    await expect(probeRegistry(ask, place)).rejects.toMatchObject({
      finding: 'source.http-status',
      message: expect.stringContaining('no registry of images'),
    });
  });

  it('does not show a repository that is not there, or not for us', async () => {
    server.answer('/v2/', {});
    await expect(probeRegistry(ask, place)).rejects.toMatchObject({
      finding: 'source.http-status',
      hint: expect.stringContaining('permission to pull'),
    });
  });

  it.each(SERVER_FAULTS)('that answers a list of tags with %s is told apart', async (_, scripted, code) => {
    works();
    server.answer('/v2/octo/app/tags/list', scripted);
    const isRedirect = scripted.status === 301;
    await expect(probeRegistry(ask, place)).rejects.toMatchObject({
      finding: isRedirect ? expect.any(String) : code,
    });
  });
});

describe('a registry of npm', () => {
  const probe = (token?: string) =>
    probeNpm(http, `${server.origin}/`, token === undefined ? undefined : credential(token));

  it('tells who we are', async () => {
    server.answer('/-/whoami', { body: { username: 'octo' } });
    expect(await probe('t')).toEqual({ from: 'TOKEN', user: 'octo' });
    expect(server.requests).toEqual([{ method: 'GET', path: '/-/whoami', authorization: 'Bearer t' }]);
  });

  it.each([[404], [405]])('need not tell: %i', async (status) => {
    server.answer('/-/whoami', { status });
    expect(await probe('t')).toEqual({ from: 'TOKEN', user: undefined });
  });

  it('is asked as nobody without a credential', async () => {
    expect(await probe()).toEqual({ from: undefined, user: undefined });
    expect(server.requests).toMatchObject([{ path: '/-/ping', authorization: undefined }]);
  });

  it.each([
    ['t', '/-/whoami', 401, 'TOKEN'],
    ['t', '/-/whoami', 403, 'TOKEN'],
    [undefined, '/-/ping', 401, 'none are known'],
  ])('that does not take %s at %s (%i) is refused', async (token, path, status, told) => {
    server.answer(path, { status });
    await expect(probe(token)).rejects.toMatchObject({
      finding: 'source.unauthorized',
      message: expect.stringContaining(told),
    });
  });

  it.each(SERVER_FAULTS.filter(([name]) => name !== '403'))(
    'that answers with %s is told apart',
    async (_, scripted, code) => {
      server.answer('/-/whoami', scripted);
      await expect(probe('t')).rejects.toMatchObject({ finding: code });
    },
  );
});

describe('an index of Python', () => {
  it('is asked for no more than its head', async () => {
    server.answer('/simple/', {});
    await probePypi(http, server.origin);
    expect(server.requests).toMatchObject([{ method: 'HEAD', path: '/simple/' }]);
    server.answer('/simple/', { status: 405 });
    await probePypi(http, server.origin);
  });

  it.each([
    [404, 'source.http-status'],
    [401, 'source.unauthorized'],
    [503, 'source.http-status'],
  ])('that answers %i is refused', async (status, code) => {
    server.answer('/simple/', { status });
    await expect(probePypi(http, server.origin)).rejects.toMatchObject({ finding: code });
  });
});

describe('a log', () => {
  const NOTE = 'log.example/x\n42\nAAAA\n\n- log.example/x AAAA\n';

  it.each([
    ['/api/v1/log', { body: { treeSize: 7 } }, { version: 1, size: 7 }],
    ['/api/v1/log', { body: { treeSize: 'many' } }, { version: 1, size: undefined }],
    ['/checkpoint', { headers: { 'content-type': 'text/plain' }, body: NOTE }, { version: 2, size: 42 }],
  ])('at %s', async (path, scripted, expected) => {
    server.answer(path, scripted);
    expect(await probeRekor(http, `${server.origin}/`)).toEqual(expected);
  });

  it.each([
    ['nothing', '/x', {}, 'source.http-status'],
    ['a checkpoint that is none', '/checkpoint', { body: 'hello' }, 'source.http-status'],
    ['a page', '/api/v1/log', HTML, 'source.malformed-response'],
    ['an error', '/api/v1/log', { status: 500 }, 'source.http-status'],
  ] as const)('is none with %s', async (_, path, scripted, code) => {
    server.answer(path, scripted);
    await expect(probeRekor(http, server.origin)).rejects.toMatchObject({ finding: code });
  });
});

describe('a host', () => {
  it.each([['127.0.0.1:1'], ['localhost:1'], ['10.0.0.1:443'], ['169.254.169.254:80'], ['[::1]:443']])(
    'of this machine or network is private, and not connected to: %s',
    async (host) => {
      const unlisted = createHttpClient({ retry: { attempts: 1 } });
      expect(await kindOfHost(unlisted, host)).toBe('private');
      await unlisted.close();
    },
  );

  it('is private where its name leads there, public where it does not, and unknown without an address', async () => {
    const at = (address: string) =>
      createHttpClient({
        retry: { attempts: 1 },
        connectTimeoutMs: 50,
        resolve: async (name) => {
          if (name === 'gone.example') throw Object.assign(new Error('x'), { code: 'ENOTFOUND' });
          return [{ address, family: 4 }];
        },
      });
    const [inner, outer] = [at('192.168.1.1'), at('192.0.2.1')];
    expect(await kindOfHost(inner, 'registry.example:443')).toBe('private');
    await expect(kindOfHost(outer, 'gone.example:443')).rejects.toMatchObject({
      finding: 'source.unavailable',
    });
    await Promise.all([inner.close(), outer.close()]);
  });

  it('that holds a trusted root is asked for its newest state', async () => {
    server.answer('/tuf/timestamp.json', {});
    await reachMirror(http, `${server.origin}/tuf/`);
    await expect(reachMirror(http, `${server.origin}/`)).rejects.toMatchObject({
      finding: 'source.http-status',
    });
  });
});

describe('a proxy', () => {
  const reach = async (url: string): Promise<void> => {
    const { origin, host } = new URL(url);
    const direct = createHttpClient({ listedHosts: [host], retry: { attempts: 1 } });
    const through = createHttpClient({ proxy: { url, except: [] }, retry: { attempts: 1 } });
    try {
      await reachProxy(direct, through, origin);
    } finally {
      await Promise.all([direct.close(), through.close()]);
    }
  };

  it.each([
    ['that lets us through', {}, ''],
    ['that knows the password', { credentials: 'octo:right' }, 'octo:right@'],
    ['that refuses the name that nobody has', { status: 403 }, ''],
    ['that cannot resolve it', { status: 502 }, ''],
  ])('%s is there', async (_, options, user) => {
    const proxy = await startConnectProxy(options);
    await expect(reach(proxy.url.replace('//', `//${user}`))).resolves.toBeUndefined();
    const asked = proxy.requests.filter(({ method }) => method === 'CONNECT').map(({ target }) => target);
    expect(asked).toEqual(['slsa-gate-doctor.invalid:443']);
    await proxy.close();
  });

  it.each([['octo:wrong@'], ['']])('that does not take %s says so, and shows no password', async (user) => {
    const proxy = await startConnectProxy({ credentials: 'octo:right' });
    const refused = reach(proxy.url.replace('//', `//${user}`));
    await expect(refused).rejects.toMatchObject({ finding: 'source.unauthorized' });
    await expect(refused).rejects.not.toThrow(/wrong/);
    await proxy.close();
  });

  it('at which nothing listens is told', async () => {
    const proxy = await startConnectProxy();
    await proxy.close();
    await expect(reach(proxy.url)).rejects.toMatchObject({
      finding: 'source.unavailable',
      actual: 'ECONNREFUSED',
    });
  });
});

describe('a folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slsa-gate-probes-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('that can be written is left as it is', async () => {
    await expect(assertWritable(folder)).resolves.toBeUndefined();
    expect(await isWritable(folder)).toBe(true);
  });

  it('that is not there, or none, is refused', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(assertWritable(join(folder, 'nowhere'))).rejects.toMatchObject({
      finding: 'evidence.unwritable',
    });
    await expect(assertWritable(file)).rejects.toMatchObject({ finding: 'evidence.unwritable' });
    await expect(assertWritable(join(file, 'x'))).rejects.toMatchObject({ finding: 'evidence.unwritable' });
    expect(await isWritable(join(folder, 'nowhere'))).toBe(false);
  });

  it.skipIf(process.getuid?.() === 0)('that may not be written is refused', async () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o500);
    await expect(assertWritable(closed)).rejects.toMatchObject({ finding: 'evidence.unwritable' });
    expect(await isWritable(closed)).toBe(false);
  });
});
