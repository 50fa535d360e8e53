import { gzipSync } from 'node:zlib';
import {
  createNpmRegistry,
  type NpmReference,
  type NpmRegistry,
} from '../../../../../src/adapters/attestations/npm/index.ts';
import {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
} from '../../../../../src/adapters/http/index.ts';
import { parsePurl } from '../../../../../src/core/model/purl.ts';
import type { SourceQuery } from '../../../../../src/core/source-ports.ts';
import { hash } from '../../../../kit/keys.ts';
import {
  type NpmRegistryServer,
  type NpmRegistryServerOptions,
  startNpmRegistry,
} from '../../../../kit/servers/npm-registry.ts';

/** A registry of the test, and the adapter that asks it. */

export const TARBALL = gzipSync('widget 1.2.3');
export const DIGESTS = {
  sha256: hash('sha256', TARBALL).toString('hex'),
  sha512: hash('sha512', TARBALL).toString('hex'),
};
export const NAME = '@octo/widget';
export const VERSION = '1.2.3';
export const PURL = 'pkg:npm/%40octo/widget@1.2.3';

export function reference(text: string = PURL): NpmReference {
  const purl = parsePurl(text);
  if (purl === undefined) throw new Error(`no purl: ${text}`);
  return { kind: 'npm', text, purl };
}

export const query = (text: string = PURL, changes: Partial<SourceQuery> = {}): SourceQuery => ({
  remote: reference(text),
  digests: DIGESTS,
  viaIndex: undefined,
  purl: undefined,
  sources: [{ kind: 'npm' }],
  wantsHistory: false,
  given: [],
  ...changes,
});

const open: { close(): Promise<void> }[] = [];
export const closeAll = async (): Promise<void> => {
  await Promise.all(open.splice(0).map((one) => one.close()));
};

/** Closed by {@link closeAll}. */
export const started = async (options: NpmRegistryServerOptions = {}): Promise<NpmRegistryServer> => {
  const server = await startNpmRegistry(options);
  open.push(server);
  return server;
};

export function clientOf(hosts: readonly string[], options: HttpClientOptions = {}): HttpClient {
  const http = createHttpClient({
    listedHosts: hosts,
    retry: { attempts: 2, baseMs: 1 },
    random: () => 0,
    connectTimeoutMs: 500,
    headersTimeoutMs: 200,
    ...options,
  });
  open.push(http);
  return http;
}

export const adapterOf = (
  { origin, host }: Pick<NpmRegistryServer, 'origin' | 'host'>,
  options: {
    readonly http?: HttpClient;
    readonly path?: string;
    readonly listedHosts?: readonly string[];
  } = {},
): NpmRegistry =>
  createNpmRegistry({
    http: options.http ?? clientOf([host]),
    registryFor: () => ({ url: `${origin}${options.path ?? ''}/`, credentials: [] }),
    listedHosts: options.listedHosts ?? [host],
  });
