import type { EvidenceReader } from '../../../core/evidence-ports.ts';
import type { RecordFilter, Sha256Hex, StoredRecord } from '../../../core/model/evidence.ts';
import { COLUMNS, type Row } from '../columns.ts';
import type { Connection } from './connection.ts';
import { refuseStore } from './errors.ts';
import { toRecord, toWhere } from './rows.ts';

type Value = string | number;

const BATCH = 1000;

/** Reads on one connection; a file that is not there, or in which nothing was made yet, is an empty store. */
export class SqliteReader implements EvidenceReader {
  readonly name: string;
  readonly #connection: () => Connection | undefined;

  constructor(name: string, connection: () => Connection | undefined) {
    this.name = name;
    this.#connection = connection;
  }

  async checkpoint(): Promise<string | undefined> {
    return this.#get('SELECT note FROM checkpoints ORDER BY size DESC LIMIT 1')?.note as string | undefined;
  }

  async *checkpoints(fromSize: number): AsyncIterable<{ readonly size: number; readonly note: string }> {
    const sql = `SELECT size, note FROM checkpoints WHERE size >= ? ORDER BY size LIMIT ${BATCH}`;
    for (let from = fromSize; ; ) {
      const rows = this.#all(sql, from);
      for (const { size, note } of rows) yield { size: size as number, note: note as string };
      if (rows.length < BATCH) return;
      from = (rows.at(-1)?.size as number) + 1;
    }
  }

  async tile(level: number, index: number): Promise<Buffer | undefined> {
    return toBuffer(this.#get('SELECT hashes FROM tiles WHERE level = ? AND idx = ?', level, index)?.hashes);
  }

  async record(recordId: string): Promise<StoredRecord | undefined> {
    return this.#record('WHERE record_id = ?', recordId);
  }

  async recordAt(seq: number): Promise<StoredRecord | undefined> {
    return this.#record('WHERE seq = ?', seq);
  }

  async recordOfRequest(requestKey: Sha256Hex): Promise<StoredRecord | undefined> {
    return this.#record('WHERE request_key = ? ORDER BY seq DESC LIMIT 1', requestKey);
  }

  async recordOfDecision(
    requestKey: Sha256Hex,
    decisionDigest: Sha256Hex,
  ): Promise<StoredRecord | undefined> {
    return this.#record('WHERE request_key = ? AND decision_digest = ?', requestKey, decisionDigest);
  }

  async list(filter: RecordFilter, limit: number): Promise<readonly StoredRecord[]> {
    const { where, values } = toWhere(filter);
    const sql = `SELECT ${COLUMNS} FROM records ${where} ORDER BY seq DESC LIMIT ?`;
    return this.#all(sql, ...values, limit).map(toRecord);
  }

  async *records(fromSeq: number): AsyncIterable<readonly StoredRecord[]> {
    const sql = `SELECT ${COLUMNS} FROM records WHERE seq >= ? ORDER BY seq LIMIT ${BATCH}`;
    for (let from = fromSeq; ; ) {
      const records = this.#all(sql, from).map(toRecord);
      if (records.length > 0) yield records;
      if (records.length < BATCH) return;
      from = (records.at(-1)?.seq as number) + 1;
    }
  }

  async payload(digest: Sha256Hex): Promise<Buffer | undefined> {
    return toBuffer(this.#get('SELECT bytes FROM payloads WHERE digest = ?', digest)?.bytes);
  }

  async *payloadDigests(): AsyncIterable<readonly Sha256Hex[]> {
    const sql = `SELECT digest FROM payloads WHERE digest > ? ORDER BY digest LIMIT ${BATCH}`;
    for (let after = ''; ; ) {
      const digests = this.#all(sql, after).map(({ digest }) => digest as Sha256Hex);
      if (digests.length > 0) yield digests;
      if (digests.length < BATCH) return;
      after = digests.at(-1) as string;
    }
  }

  #record(condition: string, ...values: readonly Value[]): StoredRecord | undefined {
    const row = this.#get(`SELECT ${COLUMNS} FROM records ${condition}`, ...values);
    return row === undefined ? undefined : toRecord(row);
  }

  #get(sql: string, ...values: readonly Value[]): Row | undefined {
    return this.#read((connection) => connection.prepare(sql).get(...values));
  }

  #all(sql: string, ...values: readonly Value[]): readonly Row[] {
    return this.#read((connection) => connection.prepare(sql).all(...values)) ?? [];
  }

  #read<T>(work: (connection: Connection) => T): T | undefined {
    try {
      const connection = this.#connection();
      return connection?.isStore(this.name) ? work(connection) : undefined;
    } catch (error) {
      return refuseStore(error, this.name, 'evidence.unreadable');
    }
  }
}

/** The bytes as SQLite gave them, without a copy. */
function toBuffer(bytes: unknown): Buffer | undefined {
  if (!(bytes instanceof Uint8Array)) return undefined;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
