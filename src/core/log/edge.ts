import type { Tile } from '../model/evidence.ts';
import { nodeHash } from './merkle.ts';
import { type CompleteNode, completeNodes, inclusionRanges, type Range } from './ranges.ts';
import { loadTile, MemoryTile, nodeOf, TILE_HEIGHT, TILE_WIDTH, tileOf } from './tile.ts';
import type { ReadTile } from './tiles.ts';

/**
 * The right edge of a tree: the tiles that its next leaves go into. Leaves are appended in memory; the tiles that have
 * grown since it was loaded or copied, and proofs for the leaves that came since then, need no reading.
 */
export class TreeEdge {
  #size: number;
  /** The growing tile of each level, if any of its hashes are there. */
  readonly #open: (MemoryTile | undefined)[];
  readonly #filled: MemoryTile[] = [];
  readonly #grown = new Set<MemoryTile>();
  /** Hashes over the incomplete right end of the tree, by where they start; valid for one size. */
  readonly #ends = new Map<number, Buffer>();

  private constructor(size: number, open: (MemoryTile | undefined)[]) {
    this.#size = size;
    this.#open = open;
  }

  static empty(): TreeEdge {
    return new TreeEdge(0, []);
  }

  /** @throws SlsaGateError `evidence.tampered` for a short tile; whether the root is the signed one, the caller compares */
  static async load(size: number, readTile: ReadTile): Promise<TreeEdge> {
    const open: (MemoryTile | undefined)[] = [];
    for (let level = 0, hashes = size; hashes > 0; level++, hashes = Math.floor(hashes / TILE_WIDTH)) {
      const width = hashes % TILE_WIDTH;
      if (width === 0) {
        open.push(undefined);
        continue;
      }
      const index = Math.floor(hashes / TILE_WIDTH);
      open.push(loadTile({ level, index, width }, await readTile(level, index)));
    }
    return new TreeEdge(size, open);
  }

  /** Another edge of the same tree; what is appended to one does not show in the other. */
  copy(): TreeEdge {
    return new TreeEdge(
      this.#size,
      this.#open.map((tile) => tile?.copy()),
    );
  }

  get size(): number {
    return this.#size;
  }

  append(leafHash: Buffer): void {
    this.#ends.clear();
    this.#push(0, this.#size, leafHash);
    this.#size++;
  }

  #push(level: number, position: number, hash: Buffer): void {
    const index = Math.floor(position / TILE_WIDTH);
    const open = this.#open[level];
    const tile = open ?? new MemoryTile(level, index);
    tile.push(hash);
    this.#grown.add(tile);
    if (tile.width < TILE_WIDTH) {
      this.#open[level] = tile;
      return;
    }
    this.#open[level] = undefined;
    this.#filled.push(tile);
    this.#push(level + 1, index, tile.node(TILE_HEIGHT, 0));
  }

  /** Root of the tree, which must have a leaf. */
  rootHash(): Buffer {
    return this.#hashOf([0, this.#size]);
  }

  /** Siblings of a leaf that was appended here, in the tree as it is now. */
  inclusion(index: number): Buffer[] {
    return inclusionRanges(index, this.#size).map((range) => this.#hashOf(range));
  }

  /** Tiles that are new or have grown. */
  grown(): Tile[] {
    return [...this.#grown].map(toTile);
  }

  /** Tiles that are not full yet. */
  open(): Tile[] {
    return this.#open.flatMap((tile) => (tile === undefined ? [] : [toTile(tile)]));
  }

  #hashOf(range: Range): Buffer {
    const [start, end] = range;
    const isOpenEnd = end === this.#size;
    const known = isOpenEnd ? this.#ends.get(start) : undefined;
    if (known !== undefined) return known;
    const hash = completeNodes(range)
      .map((node) => this.#node(node))
      .reduceRight((right, left) => nodeHash(left, right));
    if (isOpenEnd) this.#ends.set(start, hash);
    return hash;
  }

  #node(node: CompleteNode): Buffer {
    const place = tileOf(node);
    const open = this.#open[place.level];
    const tile =
      open?.index === place.index
        ? open
        : this.#filled.findLast(({ level, index }) => level === place.level && index === place.index);
    if (tile === undefined)
      throw new RangeError(`tile ${place.index} of level ${place.level} is not at the edge`);
    return nodeOf(tile, node);
  }
}

const toTile = (tile: MemoryTile): Tile => ({ level: tile.level, index: tile.index, hashes: tile.bytes() });
