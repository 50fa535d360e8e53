import type { EvidenceStore, EvidenceTransaction, EvidenceWrite } from '../../../core/evidence-ports.ts';
import { type PostgresLocation, parsePostgresUrl } from '../../../core/model/postgres-location.ts';
import { refuse } from '../../../errors.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { PostgresReader } from './reader.ts';
import { type Session, Sessions } from './session.ts';
import { PostgresTransaction } from './transaction.ts';

export interface PostgresStoreOptions {
  /** `postgres://user@host:5432/database`; see `parsePostgresUrl`. A password comes from PGPASSWORD or a password file. */
  readonly url: string;
  /** How long a transaction waits for those of others. */
  readonly lockTimeoutMs?: number;
}

const LOCK_TIMEOUT_MS = 30_000;

class PostgresStore extends PostgresReader implements EvidenceStore {
  readonly #location: PostgresLocation;
  readonly #lockTimeoutMs: number;
  readonly #reading: Sessions;
  readonly #writing: Sessions;
  /** Ends when the last transaction of this store has; those of others are waited for by the lock. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ url, lockTimeoutMs = LOCK_TIMEOUT_MS }: PostgresStoreOptions) {
    const location = parsePostgresUrl(url);
    const reading = new Sessions(location, 'evidence.unreadable');
    super(location.name, location.schema, () => reading.current());
    this.#location = location;
    this.#lockTimeoutMs = lockTimeoutMs;
    this.#reading = reading;
    this.#writing = new Sessions(location, 'evidence.unwritable');
  }

  create(first: EvidenceWrite): Promise<void> {
    return this.#locked(async (transaction, session) => {
      const { schema } = this.#location;
      if (await session.isStore())
        refuse('evidence.exists', `there is a log in ${this.name} already`, {
          hint: 'A log is never made anew over an old one; name another schema or database.',
        });
      await session.execute(
        [
          `CREATE SCHEMA IF NOT EXISTS ${schema}`,
          `SET LOCAL search_path = ${schema}`,
          `CREATE TABLE migrations (version integer PRIMARY KEY, name text NOT NULL)`,
          ...MIGRATIONS.flatMap(({ version, name, sql }) => [
            sql,
            `INSERT INTO migrations (version, name) VALUES (${version}, '${name}')`,
          ]),
        ].join(';\n'),
      );
      await transaction.add(first);
    });
  }

  transact<T>(work: (transaction: EvidenceTransaction) => Promise<T>): Promise<T> {
    return this.#locked(async (transaction, session) => {
      if (!(await session.isStore())) refuse('evidence.rollback', `there is no evidence log in ${this.name}`);
      return work(transaction);
    });
  }

  async close(): Promise<void> {
    await this.#turn;
    await Promise.all([this.#reading.close(), this.#writing.close()]);
  }

  /** One transaction after the other, in all processes: a lock that its end gives back, however it ends. */
  #locked<T>(work: (transaction: EvidenceTransaction, session: Session) => Promise<T>): Promise<T> {
    const done = this.#turn.then(async () => {
      const { schema, name } = this.#location;
      const session = await this.#writing.current();
      try {
        // What is read after the lock must be what the one before has committed, hence `READ COMMITTED`.
        await session.execute(
          `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
           SET LOCAL synchronous_commit = on;
           SET LOCAL lock_timeout = ${this.#lockTimeoutMs};
           SELECT pg_advisory_xact_lock(hashtextextended('slsa-gate evidence ${schema}', 0))`,
        );
        await session.assertDurable();
        const result = await work(new PostgresTransaction(name, schema, session), session);
        // A transaction in which something failed is rolled back by COMMIT, without an error.
        if ((await session.execute('COMMIT')) !== 'COMMIT')
          refuse('evidence.unwritable', `${name} rolled the transaction back`);
        return result;
      } catch (error) {
        await session.execute('ROLLBACK').catch(() => session.close());
        throw error;
      }
    });
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

/**
 * The shared store: a PostgreSQL database, for any number of writers. Nothing is connected or made before it is used.
 *
 * @throws SlsaGateError `evidence.config`
 */
export const createPostgresStore = (options: PostgresStoreOptions): EvidenceStore =>
  new PostgresStore(options);
