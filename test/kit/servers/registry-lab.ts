import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistry, type Registry } from '../../../src/adapters/attestations/oci/index.ts';
import type { ContentCache } from '../../../src/adapters/cache/types.ts';
import type { RegistryCredential } from '../../../src/adapters/credentials/types.ts';
import {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  type HttpExchange,
} from '../../../src/adapters/http/index.ts';
import { parseOciReference } from '../../../src/core/model/oci/reference.ts';
import type { CollectedAttestations } from '../../../src/core/ports.ts';
import type { ResolvedArtifact, SourceQuery } from '../../../src/core/source-ports.ts';
import { createLayout, type DescriptorJson, type LayoutKit } from '../oci-layout.ts';
import { type RegistryServer, type RegistryServerOptions, startRegistry } from './registry.ts';
import type { RepositoryStore } from './registry-store.ts';

export const REPOSITORY = 'team/widget';

/** One registry with one repository, and our client in front of it: what a test of the adapter needs. */
export interface RegistryLab {
  readonly server: RegistryServer;
  readonly store: RepositoryStore;
  /** Makes images and what is attached to them; {@link publish} hands them to the repository. */
  readonly layout: LayoutKit;
  readonly exchanges: HttpExchange[];
  readonly http: HttpClient;
  /** Takes over what the layout lists. */
  publish(): void;
  /** A run of its own: nothing is remembered from the last one but what the cache holds. */
  registry(options?: LabRun): Registry;
  resolve(reference: string, options?: LabRun & { readonly viaIndex?: string }): Promise<ResolvedArtifact>;
  /** Resolves, then collects: what a command does with an image. */
  collect(
    reference: string,
    options?: LabRun & { readonly viaIndex?: string },
  ): Promise<CollectedAttestations>;
  /** Collects for a digest that nobody resolved. */
  collectDigest(sha256: string, options?: LabRun): Promise<CollectedAttestations>;
  /** Paths that were asked, without what lies before the repository. */
  paths(): string[];
  close(): Promise<void>;
}

export interface LabRun {
  readonly credential?: RegistryCredential;
  readonly cache?: ContentCache;
  /** Listed beside the registry itself. */
  readonly listed?: readonly string[];
  readonly http?: HttpClientOptions;
}

export async function startLab(options: RegistryServerOptions = {}): Promise<RegistryLab> {
  const server = await startRegistry(options);
  const folder = mkdtempSync(join(tmpdir(), 'registry-lab-'));
  const layout = createLayout();
  const exchanges: HttpExchange[] = [];
  const clients: HttpClient[] = [];

  const client = (run: LabRun): HttpClient => {
    const made = createHttpClient({
      listedHosts: [server.host, ...(run.listed ?? [])],
      retry: { baseMs: 1 },
      onExchange: (exchange) => exchanges.push(exchange),
      ...run.http,
    });
    clients.push(made);
    return made;
  };
  const registry = (run: LabRun = {}): Registry =>
    createRegistry({
      http: client(run),
      credentials: { of: async (name) => (name === server.host ? run.credential : undefined) },
      cache: run.cache,
      listedHosts: new Set([server.host, ...(run.listed ?? [])]),
    });
  const textOf = (reference: string): string => `${server.host}/${REPOSITORY}${reference}`;

  return {
    server,
    store: server.repository(REPOSITORY),
    layout,
    exchanges,
    http: client({}),
    publish: () => server.repository(REPOSITORY).load(layout.write(folder)),
    registry,
    resolve: async (reference, { viaIndex, ...run } = {}) =>
      registry(run).resolve(parseOciReference(textOf(reference)), { viaIndex }),
    collect: async (reference, { viaIndex, ...run } = {}) => {
      const image = parseOciReference(textOf(reference));
      const own = registry(run);
      const resolved = await own.resolve(image, { viaIndex });
      return own
        .source(image)
        .collect(toQuery({ digests: resolved.digests, viaIndex, remote: { kind: 'oci', text: '', image } }));
    },
    collectDigest: (sha256, run = {}) =>
      registry(run)
        .source({ registry: server.host, repository: REPOSITORY })
        .collect(toQuery({ digests: { sha256 } })),
    paths: () => server.requests.map(({ path }) => path.replace(`/v2/${REPOSITORY}/`, '')),
    close: async () => {
      await Promise.all(clients.map((one) => one.close()));
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const toQuery = (query: Partial<SourceQuery> & Pick<SourceQuery, 'digests'>): SourceQuery => ({
  remote: undefined,
  viaIndex: undefined,
  purl: undefined,
  sources: [],
  given: [],
  wantsHistory: false,
  ...query,
});

/** A cache that holds everything, and that a test may spoil. */
export function memoryCache(): ContentCache & { readonly kept: Map<string, Uint8Array> } {
  const kept = new Map<string, Uint8Array>();
  return {
    kept,
    get: async (digest) => kept.get(digest),
    put: async (digest, bytes) => {
      kept.set(digest, bytes);
    },
  };
}

/** `@sha256:<hex>`: how a descriptor is named behind the repository. */
export const at = ({ digest }: DescriptorJson): string => `@${digest}`;
