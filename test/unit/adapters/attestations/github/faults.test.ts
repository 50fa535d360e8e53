import type { ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Code } from '../../../../../src/codes.ts';
import type { SeenRequest } from '../../../../kit/servers/github.ts';
import {
  answerJson,
  bundleOf,
  digestOf,
  type LabOptions,
  openLab,
  queryOf,
} from '../../../../kit/servers/github-lab.ts';

/** What goes wrong at the API, and what the answer is then: with three tries, and a good bundle behind it. */

const DIGEST = digestOf('widget');
const PLACE = { owner: 'octo-org', repo: 'widget' };
const TRIES: LabOptions = { client: { retry: { attempts: 3, baseMs: 1, maxDelayMs: 2_000 } } };

interface Fault {
  readonly name: string;
  /** Answers instead of the API, the `turn`-th time from 0; false to let it answer. */
  readonly fault: (response: ServerResponse, turn: number, request: SeenRequest) => boolean;
  readonly answer: 'complete' | 'partial' | 'absent' | 'failed';
  readonly code?: Code;
  /** Requests to the API. */
  readonly requests: number;
  readonly options?: LabOptions;
}

const raw = (response: ServerResponse, status: number, body: string, headers = {}): true => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  return true;
};
const json = (status: number, body: unknown = { message: 'x' }, headers = {}) => {
  return (response: ServerResponse): true => answerJson(response, status, body, headers);
};
const LIST = JSON.stringify({ attestations: [] });
const isLater = (status: number, headers = {}): Fault['fault'] => {
  return (response, turn) => turn === 0 && answerJson(response, status, { message: 'x' }, headers);
};

const FAULTS: readonly Fault[] = [
  { name: 'none', fault: () => false, answer: 'complete', requests: 1 },
  {
    name: 'reset before the answer',
    fault: (response) => Boolean(response.socket?.resetAndDestroy() ?? true),
    answer: 'failed',
    code: 'source.unavailable',
    requests: 3,
  },
  {
    name: 'reset in the middle',
    fault: (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"attestations":[]}', () => response.socket?.resetAndDestroy());
      return true;
    },
    answer: 'failed',
    code: 'source.unavailable',
    requests: 3,
  },
  {
    name: 'reset once',
    fault: (response, turn) => turn === 0 && Boolean(response.socket?.resetAndDestroy() ?? true),
    answer: 'complete',
    requests: 2,
  },
  {
    name: 'no answer',
    fault: () => true,
    answer: 'failed',
    code: 'source.timeout',
    requests: 1,
    options: { client: { headersTimeoutMs: 100 } },
  },
  {
    name: 'an answer that stalls',
    fault: (response) => response.writeHead(200, { 'content-type': 'application/json' }).write('{') || true,
    answer: 'failed',
    code: 'limit.time',
    requests: 1,
    options: { client: { bodyTimeoutMs: 100 } },
  },
  {
    name: 'HTML with 200',
    fault: (response) => raw(response, 200, '<html></html>', { 'content-type': 'text/html' }),
    answer: 'failed',
    code: 'source.malformed-response',
    requests: 1,
  },
  {
    name: 'HTML that says it is JSON',
    fault: (response) => raw(response, 200, '<html></html>'),
    answer: 'failed',
    code: 'source.malformed-response',
    requests: 1,
  },
  {
    name: 'an empty body',
    fault: (response) => raw(response, 200, ''),
    answer: 'failed',
    code: 'source.malformed-response',
    requests: 1,
  },
  {
    name: 'truncated JSON',
    fault: (response) => raw(response, 200, LIST.slice(0, -1)),
    answer: 'failed',
    code: 'source.malformed-response',
    requests: 1,
  },
  {
    name: 'JSON with a key twice',
    fault: (response) => raw(response, 200, '{"attestations":[{}],"attestations":[]}'),
    answer: 'failed',
    code: 'source.malformed-response',
    requests: 1,
  },
  {
    name: 'JSON that is nested without end',
    fault: (response) => raw(response, 200, `{"attestations":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
    answer: 'failed',
    code: 'source.malformed-response',
    requests: 1,
  },
  {
    name: 'the wrong content type',
    fault: (response) => raw(response, 200, LIST, { 'content-type': 'application/octet-stream' }),
    answer: 'failed',
    code: 'source.malformed-response',
    requests: 1,
  },
  {
    name: 'no content type',
    fault: (response) => {
      response.writeHead(200).end(LIST);
      return true;
    },
    answer: 'failed',
    code: 'source.malformed-response',
    requests: 1,
  },
  ...[{ attestations: null }, {}, [], null, 'none', { attestations: {} }, { attestations: [null] }].map(
    (body): Fault => ({
      name: `${JSON.stringify(body)} where a list must be`,
      fault: json(200, body),
      answer: 'failed',
      code: 'source.malformed-response',
      requests: 1,
    }),
  ),
  {
    name: 'an empty list',
    fault: (response) => raw(response, 200, LIST),
    answer: 'absent',
    requests: 1,
  },
  ...[201, 202, 204, 206].map(
    (status): Fault => ({
      name: `status ${status}`,
      fault: json(status, status === 204 ? '' : { attestations: [] }),
      answer: 'failed',
      code: 'source.http-status',
      requests: 1,
    }),
  ),
  ...[301, 302, 307, 308].map(
    (status): Fault => ({
      name: `${status} to elsewhere`,
      fault: json(status, {}, { location: 'https://evil.example/' }),
      answer: 'failed',
      code: 'source.http-status',
      requests: 1,
    }),
  ),
  {
    name: '304 that nobody asked for',
    fault: (response) => {
      response.writeHead(304).end();
      return true;
    },
    answer: 'failed',
    code: 'source.http-status',
    requests: 1,
  },
  { name: '400', fault: json(400), answer: 'failed', code: 'source.http-status', requests: 1 },
  { name: '401', fault: json(401), answer: 'failed', code: 'source.unauthorized', requests: 1 },
  { name: '403', fault: json(403), answer: 'failed', code: 'source.unauthorized', requests: 1 },
  {
    name: '403 of a limit that is used up',
    fault: json(403, {}, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '9999999999' }),
    answer: 'failed',
    code: 'source.rate-limited',
    requests: 1,
  },
  {
    name: '403 of a secondary limit',
    fault: json(403, { message: 'You have exceeded a secondary rate limit.' }),
    answer: 'failed',
    code: 'source.rate-limited',
    requests: 1,
  },
  {
    name: '403 with Retry-After, then good',
    fault: isLater(403, { 'retry-after': '0' }),
    answer: 'complete',
    requests: 2,
  },
  {
    name: '404 where the repository can be read',
    fault: (response, _, { path }) =>
      path.includes('/attestations/') && answerJson(response, 404, { message: 'Not Found' }),
    answer: 'absent',
    requests: 2,
  },
  {
    name: '404 everywhere',
    fault: json(404),
    answer: 'failed',
    code: 'source.unauthorized',
    requests: 2,
  },
  {
    name: '404, and then 403 for the repository',
    fault: (response, turn) => answerJson(response, turn === 0 ? 404 : 403, { message: 'x' }),
    answer: 'failed',
    code: 'source.unauthorized',
    requests: 2,
  },
  { name: '409', fault: json(409), answer: 'failed', code: 'source.http-status', requests: 1 },
  { name: '410', fault: json(410), answer: 'failed', code: 'source.http-status', requests: 1 },
  { name: '418', fault: json(418), answer: 'failed', code: 'source.http-status', requests: 1 },
  { name: '422', fault: json(422), answer: 'failed', code: 'source.http-status', requests: 1 },
  { name: '429', fault: json(429), answer: 'failed', code: 'source.rate-limited', requests: 3 },
  {
    name: '429 with a short Retry-After, then good',
    fault: isLater(429, { 'retry-after': '1' }),
    answer: 'complete',
    requests: 2,
  },
  {
    name: '429 with a long Retry-After',
    fault: json(429, {}, { 'retry-after': '3600' }),
    answer: 'failed',
    code: 'source.rate-limited',
    requests: 1,
  },
  { name: '500', fault: json(500), answer: 'failed', code: 'source.http-status', requests: 1 },
  { name: '502', fault: json(502), answer: 'failed', code: 'source.http-status', requests: 3 },
  { name: '503, then good', fault: isLater(503), answer: 'complete', requests: 2 },
  { name: '504', fault: json(504), answer: 'failed', code: 'source.http-status', requests: 3 },
  {
    name: 'an error page of HTML',
    fault: (response) => raw(response, 502, '<html>Bad Gateway</html>', { 'content-type': 'text/html' }),
    answer: 'failed',
    code: 'source.http-status',
    requests: 3,
  },
  {
    name: 'an error of a strange type',
    fault: (response) => raw(response, 500, '{"message":{}}', { 'content-type': ';;;' }),
    answer: 'failed',
    code: 'source.http-status',
    requests: 1,
  },
];

describe('faults of the API', () => {
  it.each(FAULTS)('$name: $answer', async ({ fault, answer, code, requests, options }) => {
    const lab = await openLab({ ...TRIES, ...options });
    lab.state.attest(lab.state.repository('octo-org/widget'), DIGEST, bundleOf(1));
    let turn = 0;
    lab.settings.hostile = (request, response) => request.where === 'api' && fault(response, turn++, request);
    const found = await lab.github.source(PLACE).collect(queryOf(DIGEST));
    expect(found).toMatchObject({ answer, ...(code === undefined ? {} : { code }) });
    expect(found.code).toBe(code);
    expect(found.attestations).toHaveLength(answer === 'complete' ? 1 : 0);
    if (code !== undefined) expect(found.reason).toMatch(/^.{10,250}$/);
    expect(turn).toBe(requests);
  });

  it('nothing listens: failed', async () => {
    const port = await unusedPort();
    const lab = await openLab({
      apiUrl: `http://127.0.0.1:${port}`,
      client: { listedHosts: [`127.0.0.1:${port}`], retry: { attempts: 1 } },
    });
    expect(await lab.github.source(PLACE).collect(queryOf(DIGEST))).toMatchObject({
      answer: 'failed',
      code: 'source.unavailable',
    });
  });

  it('the name cannot be resolved: failed', async () => {
    const resolve = async () => {
      throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    };
    const lab = await openLab({ apiUrl: 'https://api.github.com', client: { resolve } });
    const source = lab.github.source(PLACE);
    await source.prefetch([DIGEST, digestOf('other')]);
    for (let turn = 0; turn < 2; turn++)
      expect(await source.collect(queryOf(DIGEST))).toMatchObject({
        answer: 'failed',
        code: 'source.unavailable',
      });
  });

  it('no TLS where TLS must be: failed', async () => {
    const { hosts } = await openLab();
    const lab = await openLab({ apiUrl: `https://${hosts[0]}`, client: { listedHosts: [...hosts] } });
    expect(await lab.github.source(PLACE).collect(queryOf(DIGEST))).toMatchObject({
      answer: 'failed',
      code: 'source.unavailable',
    });
  });

  it('does not write to the console, whatever an answer says of deprecation', async () => {
    const lab = await openLab();
    lab.state.repository('octo-org/widget');
    const written: unknown[][] = [];
    const before = { warn: console.warn, error: console.error, log: console.log };
    for (const name of ['warn', 'error', 'log'] as const) console[name] = (...args) => written.push(args);
    try {
      const headers = { deprecation: 'true', sunset: 'today' };
      for (const status of [200, 500]) {
        lab.settings.hostile = (_, response) => answerJson(response, status, { attestations: [] }, headers);
        await lab.github.source(PLACE).collect(queryOf(DIGEST));
      }
    } finally {
      Object.assign(console, before);
    }
    expect(written).toEqual([]);
  });
});

const unusedPort = (): Promise<number> =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { readonly port: number };
      server.close(() => done(port));
    });
  });
