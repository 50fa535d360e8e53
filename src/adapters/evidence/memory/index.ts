import type {
  EvidenceReader,
  EvidenceStore,
  EvidenceTransaction,
  EvidenceWrite,
} from '../../../core/evidence-ports.ts';
import type { Sha256Hex, StoredRecord } from '../../../core/model/evidence.ts';
import { matchesFilter } from '../../../core/model/record-filter.ts';
import { refuse } from '../../../errors.ts';

/** Rows as they stand: by value, so that a test can alter any of them. */
export interface MemoryRows {
  records: StoredRecord[];
  readonly payloads: Map<Sha256Hex, Buffer>;
  /** By `level/index`. */
  readonly tiles: Map<string, Buffer>;
  checkpoints: { readonly size: number; readonly note: string }[];
}

/** What several stores share, as several processes share one file. */
export interface MemoryDatabase {
  rows: MemoryRows | undefined;
  /** Ends when the last transaction has. */
  turn: Promise<unknown>;
}

export const createMemoryDatabase = (): MemoryDatabase => ({ rows: undefined, turn: Promise.resolve() });

const EMPTY: MemoryRows = { records: [], payloads: new Map(), tiles: new Map(), checkpoints: [] };
const BATCH = 1000;

export const copyRows = ({ records, payloads, tiles, checkpoints }: MemoryRows): MemoryRows => ({
  records: [...records],
  payloads: new Map(payloads),
  tiles: new Map(tiles),
  checkpoints: [...checkpoints],
});

const keyOf = (level: number, index: number): string => `${level}/${index}`;

class MemoryReader implements EvidenceReader {
  readonly #rows: () => MemoryRows;

  constructor(rows: () => MemoryRows) {
    this.#rows = rows;
  }

  async checkpoint(): Promise<string | undefined> {
    return this.#rows().checkpoints.reduce<{ size: number; note?: string }>(
      (newest, checkpoint) => (checkpoint.size > newest.size ? checkpoint : newest),
      { size: -1 },
    ).note;
  }

  async *checkpoints(fromSize: number): AsyncIterable<{ readonly size: number; readonly note: string }> {
    yield* this.#rows()
      .checkpoints.filter(({ size }) => size >= fromSize)
      .sort((a, b) => a.size - b.size);
  }

  async tile(level: number, index: number): Promise<Buffer | undefined> {
    return this.#rows().tiles.get(keyOf(level, index));
  }

  async record(recordId: string): Promise<StoredRecord | undefined> {
    return this.#rows().records.find((record) => record.recordId === recordId);
  }

  async recordAt(seq: number): Promise<StoredRecord | undefined> {
    return this.#rows().records.find((record) => record.seq === seq);
  }

  async recordOfRequest(requestKey: Sha256Hex): Promise<StoredRecord | undefined> {
    return this.#newest((record) => record.requestKey === requestKey)[0];
  }

  async recordOfDecision(
    requestKey: Sha256Hex,
    decisionDigest: Sha256Hex,
  ): Promise<StoredRecord | undefined> {
    return this.#newest(
      (record) => record.requestKey === requestKey && record.decisionDigest === decisionDigest,
    )[0];
  }

  async list(filter: Parameters<EvidenceReader['list']>[0], limit: number): Promise<readonly StoredRecord[]> {
    return this.#newest((record) => matchesFilter(record, filter)).slice(0, limit);
  }

  async *records(fromSeq: number): AsyncIterable<readonly StoredRecord[]> {
    const rows = this.#rows()
      .records.filter(({ seq }) => seq >= fromSeq)
      .sort((a, b) => a.seq - b.seq);
    for (let at = 0; at < rows.length; at += BATCH) yield rows.slice(at, at + BATCH);
  }

  async payload(digest: Sha256Hex): Promise<Buffer | undefined> {
    return this.#rows().payloads.get(digest);
  }

  async *payloadDigests(): AsyncIterable<readonly Sha256Hex[]> {
    const digests = [...this.#rows().payloads.keys()].sort();
    for (let at = 0; at < digests.length; at += BATCH) yield digests.slice(at, at + BATCH);
  }

  #newest(isWanted: (record: StoredRecord) => boolean): StoredRecord[] {
    return this.#rows()
      .records.filter(isWanted)
      .sort((a, b) => b.seq - a.seq);
  }
}

class MemoryTransaction extends MemoryReader implements EvidenceTransaction {
  readonly #rows: MemoryRows;

  constructor(rows: MemoryRows) {
    super(() => rows);
    this.#rows = rows;
  }

  async add({ records, payloads, tiles, checkpoint }: EvidenceWrite): Promise<void> {
    const rows = this.#rows;
    for (const record of records) {
      const isTaken = rows.records.some(
        ({ seq, recordId, requestKey, decisionDigest }) =>
          seq === record.seq ||
          recordId === record.recordId ||
          (requestKey !== null &&
            requestKey === record.requestKey &&
            decisionDigest === record.decisionDigest),
      );
      if (isTaken) taken('a record', record.seq);
      rows.records.push(record);
    }
    for (const { digest, bytes } of payloads)
      if (!rows.payloads.has(digest)) rows.payloads.set(digest, Buffer.from(bytes));
    for (const { level, index, hashes } of tiles) {
      const key = keyOf(level, index);
      const known = rows.tiles.get(key);
      if (known !== undefined && !hashes.subarray(0, known.length).equals(known)) taken('a tile', index);
      rows.tiles.set(key, Buffer.from(hashes));
    }
    if (rows.checkpoints.some(({ size }) => size === checkpoint.size)) taken('a checkpoint', checkpoint.size);
    rows.checkpoints.push(checkpoint);
  }

  async dropPayloads(digests: readonly Sha256Hex[]): Promise<void> {
    for (const digest of digests) this.#rows.payloads.delete(digest);
  }
}

const taken = (what: string, seq: number): never =>
  refuse('evidence.tampered', `${what} stands already where the log wants to write`, { details: { seq } });

class MemoryStore extends MemoryReader implements EvidenceStore {
  readonly name = 'memory:';
  readonly #database: MemoryDatabase;

  constructor(database: MemoryDatabase) {
    super(() => database.rows ?? EMPTY);
    this.#database = database;
  }

  create(first: EvidenceWrite): Promise<void> {
    return this.#next(async () => {
      if (this.#database.rows !== undefined) refuse('evidence.exists', 'there is a log already');
      const rows = copyRows(EMPTY);
      await new MemoryTransaction(rows).add(first);
      this.#database.rows = rows;
    });
  }

  transact<T>(work: (transaction: EvidenceTransaction) => Promise<T>): Promise<T> {
    return this.#next(async () => {
      if (this.#database.rows === undefined) refuse('evidence.rollback', 'there is no log in memory');
      const rows = copyRows(this.#database.rows);
      const result = await work(new MemoryTransaction(rows));
      this.#database.rows = rows;
      return result;
    });
  }

  async close(): Promise<void> {}

  #next<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#database.turn.then(work);
    this.#database.turn = done.catch(() => undefined);
    return done;
  }
}

/** Nothing of it outlives the process: for tests, and for readers of an exported pack. */
export const createMemoryStore = (database: MemoryDatabase = createMemoryDatabase()): EvidenceStore =>
  new MemoryStore(database);
