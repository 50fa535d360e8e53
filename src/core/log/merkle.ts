import {
  HASH_BYTES,
  leafHash,
  nodeHash,
  rootFromInclusionProof,
  rootsFromConsistencyProof,
} from '../verify/merkle.ts';

export { HASH_BYTES, leafHash, nodeHash };

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
  const roots = rootsFromConsistencyProof(BigInt(first.size), BigInt(second.size), hashes, first.rootHash);
  return roots?.first.equals(first.rootHash) === true && roots.second.equals(second.rootHash);
}

const isSize = (size: number): boolean => Number.isSafeInteger(size) && size > 0;
