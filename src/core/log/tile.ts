import { refuse } from '../../errors.ts';
import { HASH_BYTES, nodeHash } from './merkle.ts';
import type { CompleteNode } from './ranges.ts';

/** Height and width of a tile (C2SP tlog-tiles): each level of tiles spans eight levels of the tree. */
export const TILE_HEIGHT = 8;
export const TILE_WIDTH = 2 ** TILE_HEIGHT;

/** Where a tile stands, and how many hashes it has. */
export interface TilePlace {
  readonly level: number;
  readonly index: number;
  readonly width: number;
}

/** The tile that holds a complete node, in its bottom row or above. */
export function tileOf({ height, index }: CompleteNode): TilePlace {
  const level = Math.floor(height / TILE_HEIGHT);
  const across = 2 ** (height % TILE_HEIGHT);
  const perTile = TILE_WIDTH / across;
  return {
    level,
    index: Math.floor(index / perTile),
    width: ((index % perTile) + 1) * across,
  };
}

/** Every tile that a tree of this size has, level by level. */
export function* tilesOf(size: number): Generator<TilePlace> {
  for (let level = 0, hashes = size; hashes > 0; level++, hashes = Math.floor(hashes / TILE_WIDTH)) {
    const full = Math.floor(hashes / TILE_WIDTH);
    for (let index = 0; index < full; index++) yield { level, index, width: TILE_WIDTH };
    const width = hashes % TILE_WIDTH;
    if (width > 0) yield { level, index: full, width };
  }
}

/** A tile in memory, with the nodes above its hashes; those are made once, when they are asked for. */
export class MemoryTile {
  readonly level: number;
  readonly index: number;
  /** Row `r` holds nodes over 2^r hashes of the tile. */
  #rows: Buffer[][] = Array.from({ length: TILE_HEIGHT + 1 }, () => []);

  constructor(level: number, index: number, hashes: Buffer = Buffer.alloc(0)) {
    this.level = level;
    this.index = index;
    for (let at = 0; at < hashes.length; at += HASH_BYTES) this.push(hashes.subarray(at, at + HASH_BYTES));
  }

  copy(): MemoryTile {
    const copy = new MemoryTile(this.level, this.index);
    copy.#rows = this.#rows.map((row) => row.slice());
    return copy;
  }

  get width(): number {
    return this.#row(0).length;
  }

  push(hash: Buffer): void {
    this.#row(0).push(hash);
  }

  /** The `index`-th node over 2^row hashes; all of these must be there. */
  node(row: number, index: number): Buffer {
    const known = this.#row(row)[index];
    if (known !== undefined) return known;
    if (row === 0) throw new RangeError(`no hash ${index} in a tile of ${this.width}`);
    const made = nodeHash(this.node(row - 1, 2 * index), this.node(row - 1, 2 * index + 1));
    this.#row(row)[index] = made;
    return made;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#row(0));
  }

  #row(row: number): Buffer[] {
    const found = this.#rows[row];
    if (found === undefined) throw new RangeError(`a tile has no row ${row}`);
    return found;
  }
}

/**
 * The hashes that a tree has in a tile; what is read may have grown since.
 *
 * @throws SlsaGateError `evidence.tampered` when it is shorter than the tree
 */
export function loadTile({ level, index, width }: TilePlace, bytes: Buffer): MemoryTile {
  if (bytes.length < width * HASH_BYTES || bytes.length % HASH_BYTES !== 0) {
    refuse('evidence.tampered', `tile ${index} of level ${level} is shorter than its tree`, {
      expected: `${width} hashes`,
      actual: `${bytes.length} bytes`,
    });
  }
  return new MemoryTile(level, index, bytes.subarray(0, width * HASH_BYTES));
}

/** A node out of the tile that holds it. */
export function nodeOf(tile: MemoryTile, { height, index }: CompleteNode): Buffer {
  const row = height % TILE_HEIGHT;
  return tile.node(row, index % (TILE_WIDTH / 2 ** row));
}
