import { refuse } from '../../errors.ts';
import type { HttpClient, HttpRequestOptions } from './types.ts';
import { parseUrl, printableUrl } from './url.ts';

/** Stands in for the client with `--offline`: opens no socket, and says what it would have asked. */
export function createOfflineClient(listedHosts: readonly string[]): HttpClient {
  const listed = new Set(listedHosts);
  const request = async (address: string, { method = 'GET' }: HttpRequestOptions): Promise<never> =>
    refuse(
      'source.offline',
      `not asked, because of --offline: ${method} ${printableUrl(parseUrl(address, listed))}`,
    );
  return { get: request, request, close: async () => {} };
}
