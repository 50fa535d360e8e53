import { createServer, type Server } from 'node:net';

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

const close = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

const portOf = (server: Server): number => {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
};

/** Ports of loopback that nobody has just now, each another. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const probes = await Promise.all(Array.from({ length: count }, () => listen(0)));
  const ports = probes.map(portOf);
  await Promise.all(probes.map(close));
  return ports;
}

export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

const isTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';

/**
 * Waits until no other process of this machine holds the same port, and keeps it until it is let go. The end of a process lets
 * go of it too, however it ends.
 */
export async function holdPort(port: number, waitMs: number): Promise<{ release(): Promise<void> }> {
  const giveUp = Date.now() + waitMs;
  for (;;) {
    try {
      const server = await listen(port);
      server.unref();
      return { release: () => close(server) };
    } catch (error) {
      if (!isTaken(error) || Date.now() > giveUp) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
