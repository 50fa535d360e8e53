import { hash } from 'node:crypto';
import { leafHash, rootFromInclusionProof } from '../verify/merkle.ts';

export { leafHash };

export const HASH_BYTES = 32;

/** Hash of an inner node (RFC 6962 section 2.1): another prefix than a leaf has, so that none can pass for the other. */
export function nodeHash(left: Buffer, right: Buffer): Buffer {
  const node = Buffer.allocUnsafe(1 + 2 * HASH_BYTES);
  node[0] = 1;
  left.copy(node, 1);
  right.copy(node, 1 + HASH_BYTES);
  return hash('sha256', node, 'buffer');
}

/** A tree of so many leaves, as far as it has been shown. */
export interface TreeState {
  readonly size: number;
  readonly rootHash: Buffer;
}

/** Whether the leaf stands at this index of the tree. */
export function isIncluded(
  index: number,
  leaf: Buffer,
  hashes: readonly Buffer[],
  { size, rootHash }: TreeState,
): boolean {
  if (!Number.isSafeInteger(index) || !isSize(size)) return false;
  if (!hashes.every(({ length }) => length === HASH_BYTES)) return false;
  return rootFromInclusionProof(BigInt(index), BigInt(size), leaf, hashes)?.equals(rootHash) ?? false;
}

/**
 * Whether the second tree begins with all leaves of the first (RFC 9162 section 2.1.4.2). Two trees of one size must be
 * one tree, a smaller one continues nothing, and nothing follows from an empty one: a proof for it would hold for any log.
 */
export function isConsistent(first: TreeState, second: TreeState, hashes: readonly Buffer[]): boolean {
  if (!isSize(first.size) || !isSize(second.size) || first.size > second.size) return false;
  if (first.size === second.size) return hashes.length === 0 && first.rootHash.equals(second.rootHash);
  if (hashes.length === 0 || !hashes.every(({ length }) => length === HASH_BYTES)) return false;
  let fn = BigInt(first.size) - 1n;
  let sn = BigInt(second.size) - 1n;
  while ((fn & 1n) === 1n) {
    fn >>= 1n;
    sn >>= 1n;
  }
  // A first tree that is complete is a node of the second one, and need not be repeated in the proof.
  const [seed, ...rest] = fn === 0n ? [first.rootHash, ...hashes] : hashes;
  let firstRoot = seed as Buffer;
  let secondRoot = firstRoot;
  for (const sibling of rest) {
    if (sn === 0n) return false;
    if ((fn & 1n) === 1n || fn === sn) {
      firstRoot = nodeHash(sibling, firstRoot);
      secondRoot = nodeHash(sibling, secondRoot);
      while (fn !== 0n && (fn & 1n) === 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else secondRoot = nodeHash(secondRoot, sibling);
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && firstRoot.equals(first.rootHash) && secondRoot.equals(second.rootHash);
}

const isSize = (size: number): boolean => Number.isSafeInteger(size) && size > 0;
