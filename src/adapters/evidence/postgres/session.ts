import { readFileSync } from 'node:fs';
import pg from 'pg';
import type { Code } from '../../../codes.ts';
import type { PostgresLocation } from '../../../core/model/postgres-location.ts';
import { refuse } from '../../../errors.ts';
import type { Row } from '../columns.ts';
import { endsSession, refuseAnswer } from './errors.ts';
import { SCHEMA_VERSION, TRIGGERS } from './migrations/index.ts';

/** How long connecting may take. */
const CONNECT_TIMEOUT_MS = 10_000;
const BIGINT = 20;

type Failure = Extract<Code, 'evidence.unreadable' | 'evidence.unwritable'>;

/** One session. Queries are sent without waiting for the answers of those before; they are answered in order. */
export class Session {
  readonly #location: PostgresLocation;
  readonly #failure: Failure;
  readonly #client: pg.Client;
  #isOver = false;
  #isChecked = false;

  private constructor(location: PostgresLocation, failure: Failure, client: pg.Client) {
    this.#location = location;
    this.#failure = failure;
    this.#client = client;
    const over = (): void => {
      this.#isOver = true;
    };
    // A session that ends while nobody asks anything is no error yet.
    client.on('error', over);
    client.on('end', over);
  }

  /** @param failure what it means when something goes wrong in it */
  static async open(location: PostgresLocation, failure: Failure): Promise<Session> {
    try {
      const client = new pg.Client({
        ...toClientConfig(location),
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
        application_name: 'slsa-gate',
        types: { getTypeParser },
        keepAlive: true,
        pipeline: true,
      });
      const session = new Session(location, failure, client);
      await client.connect();
      return session;
    } catch (error) {
      return refuseAnswer(error, location.name, failure);
    }
  }

  /** It broke or was closed: what is asked now fails. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * Planned anew each time: a plan that is kept from when the table was small would read all of it later.
   *
   * @throws SlsaGateError `evidence.tampered`, `evidence.unreadable` or `evidence.unwritable`
   */
  async query(sql: string, values: readonly unknown[] = []): Promise<pg.QueryResult<Row>> {
    try {
      return await this.#client.query<Row>({ text: sql, values: [...values] });
    } catch (error) {
      return this.#refuse(error);
    }
  }

  /** Several statements in one text, without parameters. */
  async execute(sql: string): Promise<string> {
    try {
      const result: pg.QueryResult | pg.QueryResult[] = await this.#client.query(sql);
      return (Array.isArray(result) ? result.at(-1) : result)?.command ?? '';
    } catch (error) {
      return this.#refuse(error);
    }
  }

  #refuse(error: unknown): never {
    if (endsSession(error)) this.#isOver = true;
    return refuseAnswer(error, this.#location.name, this.#failure);
  }

  /**
   * Whether there is a store of this version; asked once.
   *
   * @throws SlsaGateError `evidence.schema`, `evidence.tampered` where triggers were changed
   */
  async isStore(): Promise<boolean> {
    if (this.#isChecked) return true;
    const { schema, name } = this.#location;
    const { rows } = await this.query('SELECT to_regclass($1) IS NOT NULL AS exists', [
      `${schema}.migrations`,
    ]);
    if (rows[0]?.exists !== true) return false;
    const [version, triggers] = await Promise.all([
      this.query(`SELECT max(version) AS version FROM ${schema}.migrations`),
      this.query(
        `SELECT t.tgname || CASE t.tgenabled WHEN 'O' THEN '' ELSE ' (off)' END AS trigger
         FROM pg_catalog.pg_trigger t
         JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = $1 AND NOT t.tgisinternal ORDER BY t.tgname COLLATE "C"`,
        [schema],
      ),
    ]);
    const found = version.rows[0]?.version;
    if (found !== SCHEMA_VERSION) {
      refuse('evidence.schema', `${name} has another version than this slsa-gate`, {
        expected: `version ${SCHEMA_VERSION}`,
        actual: `version ${String(found)}`,
      });
    }
    const actual = triggers.rows.map(({ trigger }) => String(trigger)).join(', ');
    if (actual !== TRIGGERS.join(', ')) {
      refuse('evidence.tampered', `the triggers of ${name} were changed`, {
        expected: TRIGGERS.join(', '),
        actual,
      });
    }
    this.#isChecked = true;
    return true;
  }

  /** @throws SlsaGateError `evidence.not-durable` where what is committed is not on disk */
  async assertDurable(): Promise<void> {
    const { rows } = await this.query(`SELECT current_setting('fsync') AS fsync`);
    const fsync = String(rows[0]?.fsync);
    if (fsync === 'on') return;
    refuse('evidence.not-durable', `${this.#location.name} does not sync its disk`, {
      expected: 'fsync = on',
      actual: `fsync = ${fsync}`,
    });
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await this.#client.end().catch(() => undefined);
  }
}

/** Opens a session when one is needed, and another one when that is over. */
export class Sessions {
  readonly #open: () => Promise<Session>;
  #session: Session | undefined;
  #opening: Promise<Session> | undefined;

  constructor(location: PostgresLocation, failure: Failure) {
    this.#open = () => Session.open(location, failure);
  }

  async current(): Promise<Session> {
    if (this.#session !== undefined && !this.#session.isOver) return this.#session;
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    this.#session = await this.#opening;
    return this.#session;
  }

  async close(): Promise<void> {
    await this.#opening?.catch(() => undefined);
    const session = this.#session;
    this.#session = undefined;
    await session?.close();
  }
}

function toClientConfig(location: PostgresLocation): pg.ClientConfig {
  const { host, port, user, database, sslmode, sslrootcert } = location;
  // Node checks certificate and host name unless it is told not to.
  const tls = sslrootcert === undefined ? {} : { ca: readFileSync(sslrootcert, 'utf8') };
  return {
    host,
    port,
    user,
    database,
    ssl: sslmode === 'disable' ? false : { rejectUnauthorized: true, ...tls },
  };
}

/** Positions and sizes as numbers; one beyond those of JavaScript is none of ours. */
function toNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number))
    refuse('evidence.tampered', 'the store has a number that no log writes', { actual: text });
  return number;
}

const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: unknown) =>
  oid === BIGINT && format !== 'binary'
    ? toNumber
    : (pg.types.getTypeParser as (oid: number, format?: unknown) => never)(oid, format);
