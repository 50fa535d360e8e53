import { describe, expect, it } from 'vitest';
import { createMemoryCache } from '../../../../src/adapters/cache/index.ts';
import { answerKey } from '../../../../src/adapters/http/kept.ts';
import type { AnswerCache, HttpExchange } from '../../../../src/adapters/http/types.ts';
import { clientOf, LIMIT, refusal, serve } from './clients.ts';

const ASKED = { ...LIMIT, revalidate: true } as const;

/** A server whose content has a version: it answers 304 to whoever has that very one. */
async function versioned(headers: Record<string, string> = {}) {
  let version = 1;
  const server = await serve((request, response) => {
    const etag = `"v${version}"`;
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304, { etag, 'x-ratelimit-remaining': '7', ...headers }).end();
      return;
    }
    response.writeHead(200, { etag, 'content-type': 'text/plain', link: '</2>; rel="next"', ...headers });
    response.end(`content ${version} of ${request.url} as ${request.headers.accept}`);
  });
  return { server, change: () => version++ };
}

const sentTags = (server: { readonly requests: readonly { headers: Record<string, unknown> }[] }) =>
  server.requests.map(({ headers }) => headers['if-none-match']);

describe('an answer that is kept', () => {
  it('is asked again by its ETag, and costs no body while it is unchanged', async () => {
    const { server, change } = await versioned();
    const exchanges: HttpExchange[] = [];
    const http = clientOf([server], {
      answers: createMemoryCache().answers,
      onExchange: (exchange) => exchanges.push(exchange),
    });
    const first = await http.request(server.origin, ASKED);
    const second = await http.request(server.origin, ASKED);
    expect(second.bytes).toEqual(first.bytes);
    expect(second.status).toBe(200);
    expect(second.headers).toMatchObject({
      'content-type': 'text/plain',
      link: '</2>; rel="next"',
      'x-ratelimit-remaining': '7',
    });
    expect(exchanges.map(({ status, bytes }) => [status, bytes > 0])).toEqual([
      [200, true],
      [304, false],
    ]);
    change();
    const third = await http.request(server.origin, ASKED);
    const fourth = await http.request(server.origin, ASKED);
    expect([third, fourth].map(({ bytes }) => bytes.toString())).toEqual(
      Array(2).fill('content 2 of / as undefined'),
    );
    expect(sentTags(server)).toEqual([undefined, '"v1"', '"v1"', '"v2"']);
  });

  it('is not asked for where the caller does not want it, or there is no cache', async () => {
    const { server } = await versioned();
    const http = clientOf([server], { answers: createMemoryCache().answers });
    await http.request(server.origin, ASKED);
    await http.request(server.origin, LIMIT);
    await clientOf([server]).request(server.origin, ASKED);
    expect(sentTags(server)).toEqual([undefined, undefined, undefined]);
  });

  it('is one for each path, query and header', async () => {
    const { server } = await versioned();
    const http = clientOf([server], { answers: createMemoryCache().answers });
    const given: string[] = [];
    for (const _ of [1, 2]) {
      for (const path of ['/a', '/a?page=2', '/b']) {
        for (const headers of [{ accept: 'x/y' }, { Accept: 'x/z' }, { accept: 'x/y', 'X-Version': '2' }])
          given.push((await http.request(`${server.origin}${path}`, { ...ASKED, headers })).bytes.toString());
      }
    }
    expect(given.slice(0, 9)).toEqual(given.slice(9));
    expect(new Set(sentTags(server).slice(0, 9))).toEqual(new Set([undefined]));
    expect(new Set(sentTags(server).slice(9))).toEqual(new Set(['"v1"']));
  });

  it('RAC-03 is never given to whoever has another credential, another header for it, or none', async () => {
    const server = await serve((request, response) => {
      // The same ETag for all: a server that does not tell its tenants apart in it.
      if (request.headers['if-none-match'] !== undefined) response.writeHead(304, { etag: '"same"' }).end();
      else response.writeHead(200, { etag: '"same"' }).end(`of ${request.headers.authorization ?? 'nobody'}`);
    });
    const { answers } = createMemoryCache();
    const http = clientOf([server], { answers });
    const as = async (value?: string, header = 'authorization'): Promise<string> => {
      const credentials = value === undefined ? [] : [{ origin: server.origin, header, value }];
      return (await http.request(server.origin, { ...ASKED, credentials })).bytes.toString();
    };
    expect(await as('Bearer one')).toBe('of Bearer one');
    expect(await as('Bearer two')).toBe('of Bearer two');
    expect(await as('Bearer one', 'private-token')).toBe('of nobody');
    expect(await as()).toBe('of nobody');
    expect(sentTags(server)).toEqual([undefined, undefined, undefined, undefined]);
    expect([await as('Bearer one'), await as('Bearer two')]).toEqual(['of Bearer one', 'of Bearer two']);
    expect(sentTags(server).slice(4)).toEqual(['"same"', '"same"']);
  });

  it('RAC-03 of a client with a credential is not given to a client without', async () => {
    const { server } = await versioned();
    const { answers } = createMemoryCache();
    const credentials = [{ origin: server.origin, header: 'authorization', value: 'Bearer one' }];
    await clientOf([server], { answers, credentials }).request(server.origin, ASKED);
    await clientOf([server], { answers }).request(server.origin, ASKED);
    await clientOf([server], { answers, credentials }).request(server.origin, { ...ASKED, anonymous: true });
    expect(sentTags(server)).toEqual([undefined, undefined, '"v1"']);
  });

  it.each([
    ['another status', 201, '"v1"'],
    ['no ETag', 200, undefined],
    ['an empty ETag', 200, ''],
    ['an ETag without quotes', 200, 'v1'],
    ['an ETag that no header can hold', 200, '"\u00e9"'],
    ['two ETags', 200, '"a", "b"'],
  ])('is none with %s', async (_, status, etag) => {
    const server = await serve((__, response) =>
      response.writeHead(status, etag === undefined ? {} : { etag }).end('content'),
    );
    const http = clientOf([server], { answers: createMemoryCache().answers });
    await http.request(server.origin, { ...ASKED, accept: [201] });
    await http.request(server.origin, { ...ASKED, accept: [201] });
    expect(sentTags(server)).toEqual([undefined, undefined]);
  });

  it('NET-08 is not made of an error page, and does not stand in for one', async () => {
    let status = 404;
    const server = await serve((_, response) =>
      response.writeHead(status, { etag: '"e"' }).end(`page ${status}`),
    );
    const http = clientOf([server], { answers: createMemoryCache().answers });
    await http.request(server.origin, { ...ASKED, accept: [404] });
    status = 200;
    await http.request(server.origin, ASKED);
    status = 500;
    await expect(http.request(server.origin, ASKED)).rejects.toEqual(refusal('source.http-status'));
    expect(sentTags(server)).toEqual([undefined, undefined, '"e"']);
  });

  it('cannot be claimed by a server that was not asked for it', async () => {
    const server = await serve((_, response) => response.writeHead(304, { etag: '"v1"' }).end());
    const http = clientOf([server], { answers: createMemoryCache().answers });
    await expect(http.request(server.origin, ASKED)).rejects.toEqual(
      refusal('source.http-status', { actual: '304' }),
    );
  });

  it('is bound by the limit of whoever reads it', async () => {
    const { server } = await versioned();
    const http = clientOf([server], { answers: createMemoryCache().answers });
    await http.request(server.origin, ASKED);
    await expect(http.request(server.origin, { ...ASKED, maxBytes: 5 })).rejects.toEqual(
      refusal('limit.response'),
    );
  });

  it('belongs to the address that gave it at the end of redirects', async () => {
    const { server } = await versioned();
    const first = await serve((_, response) =>
      response.writeHead(302, { location: `${server.origin}/x` }).end(),
    );
    const http = clientOf([server, first], { answers: createMemoryCache().answers });
    for (const _ of [1, 2]) {
      const answer = await http.request(first.origin, { ...ASKED, maxRedirects: 1 });
      expect([answer.bytes.toString(), answer.origin]).toEqual([
        'content 1 of /x as undefined',
        server.origin,
      ]);
    }
    expect([sentTags(first), sentTags(server)]).toEqual([
      [undefined, undefined],
      [undefined, '"v1"'],
    ]);
  });

  it('may be lost at any time', async () => {
    const { server } = await versioned();
    const none: AnswerCache = { get: async () => undefined, put: async () => undefined };
    const http = clientOf([server], { answers: none });
    expect((await http.request(server.origin, ASKED)).status).toBe(200);
    expect((await http.request(server.origin, ASKED)).status).toBe(200);
  });

  it.each([{ method: 'HEAD' }, { method: 'POST' }, { onChunk: () => undefined }] as const)(
    'cannot be asked for with %o',
    async (asked) => {
      const http = clientOf([], { answers: createMemoryCache().answers });
      await expect(http.request('https://example.com/', { ...ASKED, ...asked })).rejects.toThrow(TypeError);
    },
  );
});

describe('what an answer is kept under', () => {
  const url = new URL('https://api.example/a');
  const sent = (value: string, header = 'authorization') => ({ origin: url.origin, header, value });

  it('does not tell the credential, and does not depend on the order or case of headers', () => {
    const key = answerKey(url, { accept: 'a', 'x-b': 'c' }, [sent('1'), sent('2', 'private-token')]);
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(answerKey(url, { 'X-B': 'c', Accept: 'a' }, [sent('2', 'Private-Token'), sent('1')])).toBe(key);
  });

  it('RAC-03 is another one whenever anything that was sent is', () => {
    const keys = [
      answerKey(url, {}, []),
      answerKey(new URL('https://api.example/b'), {}, []),
      answerKey(new URL('https://api.example:8443/a'), {}, []),
      answerKey(new URL('http://api.example/a'), {}, []),
      answerKey(new URL('https://api.example/a?b'), {}, []),
      answerKey(url, { accept: 'a' }, []),
      answerKey(url, { accept: 'a', 'x-b': '' }, []),
      answerKey(url, { 'x-b': 'a' }, []),
      answerKey(url, {}, [sent('a')]),
      answerKey(url, {}, [sent('a', 'accept')]),
      answerKey(url, {}, [sent('b')]),
      answerKey(url, {}, [sent('a'), sent('b')]),
      answerKey(url, { accept: 'a"],["sent","authorization","b' }, []),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
