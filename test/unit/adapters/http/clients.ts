import type { RequestListener } from 'node:http';
import { afterEach, expect } from 'vitest';
import { createHttpClient } from '../../../../src/adapters/http/index.ts';
import type { HttpClient, HttpClientOptions } from '../../../../src/adapters/http/types.ts';
import type { Code } from '../../../../src/codes.ts';
import { SlsaGateError } from '../../../../src/errors.ts';
import { type LocalServer, startServer, type TlsServerOptions } from './server.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((item) => item.close()));
});

/** Closed after the test. */
export function closing<T extends { close(): Promise<void> }>(item: T): T {
  open.push(item);
  return item;
}

export const serve = async (listener: RequestListener, tls?: TlsServerOptions): Promise<LocalServer> =>
  closing(await startServer(listener, tls));

/** A client to which some hosts are listed; it tries once. */
export const clientOf = (
  servers: readonly Pick<LocalServer, 'host'>[],
  options: HttpClientOptions = {},
): HttpClient =>
  closing(
    createHttpClient({
      listedHosts: servers.map(({ host }) => host),
      retry: { attempts: 1 },
      random: () => 0,
      ...options,
    }),
  );

export const LIMIT = { maxBytes: 1024 } as const;

export const refusal = (finding: Code, fields: Readonly<Record<string, unknown>> = {}) =>
  expect.objectContaining({ constructor: SlsaGateError, finding, ...fields });
