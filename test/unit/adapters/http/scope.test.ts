import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createOfflineClient } from '../../../../src/adapters/http/index.ts';
import type { HttpExchange } from '../../../../src/adapters/http/types.ts';
import { clientOf, LIMIT, refusal, serve } from './clients.ts';

const slow = (ms: number) => serve((_, response) => setTimeout(() => response.end('late'), ms));

describe('a scope', () => {
  it('has one deadline for all its requests together', async () => {
    const server = await slow(120);
    const scoped = clientOf([server]).scoped({ deadlineMs: 300 });
    const started = performance.now();
    const ends: string[] = [];
    for (let count = 0; count < 5; count++) {
      ends.push(
        await scoped.get(server.origin, LIMIT).then(
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
    const scoped = clientOf([server]).scoped({ deadlineMs: 20 });
    await sleep(40);
    await expect(scoped.get(server.origin, LIMIT)).rejects.toEqual(refusal('source.timeout'));
    expect(server.requests).toHaveLength(0);
  });

  it('ends a body that drips at its deadline', async () => {
    const server = await serve((_, response) => {
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    });
    const scoped = clientOf([server]).scoped({ deadlineMs: 150 });
    await expect(scoped.get(server.origin, LIMIT)).rejects.toEqual(refusal('limit.time'));
  });

  it('does not pause past its deadline, and follows no redirect past it', async () => {
    const busy = await serve((_, response) => response.writeHead(503, { 'retry-after': '2' }).end());
    const looping = await serve((_, response) =>
      setTimeout(() => response.writeHead(302, { location: '/' }).end(), 60),
    );
    const http = clientOf([busy, looping], { retry: { attempts: 3 } });
    const started = performance.now();
    await expect(http.scoped({ deadlineMs: 200 }).get(busy.origin, LIMIT)).rejects.toEqual(
      refusal('source.timeout'),
    );
    expect(performance.now() - started).toBeLessThan(1000);
    const asked = http.scoped({ deadlineMs: 200 }).get(looping.origin, { ...LIMIT, maxRedirects: 100 });
    await expect(asked).rejects.toEqual(refusal('source.timeout'));
    expect(looping.requests.length).toBeLessThan(10);
  });

  it('does not prolong the deadline of the scope around it, or of a request', async () => {
    const server = await serve(() => undefined);
    const outer = clientOf([server]).scoped({ deadlineMs: 80 });
    await expect(outer.scoped({ deadlineMs: 60_000 }).get(server.origin, LIMIT)).rejects.toEqual(
      refusal('source.timeout'),
    );
    await expect(outer.scoped({}).get(server.origin, LIMIT)).rejects.toEqual(refusal('source.timeout'));
    const scoped = clientOf([server]).scoped({ deadlineMs: 60_000 });
    await expect(scoped.get(server.origin, { ...LIMIT, totalTimeoutMs: 50 })).rejects.toEqual(
      refusal('source.timeout'),
    );
  });

  it('leaves the client and other scopes alone when it ends', async () => {
    const server = await slow(30);
    const http = clientOf([server]);
    const [ended, lasting] = [http.scoped({ deadlineMs: 5 }), http.scoped({ deadlineMs: 10_000 })];
    await expect(ended.get(server.origin, LIMIT)).rejects.toEqual(refusal('source.timeout'));
    expect((await lasting.get(server.origin, LIMIT)).bytes.toString()).toBe('late');
    expect((await http.get(server.origin, LIMIT)).bytes.toString()).toBe('late');
  });

  it('tells its own exchanges to whoever asked, those around it too, and nobody else', async () => {
    const server = await serve((request, response) =>
      response.writeHead(request.url === '/missing' ? 404 : 200).end('12345'),
    );
    const heard: Record<string, HttpExchange[]> = { client: [], outer: [], inner: [], other: [] };
    const listen = (name: string) => (exchange: HttpExchange) => void heard[name]?.push(exchange);
    const http = clientOf([server], { onExchange: listen('client') });
    const outer = http.scoped({ onExchange: listen('outer') });
    const inner = outer.scoped({ onExchange: listen('inner') });
    http.scoped({ onExchange: listen('other') });
    await inner.get(`${server.origin}/?secret`, LIMIT);
    await outer.get(`${server.origin}/missing`, LIMIT).catch(() => undefined);
    await http.get(server.origin, LIMIT);
    const counts = Object.fromEntries(Object.entries(heard).map(([name, { length }]) => [name, length]));
    expect(counts).toEqual({ client: 3, outer: 2, inner: 1, other: 0 });
    expect(heard.outer?.map(({ origin, status, bytes }) => ({ origin, status, bytes }))).toEqual([
      { origin: server.origin, status: 200, bytes: 5 },
      { origin: server.origin, status: 404, bytes: 0 },
    ]);
  });

  it('tells each try of a request, and one that got no answer', async () => {
    let count = 0;
    const server = await serve((request, response) => {
      count += 1;
      if (count === 1) request.socket.destroy();
      else response.writeHead(count === 2 ? 503 : 200).end();
    });
    const exchanges: HttpExchange[] = [];
    const http = clientOf([server], { retry: { attempts: 3, baseMs: 1 } });
    await http.scoped({ onExchange: (exchange) => exchanges.push(exchange) }).get(server.origin, LIMIT);
    expect(exchanges.map(({ status }) => status)).toEqual([null, 503, 200]);
  });

  it('reads the clock of servers, and none that is not told or no date', async () => {
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

describe('the deadline of a client', () => {
  it('is asked anew for each request', async () => {
    const server = await serve(() => undefined);
    let deadline: number | undefined;
    const http = clientOf([server], { deadline: () => deadline });
    deadline = performance.now() + 60;
    await expect(http.get(server.origin, LIMIT)).rejects.toEqual(refusal('source.timeout'));
    await expect(http.scoped({ deadlineMs: 9000 }).get(server.origin, LIMIT)).rejects.toEqual(
      refusal('source.timeout'),
    );
    expect(server.requests).toHaveLength(1);
  });
});

describe('the client of --offline', () => {
  it('asks nothing, and says what it would have asked, without query', async () => {
    const server = await slow(0);
    const http = createOfflineClient([server.host]);
    for (const asked of [
      http.get(`${server.origin}/a?canary`, LIMIT),
      http.scoped({}).request(server.origin, LIMIT),
    ])
      await expect(asked).rejects.toEqual(refusal('source.offline'));
    await expect(http.get(`${server.origin}/a?canary`, LIMIT)).rejects.toThrow(
      `not asked, because of --offline: GET ${server.origin}/a`,
    );
    await expect(http.get('file:///etc/passwd', LIMIT)).rejects.toEqual(refusal('config.insecure-url'));
    expect(server.requests).toHaveLength(0);
    await http.close();
  });
});
