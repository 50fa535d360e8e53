import type { Payload, StoredRecord, Tile } from '../../../core/model/evidence.ts';
import { COLUMNS } from '../columns.ts';

/** A statement and its parameters: one statement for all rows of a transaction. */
export type Insert = readonly [sql: string, values: readonly unknown[]];

const HASH_BYTES = 32;
const TILE_WIDTH = 256;

export const insertRecords = (
  schema: string,
  records: readonly StoredRecord[],
  leafHash: (seq: number) => Buffer,
): Insert => {
  const column = (value: (record: StoredRecord) => unknown): unknown[] => records.map(value);
  return [
    `INSERT INTO ${schema}.records (${COLUMNS}, leaf_hash)
     SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
       $8::text[], $9::text[], $10::text[], $11::text[], $12::jsonb[], $13::text[], $14::bytea[])`,
    [
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
      column(({ seq }) => leafHash(seq)),
    ],
  ];
};

/** Those that are there already stay as they are. */
export const insertPayloads = (schema: string, payloads: readonly Payload[]): Insert => [
  `INSERT INTO ${schema}.payloads (digest, bytes) SELECT * FROM unnest($1::text[], $2::bytea[])
   ON CONFLICT (digest) DO NOTHING`,
  [payloads.map(({ digest }) => digest), payloads.map(({ bytes }) => Buffer.from(bytes))],
];

/** Hashes above the lowest level that a tree of `sizeBefore` leaves did not have. */
export const insertHashes = (schema: string, tiles: readonly Tile[], sizeBefore: number): Insert => {
  const hashes = tiles.filter(({ level }) => level > 0).flatMap((tile) => newHashes(tile, sizeBefore));
  return [
    `INSERT INTO ${schema}.hashes (level, position, hash)
     SELECT * FROM unnest($1::integer[], $2::bigint[], $3::bytea[])`,
    [
      hashes.map(({ level }) => level),
      hashes.map(({ position }) => position),
      hashes.map(({ hash }) => hash),
    ],
  ];
};

export const insertCheckpoint = (
  schema: string,
  { size, note }: { readonly size: number; readonly note: string },
): Insert => [`INSERT INTO ${schema}.checkpoints (size, note) VALUES ($1, $2)`, [size, note]];

/** Hashes of tiles of one level by their position. */
export class HashesOf {
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
