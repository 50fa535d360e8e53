import diagnostics from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createWatch } from '../kit/setup/watch.ts';
import { clientOf, LIMIT, serve } from '../unit/adapters/http/clients.ts';

/** What is published while a test runs. */
function hearing(channel: string): unknown[] {
  const seen: unknown[] = [];
  const hear = (message: unknown): void => void seen.push(message);
  diagnostics.subscribe(channel, hear);
  onTestFinished(() => void diagnostics.unsubscribe(channel, hear));
  return seen;
}

describe('the watch over everything that leaves the process', () => {
  it('I12 hears sockets of the outbound client', async () => {
    const seen = hearing('net.client.socket');
    const server = await serve((_, response) => response.end('x'));
    await clientOf([server]).get(server.origin, LIMIT);
    expect(seen).toHaveLength(1);
    expect((seen[0] as { socket: unknown }).socket).toBeInstanceOf(EventEmitter);
  });

  it('I12 hears headers of the outbound client', async () => {
    const seen = hearing('undici:client:sendHeaders');
    const server = await serve((_, response) => response.end('x'));
    const credentials = [{ origin: server.origin, header: 'authorization', value: 'Bearer hunter2' }];
    await clientOf([server]).request(server.origin, { ...LIMIT, credentials });
    const watch = createWatch();
    for (const message of seen) {
      const { request, headers } = message as { request: { origin: string }; headers: string };
      watch.sent(request.origin, headers);
      watch.sent('https://elsewhere.example', headers);
    }
    expect(watch.take()).toEqual([`authorization of ${server.origin} was sent to https://elsewhere.example`]);
  });

  it.each(['192.0.2.1', '2001:db8::1', '10.0.0.1', '::ffff:192.0.2.1'])(
    'I12 tells of a connection to %s, once',
    (address) => {
      const watch = createWatch();
      watch.connected(address);
      expect(watch.take()).toEqual([`connected to ${address}`]);
      expect(watch.take()).toEqual([]);
    },
  );

  it.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1', undefined])(
    'lets a connection to %s pass',
    (address) => {
      const watch = createWatch();
      watch.connected(address);
      expect(watch.take()).toEqual([]);
    },
  );

  it.each(['authorization', 'Proxy-Authorization', 'private-token', 'job-token', 'cookie'])(
    'I12 tells of a second origin for %s, and of none for the same',
    (name) => {
      const watch = createWatch();
      const headers = `GET / HTTP/1.1\r\nhost: a\r\n${name}: secret\r\naccept: */*\r\n`;
      watch.sent('https://a.example', headers);
      watch.sent('https://a.example', headers);
      expect(watch.take()).toEqual([]);
      watch.sent('https://a.example', headers);
      watch.sent('https://a.example:8443', headers);
      watch.sent('https://b.example', headers.replace('secret', 'another'));
      expect(watch.take()).toEqual([
        `${name.toLowerCase()} of https://a.example was sent to https://a.example:8443`,
      ]);
    },
  );
});
