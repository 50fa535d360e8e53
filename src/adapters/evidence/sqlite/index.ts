import { setTimeout as sleep } from 'node:timers/promises';
import type { EvidenceStore, EvidenceTransaction, EvidenceWrite } from '../../../core/evidence-ports.ts';
import { refuse } from '../../../errors.ts';
import { Connection } from './connection.ts';
import { createFile } from './create.ts';
import { isBusy, refuseStore } from './errors.ts';
import { SqliteReader } from './reader.ts';
import { SqliteTransaction } from './transaction.ts';

export interface SqliteStoreOptions {
  /** Absolute, or relative to the working directory. */
  readonly path: string;
  /** Printable name; `sqlite:` and the path when absent. */
  readonly name?: string;
  /** How long a transaction waits for those of other processes. */
  readonly busyTimeoutMs?: number;
}

const BUSY_TIMEOUT_MS = 30_000;
const LONGEST_PAUSE_MS = 16;

class SqliteStore extends SqliteReader implements EvidenceStore {
  readonly #path: string;
  readonly #busyTimeoutMs: number;
  readonly #connections: { reader: Connection | undefined; writer: Connection | undefined };
  /** Ends when the last transaction of this store has; those of others are waited for by SQLite's lock. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ path, name = `sqlite:${path}`, busyTimeoutMs = BUSY_TIMEOUT_MS }: SqliteStoreOptions) {
    const connections = { reader: undefined, writer: undefined } as {
      reader: Connection | undefined;
      writer: Connection | undefined;
    };
    super(name, () => {
      connections.reader = current(connections.reader, path, true);
      return connections.reader;
    });
    this.#path = path;
    this.#busyTimeoutMs = busyTimeoutMs;
    this.#connections = connections;
  }

  create(first: EvidenceWrite): Promise<void> {
    return this.#next(() => createFile(this.#path, this.name, first));
  }

  transact<T>(work: (transaction: EvidenceTransaction) => Promise<T>): Promise<T> {
    return this.#next(async () => {
      const connection = await this.#begin();
      try {
        const result = await work(new SqliteTransaction(this.name, connection));
        this.#commit(connection);
        return result;
      } catch (error) {
        this.#rollBack(connection);
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    await this.#turn;
    const { reader, writer } = this.#connections;
    this.#connections.reader = undefined;
    this.#connections.writer = undefined;
    // The last one to close empties the write-ahead log, which a reader may not.
    reader?.close();
    writer?.close();
  }

  /** Waits without holding up the process: the transaction that it waits for may be one of its own. */
  async #begin(): Promise<Connection> {
    const end = performance.now() + this.#busyTimeoutMs;
    for (let pause = 1; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        const connection = current(this.#connections.writer, this.#path, false);
        this.#connections.writer = connection;
        if (connection === undefined)
          return refuse('evidence.rollback', `there is no evidence log in ${this.name}`);
        connection.database.exec('BEGIN IMMEDIATE');
        return this.#checked(connection);
      } catch (error) {
        if (!isBusy(error) || performance.now() > end)
          return refuseStore(error, this.name, 'evidence.unwritable');
        await sleep(pause * (0.5 + Math.random()));
      }
    }
  }

  #checked(connection: Connection): Connection {
    try {
      if (!connection.isStore(this.name))
        refuse('evidence.rollback', `there is no evidence log in ${this.name}`);
      return connection;
    } catch (error) {
      this.#rollBack(connection);
      throw error;
    }
  }

  #commit(connection: Connection): void {
    try {
      connection.database.exec('COMMIT');
    } catch (error) {
      refuseStore(error, this.name, 'evidence.unwritable');
    }
  }

  /** Where even that fails, the connection is given up, which undoes what it began. */
  #rollBack(connection: Connection): void {
    try {
      if (connection.database.isTransaction) connection.database.exec('ROLLBACK');
    } catch {
      this.#connections.writer = undefined;
      connection.close();
    }
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

/** The connection, as long as the file at the path is the one that it has open. */
function current(
  connection: Connection | undefined,
  path: string,
  isReadOnly: boolean,
): Connection | undefined {
  if (connection?.isOf(path)) return connection;
  connection?.close();
  return Connection.open(path, isReadOnly);
}

/**
 * The embedded store: one SQLite file on a local disk, in WAL mode with full sync. Any number of processes may use it, one
 * of them writes at a time. Nothing is opened or made before it is used.
 */
export const createSqliteStore = (options: SqliteStoreOptions): EvidenceStore => new SqliteStore(options);
