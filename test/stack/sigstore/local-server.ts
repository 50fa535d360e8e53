import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';

/** A server of this process on a free port of loopback. */
export interface LocalServer {
  readonly port: number;
  /** Ends every connection at once, tunnels too. */
  close(): Promise<void>;
}

export async function listen(server: Server): Promise<LocalServer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

export async function serve(listener: RequestListener) {
  const server = createServer(listener);
  const local = await listen(server);
  return { ...local, server, origin: `http://127.0.0.1:${local.port}` };
}
