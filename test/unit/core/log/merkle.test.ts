import { describe, expect, it } from 'vitest';
import { TreeEdge } from '../../../../src/core/log/edge.ts';
import { isConsistent, isIncluded, leafHash, nodeHash } from '../../../../src/core/log/merkle.ts';
import { inclusionPath, treeRoot } from '../../../kit/merkle.ts';

/** Leaves and roots of the trees of one to eight leaves that implementations of RFC 6962 test with. */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => leafHash(Buffer.from(hex, 'hex')));
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const treeOf = (size: number) => ({ size, rootHash: treeRoot(LEAVES.slice(0, size)) });

describe('a growing tree', () => {
  it('has the roots that are known', () => {
    const edge = TreeEdge.empty();
    const roots = LEAVES.map((leaf) => {
      edge.append(leaf);
      return edge.rootHash().toString('hex');
    });
    expect(roots).toEqual(ROOTS);
  });
});

describe('a proof of inclusion', () => {
  it('holds for its leaf, and for no other', () => {
    const hashes = inclusionPath(5, LEAVES);
    expect(isIncluded(5, LEAVES[5] as Buffer, hashes, treeOf(8))).toBe(true);
    expect(isIncluded(4, LEAVES[5] as Buffer, hashes, treeOf(8))).toBe(false);
    expect(isIncluded(5, LEAVES[4] as Buffer, hashes, treeOf(8))).toBe(false);
  });

  it('EVL-05 does not take a node for a leaf', () => {
    const [a, b, c, d] = LEAVES as [Buffer, Buffer, Buffer, Buffer];
    const tree = treeOf(4);
    // The node over the first two leaves has the place of a leaf in a tree of two.
    expect(isIncluded(0, nodeHash(a, b), [nodeHash(c, d)], { ...tree, size: 2 })).toBe(true);
    const asLeaf = leafHash(Buffer.concat([a, b]));
    expect(isIncluded(0, asLeaf, [nodeHash(c, d)], { ...tree, size: 2 })).toBe(false);
    expect(asLeaf).not.toEqual(nodeHash(a, b));
  });

  it('EVL-05 refuses siblings that are no hashes', () => {
    const [a, b] = LEAVES as [Buffer, Buffer];
    const tree = treeOf(2);
    expect(isIncluded(0, a, [b], tree)).toBe(true);
    expect(isIncluded(0, a, [Buffer.concat([b, b])], tree)).toBe(false);
    expect(isIncluded(0, a, [b.subarray(0, 31)], tree)).toBe(false);
    expect(isIncluded(0, a, [Buffer.alloc(0)], tree)).toBe(false);
  });

  it.each([-1, 2, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('EVL-05 refuses the index %s', (index) => {
    const [a, b] = LEAVES as [Buffer, Buffer];
    expect(isIncluded(index, a, [b], treeOf(2))).toBe(false);
  });
});

describe('a proof of consistency', () => {
  it('of a tree and itself is empty', () => {
    expect(isConsistent(treeOf(5), treeOf(5), [])).toBe(true);
    expect(isConsistent(treeOf(5), treeOf(5), [LEAVES[0] as Buffer])).toBe(false);
  });

  it('EVL-05 of two trees of one size needs one root', () => {
    const other = { size: 5, rootHash: treeRoot(LEAVES.slice(1, 6)) };
    expect(isConsistent(treeOf(5), other, [])).toBe(false);
    expect(isConsistent(other, treeOf(5), [])).toBe(false);
  });

  it('EVL-05 does not exist for the empty tree, for which every log would do', () => {
    const empty = { size: 0, rootHash: treeRoot([]) };
    for (const hashes of [[], [treeRoot(LEAVES)]]) {
      expect(isConsistent(empty, treeOf(8), hashes)).toBe(false);
      expect(isConsistent(empty, empty, hashes)).toBe(false);
      expect(isConsistent(treeOf(8), empty, hashes)).toBe(false);
    }
  });

  it('EVL-05 does not lead from a larger tree to a smaller one', () => {
    const forward = [nodeHash(LEAVES[2] as Buffer, LEAVES[3] as Buffer)];
    expect(isConsistent(treeOf(2), treeOf(4), forward)).toBe(true);
    expect(isConsistent(treeOf(4), treeOf(2), forward)).toBe(false);
    expect(isConsistent(treeOf(4), treeOf(2), [])).toBe(false);
  });

  it('EVL-05 is not empty for two trees of different sizes', () => {
    expect(isConsistent(treeOf(2), treeOf(4), [])).toBe(false);
    expect(isConsistent(treeOf(2), { ...treeOf(2), size: 4 }, [])).toBe(false);
  });

  it.each([
    [0.5, 4],
    [1.5, 4],
    [-1, 4],
    [Number.NaN, 4],
    [1, Number.POSITIVE_INFINITY],
    [2 ** 60, 2 ** 61],
  ])('EVL-05 refuses the sizes %s and %s', (first, second) => {
    const [rootHash] = LEAVES as [Buffer];
    expect(isConsistent({ size: first, rootHash }, { size: second, rootHash }, [rootHash])).toBe(false);
  });
});
