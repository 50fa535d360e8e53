import { describe, expect, it } from 'vitest';
import { TreeEdge } from '../../../../src/core/log/edge.ts';
import { isConsistent, isIncluded, leafHash } from '../../../../src/core/log/merkle.ts';
import { tilesOf } from '../../../../src/core/log/tile.ts';
import { encodeEntries, entriesPath, tilePath } from '../../../../src/core/log/tile-paths.ts';
import {
  consistencyFromTiles,
  inclusionFromTiles,
  type ReadTile,
  rootFromTiles,
} from '../../../../src/core/log/tiles.ts';

const SIZE = 70_000;
const LEAVES = Array.from({ length: SIZE }, (_, index) => leafHash(Buffer.from(`${index}`)));

/** Tiles and roots of a tree that grows leaf by leaf. */
const tiles = new Map<string, Buffer>();
const roots: Buffer[] = [];
let edge = TreeEdge.empty();
for (const [index, leaf] of LEAVES.entries()) {
  edge.append(leaf);
  roots[index + 1] = edge.rootHash();
  if (edge.size % 1000 !== 0 && edge.size !== SIZE) continue;
  for (const tile of edge.grown()) tiles.set(`${tile.level}/${tile.index}`, tile.hashes);
  edge = edge.copy();
}
const readTile: ReadTile = async (level, index) => {
  const tile = tiles.get(`${level}/${index}`);
  if (tile === undefined) throw new Error(`no tile ${level}/${index}`);
  return tile;
};
const treeOf = (size: number) => ({ size, rootHash: roots[size] as Buffer });

describe('tiles', () => {
  it('are those that the specification counts', () => {
    const places = [...tilesOf(SIZE)];
    expect(places.filter(({ level, width }) => level === 0 && width === 256)).toHaveLength(273);
    expect(places.slice(273)).toEqual([
      { level: 0, index: 273, width: 112 },
      { level: 1, index: 0, width: 256 },
      { level: 1, index: 1, width: 17 },
      { level: 2, index: 0, width: 1 },
    ]);
    expect([...tilesOf(256)]).toEqual([
      { level: 0, index: 0, width: 256 },
      { level: 1, index: 0, width: 1 },
    ]);
    expect([...tilesOf(0)]).toEqual([]);
    expect(places.map(({ level, index, width }) => [`${level}/${index}`, width * 32])).toEqual(
      [...tiles].map(([key, hashes]) => [key, hashes.length]).sort(byPlace),
    );
  });

  it.each([1, 2, 255, 256, 257, 65_535, 65_536, 65_537, SIZE])(
    'lead to the root of %s leaves',
    async (size) => {
      expect(await rootFromTiles(size, readTile)).toEqual(roots[size]);
    },
  );

  it('give proofs that hold, for leaves at every kind of place', async () => {
    for (const size of [1, 2, 256, 257, 512, 65_536, 65_537, SIZE]) {
      for (const index of [0, 1, 255, 256, 511, 65_535, 65_536, size - 1].filter((at) => at < size)) {
        const hashes = await inclusionFromTiles(index, size, readTile);
        expect([index, isIncluded(index, LEAVES[index] as Buffer, hashes, treeOf(size))]).toEqual([
          index,
          true,
        ]);
      }
    }
  });

  it('give proofs that one tree continues another', async () => {
    for (const second of [1, 2, 256, 257, 65_536, 65_537, SIZE]) {
      for (const first of [1, 2, 3, 255, 256, 257, 65_535, 65_536, second].filter((at) => at <= second)) {
        const hashes = await consistencyFromTiles(first, second, readTile);
        expect([first, second, isConsistent(treeOf(first), treeOf(second), hashes)]).toEqual([
          first,
          second,
          true,
        ]);
      }
    }
  });

  it('let an edge go on where it was left', async () => {
    for (const size of [1, 255, 256, 257, 65_535, 65_536]) {
      const loaded = await TreeEdge.load(size, readTile);
      expect(loaded.rootHash()).toEqual(roots[size]);
      for (let index = size; index < size + 300; index++) loaded.append(LEAVES[index] as Buffer);
      expect(loaded.rootHash()).toEqual(roots[size + 300]);
      const { length } = loaded.inclusion(size);
      expect(length).toBeGreaterThan(0);
      for (const index of [size, size + 299])
        expect(isIncluded(index, LEAVES[index] as Buffer, loaded.inclusion(index), treeOf(size + 300))).toBe(
          true,
        );
    }
  });

  it('do not let a copy of an edge change the edge', () => {
    const first = TreeEdge.empty();
    first.append(LEAVES[0] as Buffer);
    const second = first.copy();
    second.append(LEAVES[1] as Buffer);
    expect([first.size, first.rootHash()]).toEqual([1, roots[1]]);
    expect([second.size, second.rootHash()]).toEqual([2, roots[2]]);
    first.append(LEAVES[1] as Buffer);
    expect(first.rootHash()).toEqual(roots[2]);
  });

  it('that are shorter than the tree are refused', async () => {
    const short: ReadTile = async (level, index) => (await readTile(level, index)).subarray(0, 32);
    const broken: ReadTile = async (level, index) => (await readTile(level, index)).subarray(1);
    for (const read of [short, broken]) {
      await expect(rootFromTiles(300, read)).rejects.toMatchObject({ finding: 'evidence.tampered' });
      await expect(inclusionFromTiles(7, 300, read)).rejects.toMatchObject({ finding: 'evidence.tampered' });
      await expect(TreeEdge.load(300, read)).rejects.toMatchObject({ finding: 'evidence.tampered' });
    }
  });

  it('prove nothing about trees and leaves that there are none of', async () => {
    await expect(rootFromTiles(0, readTile)).rejects.toThrow(RangeError);
    await expect(async () => inclusionFromTiles(5, 5, readTile)).rejects.toThrow(RangeError);
    await expect(async () => inclusionFromTiles(-1, 5, readTile)).rejects.toThrow(RangeError);
    await expect(async () => consistencyFromTiles(0, 5, readTile)).rejects.toThrow(RangeError);
    await expect(async () => consistencyFromTiles(6, 5, readTile)).rejects.toThrow(RangeError);
  });
});

const byPlace = ([a = '']: readonly (string | number)[], [b = '']: readonly (string | number)[]): number => {
  const [aLevel = 0, aIndex = 0] = `${a}`.split('/').map(Number);
  const [bLevel = 0, bIndex = 0] = `${b}`.split('/').map(Number);
  return aLevel - bLevel || aIndex - bIndex;
};

describe('paths of tiles', () => {
  it.each([
    [{ level: 0, index: 1_234_067, width: 256 }, 'tile/0/x001/x234/067'],
    [{ level: 1, index: 0, width: 17 }, 'tile/1/000.p/17'],
    [{ level: 0, index: 273, width: 112 }, 'tile/0/273.p/112'],
    [{ level: 2, index: 1000, width: 256 }, 'tile/2/x001/000'],
  ])('are written as the specification has them: %o', (place, path) => {
    expect(tilePath(place)).toBe(path);
  });

  it('name bundles of entries alike', () => {
    expect(entriesPath(1_234_067, 256)).toBe('tile/entries/x001/x234/067');
    expect(entriesPath(1234, 8)).toBe('tile/entries/x001/234.p/8');
  });

  it('lead to entries after their lengths', () => {
    expect(encodeEntries(['ab', '', '\u00fc'])).toEqual(
      Buffer.from([0, 2, 0x61, 0x62, 0, 0, 0, 2, 0xc3, 0xbc]),
    );
  });
});
