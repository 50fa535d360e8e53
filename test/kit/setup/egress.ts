import diagnostics from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { afterEach, expect } from 'vitest';

/**
 * I12: no test may speak to another machine, whatever it is told to do. Every socket of the process is watched, whoever
 * opens it; one that is connected elsewhere fails the test that was running.
 */
const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;
const elsewhere: string[] = [];

diagnostics.subscribe('net.client.socket', (message) => {
  const { socket } = message as { readonly socket: Socket };
  socket.once('connect', () => {
    const { remoteAddress } = socket;
    // A socket of a file system has no address.
    if (remoteAddress !== undefined && !LOOPBACK.test(remoteAddress)) elsewhere.push(remoteAddress);
  });
});

afterEach(() => {
  expect(elsewhere.splice(0)).toEqual([]);
});
