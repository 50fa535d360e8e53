import { completeNodes, type Range } from '../log/ranges.ts';
import { MemoryTile, nodeOf, TILE_WIDTH, type TilePlace, tileOf } from '../log/tile.ts';
import { HASH_BYTES, nodeHash } from '../verify/merkle.ts';
import { refuseUnproven } from './standing.ts';

/** Bytes of a tile that was read; undefined where it was not. */
export type TileBytes = (place: TilePlace) => Uint8Array | undefined;

const keyOf = ({ level, index }: Pick<TilePlace, 'level' | 'index'>): string => `${level}/${index}`;

/** The tile as a tree of this size has it: full, or as wide as the tree has hashes for it. */
function inTree({ level, index }: TilePlace, size: number): TilePlace {
  const hashes = Math.floor(size / TILE_WIDTH ** level);
  return { level, index, width: Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH) };
}

/** Every tile that hashes over these ranges of leaves need, as a tree of this size has it. */
export function tilesFor(ranges: readonly Range[], size: number): readonly TilePlace[] {
  const places = ranges.flatMap(completeNodes).map((node) => inTree(tileOf(node), size));
  return [...new Map(places.map((place) => [keyOf(place), place])).values()];
}

/**
 * A hash over each range of leaves, from tiles.
 *
 * @throws SlsaGateError `source.malformed-response` where a tile is not there, or is not as wide as the tree has it
 */
export function hashRanges(ranges: readonly Range[], size: number, bytesOf: TileBytes): readonly Buffer[] {
  const tiles = new Map<string, MemoryTile>();
  const tileAt = (place: TilePlace): MemoryTile => {
    const known = tiles.get(keyOf(place));
    if (known !== undefined) return known;
    const { level, index, width } = inTree(place, size);
    const bytes = bytesOf({ level, index, width });
    if (bytes === undefined || bytes.length < width * HASH_BYTES || bytes.length % HASH_BYTES !== 0)
      return refuseUnproven(`tile ${index} of level ${level} is not as wide as its tree`);
    const tile = new MemoryTile(level, index, Buffer.from(bytes.subarray(0, width * HASH_BYTES)));
    tiles.set(keyOf(place), tile);
    return tile;
  };
  return ranges.map((range) =>
    completeNodes(range)
      .map((node) => nodeOf(tileAt(tileOf(node)), node))
      .reduceRight((right, left) => nodeHash(left, right)),
  );
}
