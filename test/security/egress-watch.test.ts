import diagnostics from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';

describe('the watch over sockets', () => {
  it('I12 sees sockets of the outbound client', async () => {
    const seen: unknown[] = [];
    const hear = (message: unknown): void => void seen.push(message);
    diagnostics.subscribe('net.client.socket', hear);
    const { createServer } = await import('node:http');
    const { createHttpClient } = await import('../../src/adapters/http/index.ts');
    const server = createServer((_, response) => response.end('x'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const http = createHttpClient({ listedHosts: [`127.0.0.1:${port}`] });
    try {
      await http.get(`http://127.0.0.1:${port}/`, { maxBytes: 10 });
      expect(seen).toHaveLength(1);
      expect((seen[0] as { socket: unknown }).socket).toBeInstanceOf(EventEmitter);
    } finally {
      diagnostics.unsubscribe('net.client.socket', hear);
      await http.close();
      server.close();
    }
  });
});
