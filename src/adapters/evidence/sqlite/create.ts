import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { EvidenceWrite } from '../../../core/evidence-ports.ts';
import { refuse } from '../../../errors.ts';
import { Connection } from './connection.ts';
import { refuseStore } from './errors.ts';
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from './schema.ts';
import { SqliteTransaction } from './transaction.ts';

/** What SQLite may leave beside the file. */
const SUFFIXES = ['', '-wal', '-shm', '-journal'];

/**
 * Makes the file, its tables and its first write. A file that is there, whatever it holds, is left alone.
 *
 * @throws SlsaGateError `evidence.exists`, `evidence.unwritable`
 */
export async function createFile(path: string, name: string, first: EvidenceWrite): Promise<void> {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      refuse('evidence.exists', `${name} is there already`, {
        hint: 'A log is never made anew over an old one; name another place, or remove the file if it never held a log.',
      });
    refuseStore(error, name, 'evidence.unwritable');
  }
  let connection: Connection | undefined;
  try {
    connection = Connection.open(path, false);
    if (connection === undefined) return refuse('evidence.unwritable', `${name} vanished while it was made`);
    await fill(connection, name, first);
    connection.close();
    syncFolder(dirname(path));
  } catch (error) {
    connection?.close();
    for (const suffix of SUFFIXES) rmSync(`${path}${suffix}`, { force: true });
    refuseStore(error, name, 'evidence.unwritable');
  }
}

async function fill(connection: Connection, name: string, first: EvidenceWrite): Promise<void> {
  const { database } = connection;
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('BEGIN IMMEDIATE');
  for (const statement of SCHEMA) database.exec(statement);
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
  await new SqliteTransaction(name, connection).add(first);
  database.exec('COMMIT');
}

/** The name of a new file is durable only when its folder is. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
