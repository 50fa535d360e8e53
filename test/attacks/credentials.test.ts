import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryCache } from '../../src/adapters/cache/index.ts';
import {
  githubCredentials,
  npmCredentials,
  registryCredentials,
} from '../../src/adapters/credentials/index.ts';
import { createHttpClient, type HttpClient, type HttpCredential } from '../../src/adapters/http/index.ts';
import { base64, CANARY, Home, refusal } from '../unit/adapters/credentials/home.ts';
import { type LocalServer, startServer } from '../unit/adapters/http/server.ts';

const ANSWER = JSON.stringify({ ServerURL: 'registry.example', Username: 'user', Secret: 'right' });

describe('helpers of registries', () => {
  const planted = (home: Home): string => `touch '${home.path}/planted'\necho '${ANSWER}'`;
  const NAME = 'docker-credential-x';
  const withHelper = (): Home => {
    const home = new Home();
    home.file('.docker/config.json', { credHelpers: { 'registry.example': 'x' } });
    return home;
  };
  const ask = (home: Home, PATH: string, helpers: ReadonlyMap<string, string> = new Map()) =>
    registryCredentials(home.options({ PATH }, { helpers })).of('registry.example');
  const wasRun = (home: Home): boolean => existsSync(join(home.path, 'planted'));

  it.each<[string, (home: Home) => string]>([
    ['the working directory', (home) => dirname(home.program(`work/${NAME}`, planted(home)))],
    [
      'a folder in the working directory, as runners of scripts put on PATH',
      (home) => dirname(home.program(`work/node_modules/.bin/${NAME}`, planted(home))),
    ],
    [
      'a link to the working directory',
      (home) => {
        home.program(`work/${NAME}`, planted(home));
        symlinkSync(home.work, join(home.path, 'linked'));
        return join(home.path, 'linked');
      },
    ],
    [
      'the working directory, by an empty or relative entry',
      (home) => {
        home.program(`work/${NAME}`, planted(home));
        return ':.:./:work:../work';
      },
    ],
    [
      'a folder of a repository',
      (home) => {
        mkdirSync(join(home.path, 'repository', '.git'), { recursive: true });
        return dirname(home.program(`repository/node_modules/.bin/${NAME}`, planted(home)));
      },
    ],
    [
      'a work tree, whose .git is a file',
      (home) => {
        home.file('tree/.git', 'gitdir: elsewhere');
        return dirname(home.program(`tree/bin/${NAME}`, planted(home)));
      },
    ],
    [
      'a safe folder, as a link into a repository',
      (home) => {
        mkdirSync(join(home.path, 'repository', '.git'), { recursive: true });
        const program = home.program(`repository/${NAME}`, planted(home));
        symlinkSync(program, join(home.bin, NAME));
        return home.bin;
      },
    ],
    [
      'a safe folder, as a link into the working directory',
      (home) => {
        symlinkSync(home.program(`work/${NAME}`, planted(home)), join(home.bin, NAME));
        return home.bin;
      },
    ],
  ])('PTH-04 are not run out of %s', async (_, plant) => {
    const home = withHelper();
    const searchPath = plant(home);
    await expect(ask(home, `${searchPath}:/usr/bin:/bin`)).rejects.toEqual(refusal('credential.unusable'));
    expect(wasRun(home)).toBe(false);
    // A good one further on is found all the same.
    home.program(`good/${NAME}`, `echo '${ANSWER}'`);
    const found = await ask(home, `${searchPath}:${join(home.path, 'good')}:/usr/bin:/bin`);
    expect(found).toMatchObject({ username: 'user', password: 'right' });
    expect(wasRun(home)).toBe(false);
  });

  it('PTH-04 may lie below the home folder, also while that is the working directory', async () => {
    const home = withHelper();
    home.program(`own/bin/${NAME}`, `echo '${ANSWER}'`);
    const PATH = `${join(home.path, 'own/bin')}:/usr/bin:/bin`;
    const options = { ...home.options({ PATH }, {}), workingDirectory: home.path };
    expect(await registryCredentials(options).of('registry.example')).toMatchObject({ password: 'right' });
  });

  it.each([
    ['x/../../planted', 'a path'],
    ['./planted', 'a path'],
    ['/tmp/planted', 'a path'],
    ['x;planted', 'words of a shell'],
    ['x planted', 'an argument'],
  ])('PTH-04 are not run by the name %s, which is %s', async (name) => {
    const home = new Home();
    home.file('.docker/config.json', { credsStore: name });
    await expect(ask(home, `${home.bin}:/usr/bin:/bin`)).rejects.toEqual(refusal('credential.unusable'));
  });

  it('PTH-04 are the program that was given in full, and not one on PATH', async () => {
    const home = withHelper();
    home.program(`bin/${NAME}`, planted(home));
    const given = home.program('given/helper', `echo '${ANSWER}'`);
    expect(await ask(home, `${home.bin}:/usr/bin:/bin`, new Map([['x', given]]))).toMatchObject({
      password: 'right',
    });
    expect(wasRun(home)).toBe(false);
  });

  it.each<[string, (home: Home) => string]>([
    ['relative', () => 'helper'],
    ['of a folder', (home) => home.path],
    ['of nothing', (home) => join(home.path, 'nowhere')],
    ['of a file that cannot be run', (home) => home.file('text', 'echo', 0o644)],
    ['empty', () => ''],
  ])('PTH-04 are no other program where the given path is %s', async (_, pathOf) => {
    const home = withHelper();
    home.program(`bin/${NAME}`, planted(home));
    const helpers = new Map([['x', pathOf(home)]]);
    await expect(ask(home, `${home.bin}:/usr/bin:/bin`, helpers)).rejects.toEqual(
      refusal('credential.unusable'),
    );
    expect(wasRun(home)).toBe(false);
  });
});

describe('credentials and servers', () => {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((item) => item.close()));
  });
  const serve = async (listener: Parameters<typeof startServer>[0]): Promise<LocalServer> => {
    const server = await startServer(listener);
    open.push(server);
    return server;
  };
  /** All names lead to loopback, and may be asked there. */
  const clientOf = (hosts: readonly string[], credentials: readonly HttpCredential[] = []): HttpClient => {
    const http = createHttpClient({
      listedHosts: hosts,
      credentials,
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
      retry: { attempts: 1 },
      answers: createMemoryCache().answers,
    });
    open.push(http);
    return http;
  };
  const rawHeaders = (server: LocalServer): string =>
    JSON.stringify(server.requests.map((request) => request.rawHeaders));
  const LIMIT = { maxBytes: 4096 } as const;

  it('SSRF-06 the token of an API reaches no mirror, page or blob store that answers or redirects lead to', async () => {
    const { port, ...store } = await serve((_, response) => response.end('content'));
    const origin = `http://github.example:${port}`;
    const names = ['blobs.github.example', 'github.example.evil', 'evilgithub.example', 'pages.example'];
    const elsewhere = names.map((name) => `http://${name}:${port}/`);
    const api = await serve((request, response) => {
      const target = elsewhere[Number(request.url?.slice(1))] ?? '';
      response.writeHead(302, { location: target }).end();
    });
    const home = new Home();
    const apiOrigin = `http://api.example:${api.port}`;
    const token = githubCredentials(home.options({ GH_ENTERPRISE_TOKEN: CANARY }), apiOrigin);
    const forStore = githubCredentials(home.options({ GH_ENTERPRISE_TOKEN: 'other' }), origin);
    const hosts = [...names.map((name) => `${name}:${port}`), `api.example:${api.port}`];
    const http = clientOf(
      hosts,
      [token, forStore].filter((one) => one !== undefined),
    );
    for (const [number, address] of elsewhere.entries()) {
      await http.get(`${apiOrigin}/${number}`, { ...LIMIT, maxRedirects: 1 });
      await http.get(address, LIMIT);
    }
    expect(rawHeaders(api).match(new RegExp(CANARY, 'g'))).toHaveLength(names.length);
    expect(store.requests).toHaveLength(2 * names.length);
    expect(rawHeaders({ ...store, port })).not.toMatch(/c4n4ry|other|authorization/i);
  });

  it('SSRF-05 the credential of one registry is not sent to those whose names hold its name', async () => {
    const server = await serve((_, response) => response.end());
    const { port } = server;
    const names = ['cr.example', 'ghcr.example.evil', 'a.ghcr.example', 'xghcr.example'];
    const home = new Home();
    home.file('.docker/config.json', {
      auths: { [`ghcr.example:${port}`]: { auth: base64(`user:${CANARY}`) } },
    });
    home.file('.npmrc', `//ghcr.example:${port}/:_authToken=${CANARY}`);
    const registries = registryCredentials(home.options());
    const npm = await npmCredentials(home.options());
    for (const name of names) {
      const address = `http://${name}:${port}/`;
      const found = npm.credentialFor(address);
      expect([await registries.of(`${name}:${port}`), found]).toEqual([undefined, undefined]);
    }
    // Also a caller who takes the wrong one does not get it sent.
    const right = npm.credentialFor(`http://ghcr.example:${port}/`);
    expect(right).toBeDefined();
    const http = clientOf([...names, 'ghcr.example'].map((name) => `${name}:${port}`));
    const credentials = right === undefined ? [] : [right];
    for (const name of names) await http.request(`http://${name}:${port}/`, { ...LIMIT, credentials });
    expect(rawHeaders(server)).not.toContain(CANARY);
    await http.request(`http://ghcr.example:${port}/`, { ...LIMIT, credentials });
    expect(rawHeaders(server)).toContain(CANARY);
  });

  it('SSRF-06 the credential of one path reaches no other part of the same host, whatever address or redirect leads there', async () => {
    const server = await serve((request, response) => {
      const [, target] = /^\/npm\/a\/to(\/.*)$/.exec(request.url ?? '') ?? [];
      if (target === undefined) response.end();
      else response.writeHead(302, { location: target }).end();
    });
    const home = new Home();
    home.file('.npmrc', `registry=${server.origin}/npm/a/\n//${server.host}/npm/a/:_authToken=${CANARY}`);
    const { credentials } = (await npmCredentials(home.options())).registryFor(undefined);
    const http = clientOf([server.host]);
    const seen = async (path: string): Promise<readonly boolean[]> => {
      const before = server.requests.length;
      await http.request(`${server.origin}${path}`, { ...LIMIT, credentials, maxRedirects: 1 });
      return server.requests.slice(before).map(({ headers }) => headers.authorization !== undefined);
    };
    for (const path of ['/npm/a/widget', '/npm/a/']) expect(await seen(path)).toEqual([true]);
    for (const path of ['/', '/npm/b/widget', '/npm/ab/widget', '/npm/a', '/npm/a/../b/', '/npm/a/%2e%2e/b/'])
      expect(await seen(path)).toEqual([false]);
    for (const path of ['/npm/b/', '/~evil/', '/npm/ab/'])
      expect(await seen(`/npm/a/to${path}`)).toEqual([true, false]);
  });

  it('RAC-03 what one tenant may read is not given to another out of the cache', async () => {
    const server = await serve((request, response) => {
      const who = request.headers.authorization;
      const mayRead = who === 'Bearer tenant-a';
      if (mayRead && request.headers['if-none-match'] === '"1"') response.writeHead(304).end();
      else response.writeHead(mayRead ? 200 : 404, { etag: '"1"' }).end(mayRead ? 'of tenant a' : '{}');
    });
    const http = clientOf([server.host]);
    const as = (tenant: string | undefined) =>
      http.request(`${server.origin}/attestations`, {
        ...LIMIT,
        revalidate: true,
        accept: [404],
        credentials:
          tenant === undefined
            ? []
            : [{ origin: server.origin, header: 'authorization', value: `Bearer ${tenant}` }],
      });
    const statuses: number[] = [];
    for (const tenant of ['tenant-a', 'tenant-b', undefined, 'tenant-a', 'tenant-a2'])
      statuses.push((await as(tenant)).status);
    expect(statuses).toEqual([200, 404, 404, 200, 404]);
    const tags = server.requests.map(({ headers }) => headers['if-none-match']);
    expect(tags).toEqual([undefined, undefined, undefined, '"1"', undefined]);
  });
});
