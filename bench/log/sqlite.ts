import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Connection } from '../../src/adapters/evidence/sqlite/connection.ts';
import { createSqliteStore } from '../../src/adapters/evidence/sqlite/index.ts';
import { toParameters } from '../../src/adapters/evidence/sqlite/rows.ts';
import { INSERT_PAYLOAD, INSERT_RECORD } from '../../src/adapters/evidence/sqlite/transaction.ts';
import { openFilePin } from '../../src/adapters/evidence-pins/file/index.ts';
import { createEvidenceLog } from '../../src/app/evidence/create-log.ts';
import type { Figure } from '../report.ts';
import { compareAppends, measureAppends, type RawCompetitor } from './appends.ts';
import { appendAll, logOptions } from './kit.ts';
import type { Row } from './workload.ts';

const SHARE = 0.5;

/** A store whose tables are there, and rows that go past the log: same file format, same settings, same statements. */
async function openRaw(path: string): Promise<RawCompetitor & { close(): void }> {
  const store = createSqliteStore({ path });
  await createEvidenceLog(logOptions(store));
  await store.close();
  const connection = Connection.open(path, false);
  if (connection === undefined) throw new Error(`no file at ${path}`);
  const record = connection.prepare(INSERT_RECORD);
  const payload = connection.prepare(INSERT_PAYLOAD);
  return {
    async insert(groups) {
      for (const rows of groups) {
        connection.database.exec('BEGIN IMMEDIATE');
        for (const row of rows) {
          record.run(...toParameters(row.record));
          for (const { digest, bytes } of row.payloads) payload.run(digest, bytes);
        }
        connection.database.exec('COMMIT');
      }
    },
    close: () => connection.close(),
  };
}

/** One table without any index, in one column the bytes of a whole record: what no log could search. */
function openPlain(path: string): RawCompetitor & { close(): void } {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  database.exec(
    'CREATE TABLE rows (seq INTEGER PRIMARY KEY, leaf TEXT NOT NULL, bytes BLOB NOT NULL) STRICT',
  );
  const insert = database.prepare('INSERT INTO rows (leaf, bytes) VALUES (?, ?)');
  const bytesOf = ({ payloads }: Row): Buffer => Buffer.concat(payloads.map(({ bytes }) => bytes));
  return {
    async insert(groups) {
      for (const rows of groups) {
        database.exec('BEGIN IMMEDIATE');
        for (const row of rows) insert.run(row.record.leaf, bytesOf(row));
        database.exec('COMMIT');
      }
    },
    close: () => database.close(),
  };
}

/** Appends to the embedded store: beside raw inserts, beside one plain table, and with a file as the pin. */
export async function measureSqlite(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'slsa-gate-bench-'));
  try {
    const store = createSqliteStore({ path: join(folder, 'log.db') });
    const log = await createEvidenceLog(logOptions(store));
    const raw = await openRaw(join(folder, 'raw.db'));
    const append = (entries: Parameters<typeof appendAll>[1]) => appendAll(log, entries);
    const figures = [...(await compareAppends('', { append }, raw, SHARE))];
    raw.close();
    await store.close();

    const other = createSqliteStore({ path: join(folder, 'other.db') });
    const otherLog = await createEvidenceLog(logOptions(other));
    const plain = openPlain(join(folder, 'plain.db'));
    const beside = await compareAppends(
      'plain.',
      { append: (entries) => appendAll(otherLog, entries) },
      plain,
      0,
    );
    plain.close();
    await other.close();
    figures.push(...beside.slice(1).map(({ wanted: _, ...figure }) => figure));

    const pinned = createSqliteStore({ path: join(folder, 'pinned.db') });
    const pin = openFilePin(join(folder, 'pin.txt'), folder);
    const pinnedLog = await createEvidenceLog(logOptions(pinned, pin));
    figures.push(
      await measureAppends('appendsPerSecondWithFilePin', {
        append: (entries) => appendAll(pinnedLog, entries),
      }),
    );
    await pinned.close();
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
