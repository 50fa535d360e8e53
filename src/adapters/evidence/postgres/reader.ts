import type { EvidenceReader } from '../../../core/evidence-ports.ts';
import type { RecordFilter, Sha256Hex, StoredRecord } from '../../../core/model/evidence.ts';
import { COLUMNS, type Row } from '../columns.ts';
import { toRecord, toWhere } from './rows.ts';
import type { Session } from './session.ts';
import { Together } from './together.ts';

const BATCH = 1000;
const TILE_WIDTH = 256;

/** Reads; a database in which nothing was made yet is an empty store. */
export class PostgresReader implements EvidenceReader {
  readonly name: string;
  readonly #schema: string;
  readonly #session: () => Promise<Session>;
  readonly #requests: Together<Sha256Hex, StoredRecord>;
  readonly #decisions: Together<readonly [requestKey: Sha256Hex, decisionDigest: Sha256Hex], StoredRecord>;

  constructor(name: string, schema: string, session: () => Promise<Session>) {
    this.name = name;
    this.#schema = schema;
    this.#session = session;
    this.#requests = new Together(async (keys) => {
      // `seq + 0`: by its bare order, all records would be gone through for each key.
      const rows = await this.#all(
        `SELECT newest.* FROM unnest($1::text[]) AS wanted (rk) CROSS JOIN LATERAL (
           SELECT ${COLUMNS} FROM ${schema}.records WHERE request_key = rk ORDER BY seq + 0 DESC LIMIT 1) AS newest`,
        keys,
      );
      const found = new Map(rows.map((row) => [row.request_key, row]));
      return keys.map((key) => orUndefined(found.get(key)));
    });
    this.#decisions = new Together(async (questions) => {
      const rows = await this.#all(
        `SELECT ${COLUMNS} FROM ${schema}.records JOIN unnest($1::text[], $2::text[]) AS wanted (rk, dd)
         ON request_key = rk AND decision_digest = dd`,
        questions.map(([key]) => key),
        questions.map(([, digest]) => digest),
      );
      const keyOf = (key: unknown, digest: unknown): string => `${String(key)} ${String(digest)}`;
      const found = new Map(rows.map((row) => [keyOf(row.request_key, row.decision_digest), row]));
      return questions.map((question) => orUndefined(found.get(keyOf(...question))));
    });
  }

  async checkpoint(): Promise<string | undefined> {
    const [row] = await this.#all(`SELECT note FROM ${this.#schema}.checkpoints ORDER BY size DESC LIMIT 1`);
    return row?.note as string | undefined;
  }

  async *checkpoints(fromSize: number): AsyncIterable<{ readonly size: number; readonly note: string }> {
    const sql = `SELECT size, note FROM ${this.#schema}.checkpoints WHERE size >= $1 ORDER BY size LIMIT ${BATCH}`;
    for (let from = fromSize; ; ) {
      const rows = await this.#all(sql, from);
      for (const { size, note } of rows) yield { size: size as number, note: note as string };
      if (rows.length < BATCH) return;
      from = (rows.at(-1)?.size as number) + 1;
    }
  }

  async tile(level: number, index: number): Promise<Buffer | undefined> {
    const start = index * TILE_WIDTH;
    const rows =
      level === 0
        ? await this.#all(
            `SELECT string_agg(leaf_hash, ''::bytea ORDER BY seq) AS hashes FROM ${this.#schema}.records
             WHERE seq >= $1 AND seq < $2`,
            start,
            start + TILE_WIDTH,
          )
        : await this.#all(
            `SELECT string_agg(hash, ''::bytea ORDER BY position) AS hashes FROM ${this.#schema}.hashes
             WHERE level = $1 AND position >= $2 AND position < $3`,
            level,
            start,
            start + TILE_WIDTH,
          );
    return (rows[0]?.hashes as Buffer | null | undefined) ?? undefined;
  }

  async record(recordId: string): Promise<StoredRecord | undefined> {
    return this.#record('WHERE record_id = $1', recordId);
  }

  async recordAt(seq: number): Promise<StoredRecord | undefined> {
    return this.#record('WHERE seq = $1', seq);
  }

  recordOfRequest(requestKey: Sha256Hex): Promise<StoredRecord | undefined> {
    return this.#requests.ask(requestKey);
  }

  recordOfDecision(requestKey: Sha256Hex, decisionDigest: Sha256Hex): Promise<StoredRecord | undefined> {
    return this.#decisions.ask([requestKey, decisionDigest]);
  }

  async list(filter: RecordFilter, limit: number): Promise<readonly StoredRecord[]> {
    const { where, values } = toWhere(filter);
    const sql = `SELECT ${COLUMNS} FROM ${this.#schema}.records ${where} ORDER BY seq DESC LIMIT $${values.length + 1}`;
    return (await this.#all(sql, ...values, limit)).map(toRecord);
  }

  async *records(fromSeq: number): AsyncIterable<readonly StoredRecord[]> {
    const sql = `SELECT ${COLUMNS} FROM ${this.#schema}.records WHERE seq >= $1 ORDER BY seq LIMIT ${BATCH}`;
    for (let from = fromSeq; ; ) {
      const records = (await this.#all(sql, from)).map(toRecord);
      if (records.length > 0) yield records;
      if (records.length < BATCH) return;
      from = (records.at(-1)?.seq as number) + 1;
    }
  }

  async payload(digest: Sha256Hex): Promise<Buffer | undefined> {
    const [row] = await this.#all(`SELECT bytes FROM ${this.#schema}.payloads WHERE digest = $1`, digest);
    return row?.bytes as Buffer | undefined;
  }

  async *payloadDigests(): AsyncIterable<readonly Sha256Hex[]> {
    const sql = `SELECT digest FROM ${this.#schema}.payloads WHERE digest > $1 ORDER BY digest LIMIT ${BATCH}`;
    for (let after = ''; ; ) {
      const digests = (await this.#all(sql, after)).map(({ digest }) => digest as Sha256Hex);
      if (digests.length > 0) yield digests;
      if (digests.length < BATCH) return;
      after = digests.at(-1) as string;
    }
  }

  async #record(condition: string, value: string | number): Promise<StoredRecord | undefined> {
    const [row] = await this.#all(`SELECT ${COLUMNS} FROM ${this.#schema}.records ${condition}`, value);
    return orUndefined(row);
  }

  async #all(sql: string, ...values: readonly unknown[]): Promise<readonly Row[]> {
    const session = await this.#session();
    try {
      return await ask(session, sql, values);
    } catch (error) {
      // It may have ended since it was used last. Outside of a transaction there is another one.
      const next = session.isOver ? await this.#session() : session;
      if (next === session) throw error;
      return ask(next, sql, values);
    }
  }
}

async function ask(session: Session, sql: string, values: readonly unknown[]): Promise<readonly Row[]> {
  return (await session.isStore()) ? (await session.query(sql, values)).rows : [];
}

const orUndefined = (row: Row | undefined): StoredRecord | undefined =>
  row === undefined ? undefined : toRecord(row);
