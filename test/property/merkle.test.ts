import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leafHash, rootFromInclusionProof } from '../../src/core/verify/merkle.ts';
import { foldPath, inclusionPath, treeRoot } from '../kit/merkle.ts';
import { holds } from './settings.ts';

/** I11: the verifier agrees with the recursive definitions of RFC 6962, and with nothing else. */

const SIZE = 300;
const LEAVES = Array.from({ length: SIZE }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)));

/** MTH and PATH of RFC 6962 section 2.1 over the first leaves, each subtree hashed once. */
const known = new Map<number, Buffer>();
function subtree(start: number, end: number): Buffer {
  const key = start * 1000 + end;
  const there = known.get(key);
  if (there !== undefined) return there;
  const split = start + splitOf(end - start);
  const hash =
    end - start === 1
      ? (LEAVES[start] ?? Buffer.alloc(0))
      : createHash('sha256')
          .update('\u0001')
          .update(subtree(start, split))
          .update(subtree(split, end))
          .digest();
  known.set(key, hash);
  return hash;
}
function path(index: number, start: number, end: number): Buffer[] {
  if (end - start === 1) return [];
  const split = start + splitOf(end - start);
  return index < split
    ? [...path(index, start, split), subtree(split, end)]
    : [...path(index, split, end), subtree(start, split)];
}
const splitOf = (n: number): number => 2 ** Math.ceil(Math.log2(n) - 1);

const rootOf = (index: number, size: number, leaf: Buffer, hashes: readonly Buffer[]): string | undefined =>
  rootFromInclusionProof(BigInt(index), BigInt(size), leaf, hashes)?.toString('hex');
const flipped = (hash: Buffer, bit: number): Buffer => {
  const copy = Buffer.from(hash);
  const byte = (bit >> 3) % copy.length;
  copy[byte] = (copy[byte] ?? 0) ^ (1 << (bit & 7));
  return copy;
};

describe('I11 inclusion proofs', () => {
  it(`lead to the root for every leaf of every tree up to ${SIZE} leaves`, () => {
    let proofs = 0;
    const wrong: string[] = [];
    for (let size = 1; size <= SIZE; size++) {
      const root = subtree(0, size).toString('hex');
      for (let index = 0; index < size; index++) {
        proofs++;
        if (rootOf(index, size, LEAVES[index] ?? Buffer.alloc(0), path(index, 0, size)) !== root)
          wrong.push(`${index} of ${size}`);
      }
    }
    expect(proofs).toBe((SIZE * (SIZE + 1)) / 2);
    expect(wrong).toEqual([]);
  });

  it('agree with the reference of the kit', () => {
    for (const size of [1, 2, 3, 7, 8, 9, 31]) {
      const leaves = LEAVES.slice(0, size);
      expect(subtree(0, size)).toEqual(treeRoot(leaves));
      for (let index = 0; index < size; index++)
        expect(path(index, 0, size)).toEqual(inclusionPath(index, leaves));
    }
  });

  const place = fc
    .integer({ min: 1, max: SIZE })
    .chain((size) => fc.tuple(fc.nat({ max: size - 1 }), fc.constant(size)));

  it('with any altered hash or leaf, or for another leaf, lead elsewhere', () => {
    holds(
      fc.property(
        place,
        fc.nat(),
        fc.nat(),
        fc.nat({ max: SIZE - 1 }),
        ([index, size], bit, which, other) => {
          const root = subtree(0, size).toString('hex');
          const leaf = LEAVES[index] ?? Buffer.alloc(0);
          const hashes = path(index, 0, size);
          expect(rootOf(index, size, flipped(leaf, bit), hashes)).not.toBe(root);
          if (other !== index) {
            expect(rootOf(other, size, leaf, hashes)).not.toBe(root);
            expect(rootOf(index, size, LEAVES[other] ?? leaf, hashes)).not.toBe(root);
          }
          if (hashes.length === 0) return;
          const at = which % hashes.length;
          const altered = hashes.map((hash, position) => (position === at ? flipped(hash, bit) : hash));
          expect(rootOf(index, size, leaf, altered)).not.toBe(root);
          expect(rootOf(index, size, leaf, hashes.toSpliced(at, 1))).toBeUndefined();
          expect(rootOf(index, size, leaf, hashes.toSpliced(at, 0, leaf))).toBeUndefined();
        },
      ),
      500,
    );
  });

  const big = fc.bigInt({ min: 1n, max: 1n << 64n });
  const leaf = LEAVES[0] ?? Buffer.alloc(0);

  it('lead to the root in trees of any size', () => {
    holds(
      fc.property(big, fc.bigInt({ min: 0n, max: 1n << 64n }), fc.nat(), (size, number, which) => {
        const index = number % size;
        const { root, hashes } = foldPath(leaf, index, size);
        expect(rootFromInclusionProof(index, size, leaf, hashes)).toEqual(root);
        if (hashes.length === 0) return;
        const at = which % hashes.length;
        const altered = hashes.map((hash, position) => (position === at ? flipped(hash, which) : hash));
        expect(rootFromInclusionProof(index, size, leaf, altered)).not.toEqual(root);
        expect(rootFromInclusionProof(index, size, leaf, hashes.slice(1))).toBeUndefined();
        expect(rootFromInclusionProof(index, size, leaf, [...hashes, leaf])).toBeUndefined();
      }),
      300,
    );
  });

  it('of leaves beyond the tree, or before it, lead nowhere', () => {
    holds(
      fc.property(
        fc.bigInt({ min: 0n, max: 1n << 64n }),
        fc.bigInt({ min: 0n, max: 1n << 64n }),
        (size, more) => {
          const { hashes } = foldPath(leaf, 0n, size + 1n);
          expect(rootFromInclusionProof(size + more, size, leaf, hashes)).toBeUndefined();
          expect(rootFromInclusionProof(-more - 1n, size, leaf, hashes)).toBeUndefined();
        },
      ),
      200,
    );
  });
});
