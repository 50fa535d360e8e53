import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect } from 'vitest';
import { createHttpClient } from '../../src/adapters/http/client.ts';
import type { HttpClient } from '../../src/adapters/http/types.ts';
import { type TrustOutcome, type TrustRootInfo, updateTrustRoots } from '../../src/adapters/trust/manage.ts';
import type { TufStore } from '../../src/adapters/trust/tuf/stored-root.ts';
import { SlsaGateError } from '../../src/errors.ts';
import { type LocalServer, startServer } from '../unit/adapters/http/server.ts';
import { TestRepository } from './repository.ts';

/** The instant at which all tests happen; metadata expires a week later. */
export const NOW = new Date('2026-06-01T00:00:00Z');
export const later = (hours: number): Date => new Date(NOW.getTime() + hours * 3_600_000);

export const refusal = (finding: string) => expect.objectContaining({ constructor: SlsaGateError, finding });

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'slsa-gate-test-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function serve(listener: RequestListener): Promise<LocalServer> {
  const server = await startServer(listener);
  cleanups.push(() => server.close());
  return server;
}

export const trustedRootNamed = (mark: string): string =>
  JSON.stringify({ mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1', mark });

export interface Scene {
  readonly repository: TestRepository;
  readonly server: LocalServer;
  readonly store: TufStore;
  readonly http: HttpClient;
  /** Everything below the cache directory, by path and digest. */
  cache(): Readonly<Record<string, string>>;
  update(now?: Date): Promise<TrustRootInfo>;
}

/**
 * A repository on loopback, a package whose only root is the repository's first one, and an empty cache.
 *
 * @param intercept answers in place of the repository when it returns true
 */
export async function createScene(
  intercept?: (path: string, response: Parameters<RequestListener>[1]) => boolean,
): Promise<Scene> {
  const repository = new TestRepository(trustedRootNamed('first'));
  const server = await serve((request, response) => {
    const path = (request.url ?? '').slice(1);
    if (intercept?.(path, response)) return;
    const bytes = repository.files.get(path);
    response.statusCode = bytes === undefined ? 404 : 200;
    response.end(bytes ?? 'no such file');
  });
  const packageRoot = temporaryFolder();
  writePackage(packageRoot, repository.root);
  const http = createHttpClient({ listedHosts: [server.host], retry: { attempts: 1 } });
  cleanups.push(() => http.close());
  const store: TufStore = { packageRoot, cacheDirectory: join(temporaryFolder(), 'cache') };
  return {
    repository,
    server,
    store,
    http,
    cache: () => digestsBelow(store.cacheDirectory),
    update: async (now = NOW) => {
      const outcomes = await updateTrustRoots({
        ...store,
        http,
        now,
        names: ['public-good'],
        mirrors: { 'public-good': server.origin },
      });
      return rootOf(outcomes);
    },
  };
}

function rootOf([outcome]: readonly TrustOutcome[]): TrustRootInfo {
  if (outcome === undefined) throw new Error('no outcome');
  if ('error' in outcome) throw outcome.error;
  return outcome.root;
}

export function writePackage(packageRoot: string, seed: Uint8Array): void {
  const folder = join(packageRoot, 'testdata', 'trust', 'public-good');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'root.json'), seed);
  writeFileSync(join(folder, 'trusted_root.json'), trustedRootNamed('embedded'));
  const dates = { roots: { 'public-good': { currentAt: '2026-01-01T00:00:00Z' } } };
  writeFileSync(join(folder, '..', 'embedded.json'), JSON.stringify(dates));
}

export function digestsBelow(folder: string): Record<string, string> {
  const digests: Record<string, string> = {};
  if (!existsSync(folder)) return digests;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    if (statSync(path).isFile())
      digests[name] = createHash('sha256').update(readFileSync(path)).digest('hex');
  }
  return digests;
}
