import { nodeHash } from './merkle.ts';
import { completeNodes, consistencyRanges, inclusionRanges, type Range } from './ranges.ts';
import { loadTile, type MemoryTile, nodeOf, type TilePlace, tileOf } from './tile.ts';

/** Reads a tile; it may hold more hashes than a tree of the size in question has. */
export type ReadTile = (level: number, index: number) => Promise<Buffer>;

/**
 * Hashes over ranges of leaves, each from the complete nodes that it is made of.
 *
 * @throws SlsaGateError `evidence.tampered` when a tile is shorter than the tree
 */
async function hashRanges(ranges: readonly Range[], readTile: ReadTile): Promise<Buffer[]> {
  const parts = ranges.map(completeNodes);
  const widths = new Map<string, TilePlace>();
  for (const place of parts.flat().map(tileOf)) {
    const key = keyOf(place);
    if ((widths.get(key)?.width ?? 0) < place.width) widths.set(key, place);
  }
  const tiles = new Map<string, MemoryTile>();
  const read = async (place: TilePlace): Promise<void> => {
    tiles.set(keyOf(place), loadTile(place, await readTile(place.level, place.index)));
  };
  await Promise.all([...widths.values()].map(read));
  return parts.map((nodes) =>
    nodes
      .map((node) => nodeOf(tiles.get(keyOf(tileOf(node))) as MemoryTile, node))
      .reduceRight((right, left) => nodeHash(left, right)),
  );
}

const keyOf = ({ level, index }: TilePlace): string => `${level}/${index}`;

/** Root of the tree of the first `size` leaves; `size` is at least 1. */
export async function rootFromTiles(size: number, readTile: ReadTile): Promise<Buffer> {
  const [root] = await hashRanges([[0, assertSize(size)]], readTile);
  return root as Buffer;
}

/** Hash of one leaf, as the bottom row of tiles has it. */
export async function leafHashFromTiles(index: number, readTile: ReadTile): Promise<Buffer> {
  const [leaf] = await hashRanges([[index, index + 1]], readTile);
  return leaf as Buffer;
}

/** Siblings of a leaf in the tree of the first `size` leaves, from the leaf up. */
export function inclusionFromTiles(index: number, size: number, readTile: ReadTile): Promise<Buffer[]> {
  if (!Number.isSafeInteger(index) || index < 0 || index >= assertSize(size))
    throw new RangeError(`no leaf ${index} of ${size}`);
  return hashRanges(inclusionRanges(index, size), readTile);
}

/** Proof that the tree of `second` leaves begins with the tree of `first` leaves; empty for a tree and itself. */
export function consistencyFromTiles(first: number, second: number, readTile: ReadTile): Promise<Buffer[]> {
  if (assertSize(first) > assertSize(second)) throw new RangeError(`${first} leaves are more than ${second}`);
  return hashRanges(first === second ? [] : consistencyRanges(first, second), readTile);
}

function assertSize(size: number): number {
  if (!Number.isSafeInteger(size) || size < 1) throw new RangeError(`no tree has ${size} leaves to prove`);
  return size;
}
