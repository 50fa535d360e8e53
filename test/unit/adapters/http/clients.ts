import type { RequestListener } from 'node:http';
import { expect } from 'vitest';
import { createHttpClient } from '../../../../src/adapters/http/index.ts';
import type { HttpClient, HttpClientOptions } from '../../../../src/adapters/http/types.ts';
import type { Code } from '../../../../src/codes.ts';
import { SlsaGateError } from '../../../../src/errors.ts';
import { closing } from '../../../kit/servers/opened.ts';
import { type LocalServer, startServer, type TlsServerOptions } from './server.ts';

export const serve = async (listener: RequestListener, tls?: TlsServerOptions): Promise<LocalServer> =>
  closing(await startServer(listener, tls));

/** Answers late, and tells how many requests it had at once at most. */
export function createLateAnswer(): { readonly listener: RequestListener; readonly most: number } {
  let running = 0;
  let most = 0;
  return {
    get most() {
      return most;
    },
    listener: (_, response) => {
      running += 1;
      most = Math.max(most, running);
      setTimeout(() => {
        running -= 1;
        response.end();
      }, 15);
    },
  };
}

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
