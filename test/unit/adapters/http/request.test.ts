import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { HttpCredential, HttpExchange } from '../../../../src/adapters/http/types.ts';
import { SlsaGateError } from '../../../../src/errors.ts';
import { clientOf, createLateAnswer, LIMIT, refusal, serve } from './clients.ts';
import { startServer } from './server.ts';

const bearer = (origin: string, value = 'Bearer canary'): HttpCredential => ({
  origin,
  header: 'Authorization',
  value,
});

describe('a request', () => {
  it.each(['GET', 'HEAD', 'POST', 'PUT'] as const)(
    'is sent with the method %s and its body',
    async (method) => {
      const received: Buffer[] = [];
      const server = await serve((request, response) => {
        request.on('data', (chunk: Buffer) => received.push(chunk));
        request.on('end', () => response.end('answer'));
      });
      const body = method === 'POST' || method === 'PUT' ? { body: Buffer.from('sent') } : {};
      const answer = await clientOf([server]).request(server.origin, { ...LIMIT, method, ...body });
      expect(server.requests.map((request) => request.method)).toEqual([method]);
      expect(Buffer.concat(received).toString()).toBe('body' in body ? 'sent' : '');
      expect([answer.status, answer.bytes.toString()]).toEqual([200, method === 'HEAD' ? '' : 'answer']);
    },
  );

  it('with HEAD may be about content that is larger than the limit, or compressed', async () => {
    const server = await serve((_, response) =>
      response.writeHead(200, { 'content-length': '1000000', 'content-encoding': 'gzip' }).end(),
    );
    const { headers } = await clientOf([server]).request(server.origin, { ...LIMIT, method: 'HEAD' });
    expect(headers['content-length']).toBe('1000000');
  });

  it.each(['POST', 'PUT'] as const)('with %s is sent once, whatever comes of it', async (method) => {
    const busy = await serve((_, response) => response.writeHead(503).end());
    const broken = await serve((request) => request.socket.destroy());
    const http = clientOf([busy, broken], { retry: { attempts: 3, baseMs: 1 } });
    const asked = { ...LIMIT, method, body: Buffer.from('x') };
    await expect(http.request(busy.origin, asked)).rejects.toEqual(refusal('source.http-status'));
    await expect(http.request(broken.origin, asked)).rejects.toEqual(refusal('source.unavailable'));
    expect([busy.requests.length, broken.requests.length]).toEqual([1, 1]);
  });

  it('with POST is sent again where it is said to be repeatable', async () => {
    let count = 0;
    const server = await serve((_, response) => {
      count += 1;
      response.writeHead(count < 3 ? 503 : 200).end();
    });
    const http = clientOf([server], { retry: { attempts: 3, baseMs: 1 } });
    const asked = { ...LIMIT, method: 'POST', body: Buffer.from('x'), isRepeatable: true } as const;
    expect((await http.request(server.origin, asked)).status).toBe(200);
  });

  it.each(['POST', 'PUT'] as const)('with %s follows no redirect', async (method) => {
    const server = await serve((_, response) => response.writeHead(307, { location: '/b' }).end());
    const asked = clientOf([server]).request(server.origin, { ...LIMIT, method, maxRedirects: 5 });
    await expect(asked).rejects.toEqual(refusal('source.http-status', { actual: '307' }));
    expect(server.requests).toHaveLength(1);
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['too large', { 'content-length': '1000000' }],
    ['compressed, and must not be', { 'content-encoding': 'gzip' }],
  ])('RES-02 whose answer is %s keeps no connection from others', async (_, headers) => {
    const server = await serve(({ url }, response) => {
      if (url === '/good') return response.end('good');
      // Begins and never goes on.
      return response.writeHead(200, headers).write('x');
    });
    const http = clientOf([server], { connectionsPerOrigin: 1 });
    const began = performance.now();
    const asked = http.request(`${server.origin}/bad`, {
      ...LIMIT,
      onChunk: () => {},
      totalTimeoutMs: 4_000,
    });
    await expect(asked).rejects.toBeInstanceOf(SlsaGateError);
    const good = await http.request(`${server.origin}/good`, LIMIT);
    expect([good.bytes.toString(), performance.now() - began < 2_000]).toEqual(['good', true]);
  });

  it.each([201, 204, 206, 304, 400, 401, 403, 404, 410, 429, 500, 503])(
    'NET-08 is answered by a %s only where that is accepted',
    async (status) => {
      const server = await serve((_, response) => {
        response.writeHead(status).end(status === 204 || status === 304 ? undefined : 'page');
      });
      const http = clientOf([server]);
      const refused =
        status === 401 || status === 403 ? 'unauthorized' : status === 429 ? 'rate-limited' : 'http-status';
      await expect(http.request(server.origin, { ...LIMIT, accept: [] })).rejects.toEqual(
        refusal(`source.${refused}`, { details: { origin: server.origin, status } }),
      );
      await expect(http.request(server.origin, { ...LIMIT, accept: [status + 1] })).rejects.toEqual(
        refusal(`source.${refused}`),
      );
      const answer = await http.request(server.origin, { ...LIMIT, accept: [status] });
      expect([answer.status, answer.bytes.toString()]).toEqual([
        status,
        status === 204 || status === 304 ? '' : 'page',
      ]);
    },
  );

  it('reads of an error page no more than tells it from another', async () => {
    const server = await serve((_, response) => response.writeHead(404).end(Buffer.alloc(1 << 20, 'x')));
    const http = clientOf([server]);
    const long = await http.request(server.origin, { maxBytes: 1 << 24, accept: [404] });
    const short = await http.request(server.origin, { maxBytes: 10, accept: [404] });
    expect([long.bytes.length, short.bytes.length]).toEqual([64 * 1024, 10]);
  });

  it('is not answered by a redirect to nowhere, or without an address', async () => {
    for (const headers of [{}, { location: 'https://' }, { location: 'http://[' }]) {
      const server = await serve((_, response) => response.writeHead(302, headers).end());
      const asked = clientOf([server]).get(server.origin, { ...LIMIT, maxRedirects: 3 });
      await expect(asked).rejects.toEqual(refusal('source.http-status'));
    }
  });

  it('keeps no cookie', async () => {
    const server = await serve((_, response) => response.setHeader('set-cookie', 'a=b').end());
    const http = clientOf([server]);
    await http.get(server.origin, LIMIT);
    await http.get(server.origin, LIMIT);
    expect(server.requests.map(({ headers }) => headers.cookie)).toEqual([undefined, undefined]);
  });
});

describe('a body that is heard piece by piece', () => {
  it('is heard whole and not kept', async () => {
    const content = Buffer.alloc(500_000, 'piece');
    const server = await serve((_, response) => response.end(content));
    const hash = createHash('sha256');
    const answer = await clientOf([server]).request(server.origin, {
      maxBytes: 1 << 20,
      onChunk: (chunk) => hash.update(chunk),
    });
    expect(hash.digest()).toEqual(createHash('sha256').update(content).digest());
    expect(answer.bytes).toHaveLength(0);
  });

  it('RES-02 ends at its bound', async () => {
    const server = await serve((_, response) => {
      const more = () => {
        if (!response.destroyed) response.write(Buffer.alloc(1 << 14), () => setImmediate(more));
      };
      more();
    });
    let heard = 0;
    const asked = clientOf([server]).request(server.origin, {
      maxBytes: 100_000,
      onChunk: (chunk) => {
        heard += chunk.length;
      },
    });
    await expect(asked).rejects.toEqual(refusal('limit.response'));
    expect(heard).toBeLessThanOrEqual(100_000);
  });

  it.each([
    ['gzip', 'source.malformed-response'],
    ['zstd', 'source.http-status'],
  ] as const)('is not heard compressed with %s', async (encoding, code) => {
    const server = await serve((_, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(gzipSync('content')),
    );
    let pieces = 0;
    const asked = clientOf([server]).request(server.origin, { ...LIMIT, onChunk: () => pieces++ });
    await expect(asked).rejects.toEqual(refusal(code));
    expect(pieces).toBe(0);
  });

  it('is never heard twice: what broke off is not asked again', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half', () => setTimeout(() => response.destroy(), 50));
    });
    const pieces: string[] = [];
    const asked = clientOf([server], { retry: { attempts: 3, baseMs: 1 } }).request(server.origin, {
      ...LIMIT,
      onChunk: (chunk) => pieces.push(Buffer.from(chunk).toString()),
    });
    await expect(asked).rejects.toEqual(refusal('source.unavailable'));
    expect([pieces.join(''), server.requests.length]).toEqual(['half', 1]);
  });

  it('is asked again where nothing of it was heard yet', async () => {
    let count = 0;
    const server = await serve((request, response) => {
      count += 1;
      if (count < 3) request.socket.destroy();
      else response.end('whole');
    });
    const pieces: string[] = [];
    await clientOf([server], { retry: { attempts: 3, baseMs: 1 } }).request(server.origin, {
      ...LIMIT,
      onChunk: (chunk) => pieces.push(Buffer.from(chunk).toString()),
    });
    expect(pieces.join('')).toBe('whole');
  });

  it('NET-08 does not hear an error page', async () => {
    const server = await serve((_, response) => response.writeHead(404).end('page'));
    let pieces = 0;
    const asked = { ...LIMIT, accept: [404], onChunk: () => pieces++ };
    const answer = await clientOf([server]).request(server.origin, asked);
    expect([pieces, answer.bytes.toString()]).toEqual([0, 'page']);
  });
});

describe('credentials', () => {
  it('are sent to their origin, on top of those of the client', async () => {
    const server = await serve((_, response) => response.end());
    const own = { origin: server.origin, header: 'PRIVATE-TOKEN', value: 'own' };
    const http = clientOf([server], { credentials: [own] });
    await http.request(server.origin, { ...LIMIT, credentials: [bearer(server.origin)] });
    await http.request(server.origin, { ...LIMIT, anonymous: true });
    await http.request(server.origin, { ...LIMIT, anonymous: true, credentials: [bearer(server.origin)] });
    expect(server.requests.map(({ headers }) => [headers['private-token'], headers.authorization])).toEqual([
      ['own', 'Bearer canary'],
      [undefined, undefined],
      [undefined, 'Bearer canary'],
    ]);
  });

  it('SSRF-06 are sent to no other origin: port, scheme, subdomain, prefix or case of a name', async () => {
    const server = await serve((_, response) => response.end());
    const { port } = server;
    const http = clientOf([server], {
      listedHosts: [`api.example:${port}`],
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
      credentials: [
        `https://api.example:${port}`,
        'http://api.example',
        `http://example:${port}`,
        `http://api.example.com:${port}`,
        `http://pi.example:${port}`,
        `http://API.example:${port}`,
        `http://api.example:${port}/`,
        `http://api.example:${port}/path`,
        `api.example:${port}`,
        '',
        'null',
        '*',
      ].map((origin) => bearer(origin)),
    });
    await http.get(`http://api.example:${port}/`, LIMIT);
    expect(JSON.stringify(server.requests[0]?.rawHeaders)).not.toContain('canary');
  });

  it.each([301, 302, 303, 307, 308])('SSRF-02 are dropped by a %s to another port', async (status) => {
    const target = await serve((_, response) => response.end('there'));
    const first = await serve((_, response) =>
      response.writeHead(status, { location: `${target.origin}/t` }).end(),
    );
    const all = [
      bearer(first.origin),
      { origin: first.origin, header: 'PRIVATE-TOKEN', value: 'canary' },
      { origin: first.origin, header: 'Cookie', value: 'canary' },
    ];
    const http = clientOf([first, target], { credentials: all.slice(0, 1) });
    await http.request(first.origin, { ...LIMIT, maxRedirects: 1, credentials: all.slice(1) });
    expect(JSON.stringify(first.requests[0]?.rawHeaders).match(/canary/g)).toHaveLength(3);
    expect(JSON.stringify(target.requests[0]?.rawHeaders)).not.toContain('canary');
  });

  it('SSRF-02 come back with their origin and are never taken along on the way', async () => {
    const middle = await serve((_, response) =>
      response.writeHead(307, { location: `${home.origin}/end` }).end(),
    );
    const home = await serve((request, response) =>
      request.url === '/end'
        ? response.end('end')
        : response.writeHead(307, { location: middle.origin }).end(),
    );
    const http = clientOf([home, middle], { credentials: [bearer(home.origin)] });
    const answer = await http.get(`${home.origin}/start`, { ...LIMIT, maxRedirects: 2 });
    expect([answer.bytes.toString(), answer.origin]).toEqual(['end', home.origin]);
    expect(middle.requests[0]?.headers.authorization).toBeUndefined();
    expect(home.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer canary',
      'Bearer canary',
    ]);
  });

  it('SSRF-02 of the other origin are its own, also when a request is tried again there', async () => {
    let count = 0;
    const target = await serve((_, response) => {
      count += 1;
      response.writeHead(count < 3 ? 503 : 200).end();
    });
    const first = await serve((_, response) => response.writeHead(302, { location: target.origin }).end());
    const http = clientOf([first, target], {
      retry: { attempts: 3, baseMs: 1 },
      credentials: [bearer(first.origin, 'Bearer first'), bearer(target.origin, 'Bearer second')],
    });
    await http.get(first.origin, { ...LIMIT, maxRedirects: 1 });
    expect(target.requests.map(({ headers }) => headers.authorization)).toEqual(
      Array(3).fill('Bearer second'),
    );
  });

  it('I12 SSRF-02 stand in no message, detail or cause, whatever goes wrong', async () => {
    const refusing = await serve((_, response) => response.writeHead(401).end());
    const broken = await serve((request) => request.socket.destroy());
    const looping = await serve((_, response) => response.writeHead(302, { location: '/?canary' }).end());
    const closed = await startServer(() => undefined);
    await closed.close();
    const { inspect } = await import('node:util');
    const servers = [refusing, broken, looping, closed];
    const http = clientOf(servers, {
      credentials: [
        ...servers.map(({ origin }, index) => bearer(origin, `canary-${index}`)),
        bearer('https://10.0.0.1'),
      ],
    });
    const addresses = [...servers.map(({ origin }) => `${origin}/?token=canary`), 'https://10.0.0.1/?canary'];
    for (const address of addresses) {
      const error = await http.get(address, { ...LIMIT, maxRedirects: 1 }).catch((cause: unknown) => cause);
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('canary');
      expect(JSON.stringify(error)).not.toContain('canary');
    }
  });

  it('that no header can hold are refused without being shown', async () => {
    const server = await serve((_, response) => response.end());
    const http = clientOf([server], { credentials: [bearer(server.origin, 'canary\r\nhost: evil')] });
    const error = await http.get(server.origin, LIMIT).catch((cause: unknown) => cause);
    expect(error).toEqual(refusal('source.unavailable'));
    expect(String((error as Error).cause)).not.toContain('canary');
    expect(server.requests).toEqual([]);
  });

  it.each(['Authorization', 'COOKIE', 'Proxy-Authorization', 'private-token', 'Job-Token'])(
    'SSRF-02 are refused as the plain header %s',
    async (name) => {
      const asked = clientOf([]).get('https://example.com/', { ...LIMIT, headers: { [name]: 'x' } });
      await expect(asked).rejects.toThrow(TypeError);
    },
  );
});

describe('a redirect', () => {
  it.each([
    'file:///etc/passwd',
    'data:application/json,{}',
    'unix:/run/docker.sock',
    'ftp://127.0.0.1/',
    'gopher://127.0.0.1/',
    'javascript:0',
    'blob:https://example.com/1',
    'ws://127.0.0.1/',
    'http://example.com/',
    'HTTP://example.com/',
    'https://user:password@example.com/',
  ])('SSRF-08 is not followed to %s', async (location) => {
    const server = await serve((_, response) => response.writeHead(302, { location }).end());
    const asked = clientOf([server]).get(server.origin, { ...LIMIT, maxRedirects: 3 });
    await expect(asked).rejects.toEqual(refusal('source.host-refused', { exitCode: 2 }));
    expect(server.requests).toHaveLength(1);
  });

  it('SSRF-04 is not followed where the caller does not want to go', async () => {
    const target = await serve((_, response) => response.end());
    const server = await serve((_, response) => response.writeHead(302, { location: target.origin }).end());
    const asked = clientOf([server, target]).get(server.origin, {
      ...LIMIT,
      maxRedirects: 3,
      mayRedirectTo: (origin) => origin === server.origin,
    });
    await expect(asked).rejects.toEqual(refusal('source.host-refused', { actual: target.origin }));
    expect(target.requests).toEqual([]);
  });

  it('SSRF-03 is not followed to a name of the machine, also with a dot at its end', async () => {
    for (const host of ['localhost', 'localhost.', 'x.localhost', 'metadata.google.internal']) {
      const server = await serve((_, response) =>
        response.writeHead(302, { location: `https://${host}/` }).end(),
      );
      const asked = clientOf([server]).get(server.origin, { ...LIMIT, maxRedirects: 3 });
      await expect(asked).rejects.toEqual(refusal('source.blocked-address'));
    }
  });
});

describe('addresses that are never asked', () => {
  it.each([
    'file:///etc/passwd',
    'data:text/plain,x',
    'unix:/run/x',
    'ftp://a.example/',
    'ws://a.example/',
    '',
  ])('SSRF-08 begin with something else than https: %j', async (address) => {
    await expect(clientOf([]).get(address, LIMIT)).rejects.toEqual(refusal('config.insecure-url'));
  });

  it('a listed IPv6 address is asked, and no other port of it', async ({ skip }) => {
    const server = await startServer((_, response) => response.end('six'), undefined, '::1').catch(
      () => undefined,
    );
    if (server === undefined) return skip('no IPv6 on this machine');
    try {
      const http = clientOf([server]);
      expect((await http.get(server.origin, LIMIT)).bytes.toString()).toBe('six');
      await expect(clientOf([]).get(`https://${server.host}/`, LIMIT)).rejects.toEqual(
        refusal('source.blocked-address'),
      );
    } finally {
      await server.close();
    }
  });
});

describe('limits of GitHub', () => {
  const seconds = (after: number): string => String(Math.floor(Date.now() / 1000) + after);

  it('that end soon are waited for', async () => {
    let count = 0;
    const server = await serve((_, response) => {
      count += 1;
      if (count === 1)
        response.writeHead(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': seconds(1) }).end();
      else response.end('done');
    });
    const http = clientOf([server], { retry: { attempts: 2, baseMs: 1 } });
    expect((await http.get(server.origin, LIMIT)).bytes.toString()).toBe('done');
  });

  it.each<[string, number, Record<string, string>]>([
    ['that end in an hour', 403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': seconds(3600) }],
    ['of the second kind', 403, { 'x-ratelimit-remaining': '4999', 'retry-after': '3600' }],
    ['with 429', 429, { 'retry-after': '3600' }],
  ])('%s are not asked again, and no lack of permission', async (_, status, headers) => {
    const server = await serve((_, response) => response.writeHead(status, headers).end());
    const http = clientOf([server], { retry: { attempts: 3, baseMs: 1 } });
    await expect(http.get(server.origin, LIMIT)).rejects.toEqual(refusal('source.rate-limited'));
    expect(server.requests).toHaveLength(1);
  });

  it('are not meant by a 403 with requests left', async () => {
    const server = await serve((_, response) =>
      response.writeHead(403, { 'x-ratelimit-remaining': '10' }).end(),
    );
    const http = clientOf([server], { retry: { attempts: 3, baseMs: 1 } });
    await expect(http.get(server.origin, LIMIT)).rejects.toEqual(refusal('source.unauthorized'));
    expect(server.requests).toHaveLength(1);
  });
});

describe('requests at the same time', () => {
  it.each([1, 3])('are at most %s to one origin', async (connectionsPerOrigin) => {
    const late = createLateAnswer();
    const server = await serve(late.listener);
    const http = clientOf([server], { connectionsPerOrigin });
    await Promise.all([...Array(20)].map(() => http.get(server.origin, LIMIT)));
    expect([server.requests.length, late.most]).toEqual([20, connectionsPerOrigin]);
  });

  it('do not mix their answers, credentials or exchanges', async () => {
    const server = await serve((request, response) =>
      setTimeout(() => response.end(`${request.url} ${request.headers.authorization}`), Math.random() * 10),
    );
    const exchanges: HttpExchange[] = [];
    const http = clientOf([server], { onExchange: (exchange) => exchanges.push(exchange) });
    const answers = await Promise.all(
      [...Array(30).keys()].map(async (number) => {
        const credentials = [bearer(server.origin, `Bearer ${number}`)];
        return (
          await http.request(`${server.origin}/path${number}`, { ...LIMIT, credentials })
        ).bytes.toString();
      }),
    );
    expect(answers).toEqual([...Array(30).keys()].map((number) => `/path${number} Bearer ${number}`));
    expect(exchanges).toHaveLength(30);
    expect(JSON.stringify(exchanges)).not.toMatch(/Bearer|path/);
  });
});
