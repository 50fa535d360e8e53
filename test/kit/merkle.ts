import { sha256 } from './keys.ts';

/**
 * The Merkle tree of RFC 6962, section 2.1, written from its recursive definitions and nothing cleverer, so that it can
 * serve as the reference in property tests. Costs O(n) hashes a call: keep trees below some thousand leaves, and use
 * `foldPath` for bigger ones.
 */

/** Hash of one leaf: SHA-256(0x00 || leaf). */
export function leafHash(leaf: Uint8Array): Buffer {
  return sha256(Buffer.of(0), leaf);
}

/** Hash of an inner node: SHA-256(0x01 || left || right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256(Buffer.of(1), left, right);
}

/** MTH(D[n]) over leaf hashes. The empty tree has the hash of nothing. */
export function treeRoot(leafHashes: readonly Buffer[]): Buffer {
  const [only] = leafHashes;
  if (only === undefined) return sha256();
  if (leafHashes.length === 1) return only;
  const split = Number(splitOf(BigInt(leafHashes.length)));
  return nodeHash(treeRoot(leafHashes.slice(0, split)), treeRoot(leafHashes.slice(split)));
}

/** PATH(m, D[n]): the siblings from the leaf up to the root. */
export function inclusionPath(index: number, leafHashes: readonly Buffer[]): Buffer[] {
  if (!(index >= 0 && index < leafHashes.length))
    throw new RangeError(`no leaf ${index} of ${leafHashes.length}`);
  if (leafHashes.length === 1) return [];
  const split = Number(splitOf(BigInt(leafHashes.length)));
  const left = leafHashes.slice(0, split);
  const right = leafHashes.slice(split);
  return index < split
    ? [...inclusionPath(index, left), treeRoot(right)]
    : [...inclusionPath(index - split, right), treeRoot(left)];
}

/** PROOF(m, D[n]): that the tree of the first `first` leaves is the beginning of the whole one. */
export function consistencyPath(first: number, leafHashes: readonly Buffer[], isComplete = true): Buffer[] {
  if (!(first >= 1 && first <= leafHashes.length))
    throw new RangeError(`no tree of ${first} leaves in one of ${leafHashes.length}`);
  if (first === leafHashes.length) return isComplete ? [] : [treeRoot(leafHashes)];
  const split = Number(splitOf(BigInt(leafHashes.length)));
  const left = leafHashes.slice(0, split);
  const right = leafHashes.slice(split);
  return first <= split
    ? [...consistencyPath(first, left, isComplete), treeRoot(right)]
    : [...consistencyPath(first - split, right, false), treeRoot(left)];
}

/**
 * A proof in a tree of any size, up to 2^64 and beyond, whose other leaves nobody has: `sibling` invents the subtree
 * hashes. The root is the right one for exactly this leaf, index, size and path.
 */
export function foldPath(
  leaf: Buffer,
  index: bigint,
  size: bigint,
  sibling: (level: number) => Buffer = (level) => sha256(Buffer.from(`sibling ${level}`)),
): { root: Buffer; hashes: Buffer[] } {
  if (!(index >= 0n && index < size)) throw new RangeError(`no leaf ${index} of ${size}`);
  if (size === 1n) return { root: leaf, hashes: [] };
  const split = splitOf(size);
  const inner =
    index < split
      ? foldPath(leaf, index, split, sibling)
      : foldPath(leaf, index - split, size - split, sibling);
  const other = sibling(inner.hashes.length);
  const root = index < split ? nodeHash(inner.root, other) : nodeHash(other, inner.root);
  return { root, hashes: [...inner.hashes, other] };
}

/** The largest power of two smaller than n. */
function splitOf(n: bigint): bigint {
  let split = 1n;
  while (split * 2n < n) split *= 2n;
  return split;
}
