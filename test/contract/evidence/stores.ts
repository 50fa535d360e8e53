import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryDatabase, createMemoryStore } from '../../../src/adapters/evidence/memory/index.ts';
import { createPostgresStore } from '../../../src/adapters/evidence/postgres/index.ts';
import { createSqliteStore } from '../../../src/adapters/evidence/sqlite/index.ts';
import type { EvidenceStore } from '../../../src/core/evidence-ports.ts';
import { startPostgres, type TestPostgres } from '../../stack/postgres.ts';

/** One place in which a log may lie; every `open` gives another handle on it, as another process has. */
export interface Place {
  open(): EvidenceStore;
}

/** A kind of store, with as many places as a test wants. */
export interface StoreKind {
  readonly name: 'memory' | 'sqlite' | 'postgres';
  start(): Promise<void>;
  place(): Place;
  stop(): Promise<void>;
}

/** Handles that were opened, to be closed at the end. */
function keepingHandles(open: () => EvidenceStore, handles: EvidenceStore[]): Place {
  return {
    open: () => {
      const store = open();
      handles.push(store);
      return store;
    },
  };
}

export function storeKinds(): readonly StoreKind[] {
  const handles: EvidenceStore[] = [];
  const closeAll = async (): Promise<void> => {
    for (const handle of handles.splice(0)) await handle.close();
  };
  let folder = '';
  let files = 0;
  let server: TestPostgres | undefined;
  return [
    {
      name: 'memory',
      start: async () => {},
      place: () => {
        const database = createMemoryDatabase();
        return keepingHandles(() => createMemoryStore(database), handles);
      },
      stop: closeAll,
    },
    {
      name: 'sqlite',
      start: async () => {
        folder = mkdtempSync(join(tmpdir(), 'slsa-gate-sqlite-'));
      },
      place: () => {
        const path = join(folder, `evidence-${files++}.db`);
        return keepingHandles(() => createSqliteStore({ path }), handles);
      },
      stop: async () => {
        await closeAll();
        rmSync(folder, { recursive: true, force: true });
      },
    },
    {
      name: 'postgres',
      start: async () => {
        server = await startPostgres();
      },
      place: () => {
        if (server === undefined) throw new TypeError('not started');
        const url = server.url({ schema: server.freshSchema() });
        return keepingHandles(() => createPostgresStore({ url }), handles);
      },
      stop: async () => {
        await closeAll();
        await server?.stop();
      },
    },
  ];
}
