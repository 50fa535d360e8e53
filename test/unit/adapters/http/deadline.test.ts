import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createOfflineClient } from '../../../../src/adapters/http/index.ts';
import type { HttpExchange } from '../../../../src/adapters/http/types.ts';
import { within } from '../../../kit/servers/opened.ts';
import { clientOf, LIMIT, refusal, serve } from './clients.ts';

const slow = (ms: number) => serve((_, response) => setTimeout(() => response.end('late'), ms));

describe('a deadline', () => {
  it('has one deadline for all its requests together', async () => {
    const server = await slow(120);
    const http = clientOf([server], within(300));
    const started = performance.now();
    const ends: string[] = [];
    for (let count = 0; count < 5; count++) {
      ends.push(
        await http.get(server.origin, LIMIT).then(
          () => 'read',
          (error: { finding: string }) => error.finding,
        ),
      );
    }
    expect(performance.now() - started).toBeLessThan(1000);
    expect(ends[0]).toBe('read');
    expect(ends.slice(-2)).toEqual(['source.timeout', 'source.timeout']);
    expect(server.requests.length).toBeLessThanOrEqual(3);
  });

  it('asks nothing any more once its deadline has passed', async () => {
    const server = await slow(0);
    const http = clientOf([server], within(20));
    await sleep(40);
    await expect(http.get(server.origin, LIMIT)).rejects.toEqual(refusal('source.timeout'));
    expect(server.requests).toHaveLength(0);
  });

  it('ends a body that drips at its deadline', async () => {
    const server = await serve((_, response) => {
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    });
    const http = clientOf([server], within(150));
    await expect(http.get(server.origin, LIMIT)).rejects.toEqual(refusal('limit.time'));
  });

  it('does not pause past its deadline, and follows no redirect past it', async () => {
    const busy = await serve((_, response) => response.writeHead(503, { 'retry-after': '2' }).end());
    const looping = await serve((_, response) =>
      setTimeout(() => response.writeHead(302, { location: '/' }).end(), 60),
    );
    const withinShort = () => clientOf([busy, looping], { retry: { attempts: 3 }, ...within(200) });
    const started = performance.now();
    await expect(withinShort().get(busy.origin, LIMIT)).rejects.toEqual(refusal('source.timeout'));
    expect(performance.now() - started).toBeLessThan(1000);
    const asked = withinShort().get(looping.origin, { ...LIMIT, maxRedirects: 100 });
    await expect(asked).rejects.toEqual(refusal('source.timeout'));
    expect(looping.requests.length).toBeLessThan(10);
  });

  it('is not prolonged by a request that would take longer, and not waited for by one that would not', async () => {
    const server = await serve(() => undefined);
    const patient = { ...LIMIT, totalTimeoutMs: 60_000 };
    await expect(clientOf([server], within(80)).get(server.origin, patient)).rejects.toEqual(
      refusal('source.timeout'),
    );
    const http = clientOf([server], within(60_000));
    await expect(http.get(server.origin, { ...LIMIT, totalTimeoutMs: 50 })).rejects.toEqual(
      refusal('source.timeout'),
    );
  });

  it('leaves other requests of the client alone when it ends', async () => {
    const server = await slow(30);
    let deadline: number | undefined = performance.now() + 5;
    const http = clientOf([server], { deadline: () => deadline });
    await expect(http.get(server.origin, LIMIT)).rejects.toEqual(refusal('source.timeout'));
    deadline = performance.now() + 10_000;
    expect((await http.get(server.origin, LIMIT)).bytes.toString()).toBe('late');
    deadline = undefined;
    expect((await http.get(server.origin, LIMIT)).bytes.toString()).toBe('late');
  });
});

describe('exchanges', () => {
  it('are told with origin, status and bytes, and without path and query', async () => {
    const server = await serve((request, response) =>
      response.writeHead(request.url === '/missing' ? 404 : 200).end('12345'),
    );
    const heard: HttpExchange[] = [];
    const http = clientOf([server], { onExchange: (exchange) => heard.push(exchange) });
    await http.get(`${server.origin}/?secret`, LIMIT);
    await http.get(`${server.origin}/missing`, LIMIT).catch(() => undefined);
    expect(heard.map(({ origin, status, bytes }) => ({ origin, status, bytes }))).toEqual([
      { origin: server.origin, status: 200, bytes: 5 },
      { origin: server.origin, status: 404, bytes: 0 },
    ]);
    expect(JSON.stringify(heard)).not.toMatch(/secret|missing/);
  });

  it('are told for each try of a request, and for one that got no answer', async () => {
    let count = 0;
    const server = await serve((request, response) => {
      count += 1;
      if (count === 1) request.socket.destroy();
      else response.writeHead(count === 2 ? 503 : 200).end();
    });
    const exchanges: HttpExchange[] = [];
    const http = clientOf([server], {
      retry: { attempts: 3, baseMs: 1 },
      onExchange: (exchange) => exchanges.push(exchange),
    });
    await http.get(server.origin, LIMIT);
    expect(exchanges.map(({ status }) => status)).toEqual([null, 503, 200]);
  });

  it('have the clock of the server, and none that is not told or no date', async () => {
    const dates = ['Tue, 01 Jan 2030 00:00:00 GMT', 'tomorrow', ''];
    const server = await serve((_, response) => {
      response.sendDate = false;
      const date = dates[server.requests.length - 1];
      response.writeHead(200, date === '' || date === undefined ? {} : { date }).end();
    });
    const exchanges: HttpExchange[] = [];
    const http = clientOf([server], { onExchange: (exchange) => exchanges.push(exchange) });
    for (const _ of dates) await http.get(server.origin, LIMIT);
    expect(exchanges.map(({ clock }) => clock?.serverMs)).toEqual([
      Date.UTC(2030, 0, 1),
      undefined,
      undefined,
    ]);
  });
});

describe('the client of --offline', () => {
  it('asks nothing, and says what it would have asked, without query', async () => {
    const server = await slow(0);
    const http = createOfflineClient([server.host]);
    for (const asked of [http.get(`${server.origin}/a?canary`, LIMIT), http.request(server.origin, LIMIT)])
      await expect(asked).rejects.toEqual(refusal('source.offline'));
    await expect(http.get(`${server.origin}/a?canary`, LIMIT)).rejects.toThrow(
      `not asked, because of --offline: GET ${server.origin}/a`,
    );
    await expect(http.get('file:///etc/passwd', LIMIT)).rejects.toEqual(refusal('config.insecure-url'));
    expect(server.requests).toHaveLength(0);
    await http.close();
  });
});
