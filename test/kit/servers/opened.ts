import { afterEach } from 'vitest';
import {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
} from '../../../src/adapters/http/index.ts';

/** What a test has opened: servers, clients and whatever else must not outlive it. */
const open: { close(): Promise<void> }[] = [];

/** For a test that goes on; after it everything is closed in any case. */
export const closeAll = async (): Promise<void> => {
  await Promise.all(open.splice(0).map((one) => one.close()));
};

afterEach(closeAll);

/** Closed after the test. */
export function closing<T extends { close(): Promise<void> }>(one: T): T {
  open.push(one);
  return one;
}

/** A deadline from now on, as clients take it. */
export const within = (ms: number): Required<Pick<HttpClientOptions, 'deadline'>> => {
  const end = performance.now() + ms;
  return { deadline: () => end };
};

/** A client that tries twice, waits for nobody long, and is closed after the test. */
export const clientOf = (hosts: readonly string[], options: HttpClientOptions = {}): HttpClient =>
  closing(
    createHttpClient({
      listedHosts: hosts,
      retry: { attempts: 2, baseMs: 1 },
      random: () => 0,
      connectTimeoutMs: 500,
      headersTimeoutMs: 200,
      ...options,
    }),
  );
