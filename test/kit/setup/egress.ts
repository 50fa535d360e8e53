import diagnostics from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { afterEach, expect } from 'vitest';
import { createWatch } from './watch.ts';

/**
 * I12: no test may speak to another machine, whatever it is told to do, and no test may make a credential known to a second
 * origin. Every socket of the process is watched, whoever opens it, and the headers of every request of the outbound client.
 */
const watch = createWatch();

diagnostics.subscribe('net.client.socket', (message) => {
  const { socket } = message as { readonly socket: Socket };
  socket.once('connect', () => watch.connected(socket.remoteAddress));
});

diagnostics.subscribe('undici:client:sendHeaders', (message) => {
  const { request, headers } = message as {
    readonly request: { readonly origin?: string | URL };
    readonly headers: string;
  };
  watch.sent(String(request.origin), headers);
});

afterEach(() => {
  expect(watch.take()).toEqual([]);
});
