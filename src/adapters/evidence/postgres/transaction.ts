import type { EvidenceTransaction, EvidenceWrite } from '../../../core/evidence-ports.ts';
import type { Sha256Hex, StoredRecord, Tile } from '../../../core/model/evidence.ts';
import { PostgresReader } from './reader.ts';
import { COLUMNS } from './rows.ts';
import type { Session } from './session.ts';

const HASH_BYTES = 32;
const TILE_WIDTH = 256;

/** Between BEGIN and COMMIT of one session, alone with the lock. */
export class PostgresTransaction extends PostgresReader implements EvidenceTransaction {
  readonly #schema: string;
  readonly #session: Session;

  constructor(name: string, schema: string, session: Session) {
    // Never another session: what is asked there would stand outside of the transaction.
    super(name, schema, async () => session);
    this.#schema = schema;
    this.#session = session;
  }

  async add({ records, payloads, tiles, checkpoint }: EvidenceWrite): Promise<void> {
    const leafHashes = new HashesOf(tiles.filter(({ level }) => level === 0));
    const sizeBefore = checkpoint.size - records.length;
    const hashes = tiles.filter(({ level }) => level > 0).flatMap((tile) => newHashes(tile, sizeBefore));
    // Sent in one go, answered in order; what comes after a failure fails too.
    const answers = await Promise.allSettled([
      this.#session.query(insertRecords(this.#schema), recordColumns(records, leafHashes)),
      payloads.length > 0 &&
        this.#session.query(
          `INSERT INTO ${this.#schema}.payloads (digest, bytes) SELECT * FROM unnest($1::text[], $2::bytea[])
           ON CONFLICT (digest) DO NOTHING`,
          [payloads.map(({ digest }) => digest), payloads.map(({ bytes }) => Buffer.from(bytes))],
        ),
      hashes.length > 0 &&
        this.#session.query(
          `INSERT INTO ${this.#schema}.hashes (level, position, hash)
           SELECT * FROM unnest($1::integer[], $2::bigint[], $3::bytea[])`,
          [
            hashes.map(({ level }) => level),
            hashes.map(({ position }) => position),
            hashes.map(({ hash }) => hash),
          ],
        ),
      this.#session.query(`INSERT INTO ${this.#schema}.checkpoints (size, note) VALUES ($1, $2)`, [
        checkpoint.size,
        checkpoint.note,
      ]),
    ]);
    const failed = answers.find((answer) => answer.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async dropPayloads(digests: readonly Sha256Hex[]): Promise<void> {
    await this.#session.query(`SELECT set_config('slsa_gate.may_drop', 'on', true)`);
    await this.#session.query(`DELETE FROM ${this.#schema}.payloads WHERE digest = ANY($1::text[])`, [
      digests,
    ]);
    await this.#session.query(`SELECT set_config('slsa_gate.may_drop', 'off', true)`);
  }
}

const insertRecords = (schema: string): string =>
  `INSERT INTO ${schema}.records (${COLUMNS}, leaf_hash)
   SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
     $9::text[], $10::text[], $11::text[], $12::jsonb[], $13::text[], $14::bytea[])`;

/** One list for each column. */
function recordColumns(records: readonly StoredRecord[], leafHashes: HashesOf): unknown[] {
  const column = (value: (record: StoredRecord) => unknown): unknown[] => records.map(value);
  return [
    column(({ seq }) => seq),
    column(({ recordId }) => recordId),
    column(({ type }) => type),
    column(({ leaf }) => leaf),
    column(({ recordDigest }) => recordDigest),
    column(({ vsaDigest }) => vsaDigest),
    column(({ requestKey }) => requestKey),
    column(({ decisionDigest }) => decisionDigest),
    column(({ artifactDigest }) => artifactDigest),
    column(({ environment }) => environment),
    column(({ verdict }) => verdict),
    column(({ codes }) => JSON.stringify(codes)),
    column(({ appendTime }) => appendTime),
    column(({ seq }) => leafHashes.at(seq)),
  ];
}

/** Hashes of tiles of one level by their position. */
class HashesOf {
  readonly #tiles: ReadonlyMap<number, Buffer>;

  constructor(tiles: readonly Tile[]) {
    this.#tiles = new Map(tiles.map(({ index, hashes }) => [index, hashes]));
  }

  at(position: number): Buffer {
    const start = (position % TILE_WIDTH) * HASH_BYTES;
    const hash = this.#tiles.get(Math.floor(position / TILE_WIDTH))?.subarray(start, start + HASH_BYTES);
    if (hash?.length !== HASH_BYTES) throw new TypeError(`no tile has the hash of leaf ${position}`);
    return hash;
  }
}

/** The hashes of a tile that a tree of `sizeBefore` leaves did not have. */
function newHashes(
  { level, index, hashes }: Tile,
  sizeBefore: number,
): { readonly level: number; readonly position: number; readonly hash: Buffer }[] {
  const first = index * TILE_WIDTH;
  const known = Math.max(first, Math.floor(sizeBefore / TILE_WIDTH ** level));
  const end = first + hashes.length / HASH_BYTES;
  return Array.from({ length: Math.max(0, end - known) }, (_, at) => {
    const position = known + at;
    const start = (position - first) * HASH_BYTES;
    return { level, position, hash: hashes.subarray(start, start + HASH_BYTES) };
  });
}
