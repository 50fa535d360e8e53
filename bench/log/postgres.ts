import { createPostgresStore } from '../../src/adapters/evidence/postgres/index.ts';
import { insertPayloads, insertRecords } from '../../src/adapters/evidence/postgres/inserts.ts';
import { Session } from '../../src/adapters/evidence/postgres/session.ts';
import { createEvidenceLog } from '../../src/app/evidence/create-log.ts';
import { leafHash } from '../../src/core/log/merkle.ts';
import { parsePostgresUrl } from '../../src/core/model/postgres-location.ts';
import { startPostgres, type TestPostgres } from '../../test/stack/postgres.ts';
import type { Figure, Report } from '../report.ts';
import { compareAppends, type RawCompetitor } from './appends.ts';
import { appendAll, logOptions } from './kit.ts';

/** At least a third. */
const SHARE = 0.334;

/**
 * Rows that go past the log: same tables, same statements (one for all records of a transaction, one for all payloads),
 * sent together. Nothing is asked before and no hash is made but that of the leaf.
 */
async function openRaw(url: string): Promise<RawCompetitor & { close(): Promise<void> }> {
  const store = createPostgresStore({ url });
  await createEvidenceLog(logOptions(store));
  await store.close();
  const location = parsePostgresUrl(url);
  const session = await Session.open(location, 'evidence.unwritable');
  return {
    async insert(groups) {
      for (const rows of groups) {
        const records = rows.map(({ record }) => record);
        const hashes = new Map(records.map(({ seq, leaf }) => [seq, leafHash(Buffer.from(leaf))]));
        await Promise.all([
          session.execute('BEGIN'),
          session.query(...insertRecords(location.schema, records, (seq) => hashes.get(seq) as Buffer)),
          session.query(
            ...insertPayloads(
              location.schema,
              rows.flatMap(({ payloads }) => payloads),
            ),
          ),
          session.execute('COMMIT'),
        ]);
      }
    },
    close: () => session.close(),
  };
}

/** Appends to the shared store beside raw inserts; a server is started for it, with the settings that it comes with. */
export async function measurePostgres(): Promise<Pick<Report, 'figures' | 'notes'>> {
  let server: TestPostgres;
  try {
    server = await startPostgres();
  } catch (error) {
    return { figures: [], notes: [`PostgreSQL cannot be started, so it has no figures: ${String(error)}`] };
  }
  try {
    const store = createPostgresStore({ url: server.url({ schema: server.freshSchema() }) });
    const log = await createEvidenceLog(logOptions(store));
    const raw = await openRaw(server.url({ schema: server.freshSchema() }));
    const append = (entries: Parameters<typeof appendAll>[1]) => appendAll(log, entries);
    const figures: readonly Figure[] = await compareAppends('postgres.', { append }, raw, SHARE);
    await raw.close();
    await store.close();
    return { figures, notes: [] };
  } finally {
    await server.stop();
  }
}
