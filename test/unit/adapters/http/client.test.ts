import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { HttpExchange } from '../../../../src/adapters/http/types.ts';
import { clientOf, LIMIT, refusal, serve } from './clients.ts';

describe('the outbound client', () => {
  it('returns bytes of a 200 answer and records the exchange without its path', async () => {
    const server = await serve((_, response) => response.end('hello'));
    const exchanges: HttpExchange[] = [];
    const http = clientOf([server], { onExchange: (exchange) => exchanges.push(exchange) });
    const answer = await http.get(`${server.origin}/a?token=secret`, LIMIT);
    expect(answer.bytes.toString()).toBe('hello');
    expect(exchanges).toEqual([
      {
        origin: server.origin,
        status: 200,
        bytes: 5,
        ms: expect.any(Number),
        clock: { serverMs: expect.any(Number), localMs: expect.any(Number) },
      },
    ]);
  });

  it.each(['HTTP://', ' http://', '//', 'https:', 'Https://', 'ftp://', 'file:///', 'data:,'])(
    'NET-11 refuses %s as it refuses http://',
    async (prefix) => {
      await expect(clientOf([]).get(`${prefix}example.com/x`, LIMIT)).rejects.toEqual(
        refusal('config.insecure-url'),
      );
    },
  );

  it('NET-11 refuses http:// of a host that is not listed', async () => {
    const server = await serve((_, response) => response.end());
    await expect(clientOf([]).get(server.origin, LIMIT)).rejects.toEqual(refusal('config.insecure-url'));
    expect(server.requests).toHaveLength(0);
  });

  it('refuses credentials inside an address without repeating them', async () => {
    const asked = clientOf([]).get('https://user:secret@example.com/', LIMIT);
    await expect(asked).rejects.toEqual(refusal('config.invalid'));
    await expect(asked).rejects.not.toThrow(/secret/);
  });

  it.each([
    'https://127.0.0.1/',
    'https://10.1.2.3/',
    'https://169.254.169.254/latest/meta-data/',
    'https://0.0.0.0/',
    'https://0x7f000001/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[fe80::1]/',
    'https://[64:ff9b::7f00:1]/',
  ])('SSRF-01 refuses the literal address %s', async (address) => {
    await expect(clientOf([]).get(address, LIMIT)).rejects.toEqual(refusal('source.blocked-address'));
  });

  it('SSRF-03 refuses a name that resolves to a private address, also beside a public one', async () => {
    const http = clientOf([], {
      resolve: async () => [
        { address: '93.184.215.14', family: 4 },
        { address: '192.168.0.1', family: 4 },
      ],
    });
    await expect(http.get('https://rebind.example/', LIMIT)).rejects.toEqual(
      refusal('source.blocked-address'),
    );
  });

  it('SSRF-03 connects to the address that was checked, without resolving again', async () => {
    const server = await serve((_, response) => response.end('checked'));
    const port = server.host.split(':')[1];
    let asked = 0;
    const http = clientOf([], {
      listedHosts: [`listed.example:${port}`],
      resolve: async () => {
        asked += 1;
        return [{ address: '127.0.0.1', family: 4 }];
      },
    });
    const answer = await http.get(`http://listed.example:${port}/`, LIMIT);
    expect([answer.bytes.toString(), asked]).toEqual(['checked', 1]);
  });

  it.each([301, 302, 303, 307, 308])('refuses a %s redirect by default', async (status) => {
    const server = await serve((_, response) => response.writeHead(status, { location: '/b' }).end());
    await expect(clientOf([server]).get(server.origin, LIMIT)).rejects.toEqual(refusal('source.http-status'));
    expect(server.requests).toHaveLength(1);
  });

  it('SSRF-02 drops the credential when a redirect leaves its origin', async () => {
    const target = await serve((_, response) => response.end('there'));
    const first = await serve((_, response) =>
      response.writeHead(307, { location: `${target.origin}/t` }).end(),
    );
    const http = clientOf([first, target], {
      credentials: [{ origin: first.origin, header: 'Authorization', value: 'Bearer canary' }],
    });
    const answer = await http.get(first.origin, { ...LIMIT, maxRedirects: 1 });
    expect(answer.origin).toBe(target.origin);
    expect(first.requests[0]?.headers.authorization).toBe('Bearer canary');
    expect(JSON.stringify(target.requests[0]?.rawHeaders)).not.toContain('canary');
  });

  it('SSRF-03 checks each redirect hop like the first address', async () => {
    const server = await serve((_, response) =>
      response.writeHead(302, { location: 'https://169.254.169.254/' }).end(),
    );
    const asked = clientOf([server]).get(server.origin, { ...LIMIT, maxRedirects: 3 });
    await expect(asked).rejects.toEqual(refusal('source.blocked-address'));
  });

  it.each(['http://example.com/', 'file:///etc/passwd', 'data:text/plain,x', 'unix:/run/x'])(
    'SSRF-08 refuses a redirect to %s',
    async (location) => {
      const server = await serve((_, response) => response.writeHead(302, { location }).end());
      const asked = clientOf([server]).get(server.origin, { ...LIMIT, maxRedirects: 3 });
      await expect(asked).rejects.toEqual(refusal('source.host-refused'));
    },
  );

  it('stops a redirect loop at its bound', async () => {
    const server = await serve((_, response) => response.writeHead(302, { location: '/' }).end());
    const asked = clientOf([server]).get(server.origin, { ...LIMIT, maxRedirects: 3 });
    await expect(asked).rejects.toEqual(refusal('source.http-status'));
    expect(server.requests).toHaveLength(4);
  });

  it('SSRF-02 refuses a secret header that is bound to no origin', async () => {
    const asked = clientOf([]).get('https://example.com/', { ...LIMIT, headers: { Cookie: 'a=b' } });
    await expect(asked).rejects.toThrow(TypeError);
  });

  it('NET-08 never returns the body of another status than 200', async () => {
    const server = await serve((_, response) => response.writeHead(404).end('{"looks":"fine"}'));
    await expect(clientOf([server]).get(`${server.origin}/x?secret=1`, LIMIT)).rejects.toEqual(
      expect.objectContaining({
        finding: 'source.http-status',
        details: { origin: server.origin, status: 404 },
        message: `${server.origin}/x answered with status 404`,
      }),
    );
  });

  it('RES-02 refuses a body that is announced or turns out larger than the limit', async () => {
    const announced = await serve((_, response) => response.end(Buffer.alloc(1025)));
    await expect(clientOf([announced]).get(announced.origin, LIMIT)).rejects.toEqual(
      refusal('limit.response'),
    );
    const endless = await serve((_, response) => {
      const more = () => {
        if (!response.destroyed) response.write(Buffer.alloc(1 << 16), () => setImmediate(more));
      };
      more();
    });
    await expect(clientOf([endless]).get(endless.origin, LIMIT)).rejects.toEqual(refusal('limit.response'));
  });

  it('RES-02 ends a drip at the total timeout', async () => {
    const server = await serve((_, response) => {
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    });
    const asked = clientOf([server]).get(server.origin, { ...LIMIT, totalTimeoutMs: 200 });
    await expect(asked).rejects.toEqual(refusal('limit.time'));
  });

  it('ends a server that never begins to answer at the headers timeout', async () => {
    const server = await serve(() => {});
    const asked = clientOf([server], { headersTimeoutMs: 100 }).get(server.origin, LIMIT);
    await expect(asked).rejects.toEqual(refusal('source.timeout'));
  });

  it('RES-03 bounds a compressed body after decompression', async () => {
    const bomb = gzipSync(Buffer.alloc(1 << 20));
    const server = await serve((request, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(request.url === '/bomb' ? bomb : gzipSync('small'));
    });
    const http = clientOf([server]);
    await expect(http.get(`${server.origin}/bomb`, { maxBytes: 8192 })).rejects.toEqual(
      refusal('limit.decompressed'),
    );
    expect((await http.get(`${server.origin}/small`, LIMIT)).bytes.toString()).toBe('small');
  });

  it.each(['zstd', 'gzip, gzip', 'x'])('RES-03 refuses the content encoding %s', async (encoding) => {
    const server = await serve((_, response) => {
      response.setHeader('content-encoding', encoding);
      response.end('x');
    });
    await expect(clientOf([server]).get(server.origin, LIMIT)).rejects.toEqual(refusal('source.http-status'));
  });

  it.each([429, 502, 503, 504])('tries a %s again within its budget', async (status) => {
    let asked = 0;
    const server = await serve((_, response) => {
      asked += 1;
      response.statusCode = asked < 3 ? status : 200;
      response.end('done');
    });
    const http = clientOf([server], { retry: { attempts: 3, baseMs: 1 } });
    expect((await http.get(server.origin, LIMIT)).bytes.toString()).toBe('done');
    expect(asked).toBe(3);
  });

  it('tries a connection that broke off again, and gives up with source.unavailable', async () => {
    const server = await serve((request) => request.socket.destroy());
    const http = clientOf([server], { retry: { attempts: 3, baseMs: 1 } });
    await expect(http.get(server.origin, LIMIT)).rejects.toEqual(refusal('source.unavailable'));
    expect(server.requests).toHaveLength(3);
  });

  it('does not ask again where the server wants to be left alone longer than a pause lasts', async () => {
    const server = await serve((_, response) => response.writeHead(503, { 'retry-after': '3600' }).end());
    const http = clientOf([server], { retry: { attempts: 3 } });
    await expect(http.get(server.origin, LIMIT)).rejects.toEqual(refusal('source.http-status'));
    expect(server.requests).toHaveLength(1);
  });

  it('does not pause past the total time', async () => {
    const server = await serve((_, response) => response.writeHead(503, { 'retry-after': '5' }).end());
    const http = clientOf([server], { retry: { attempts: 3 } });
    const asked = http.get(server.origin, { ...LIMIT, totalTimeoutMs: 1000 });
    await expect(asked).rejects.toEqual(refusal('source.timeout'));
    expect(server.requests).toHaveLength(1);
  });

  it('does not try a 404 or a 500 again', async () => {
    const server = await serve((_, response) => response.writeHead(500).end());
    const http = clientOf([server], { retry: { attempts: 3, baseMs: 1 } });
    await expect(http.get(server.origin, LIMIT)).rejects.toEqual(refusal('source.http-status'));
    expect(server.requests).toHaveLength(1);
  });
});
