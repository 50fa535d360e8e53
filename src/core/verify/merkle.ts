import { hash } from 'node:crypto';

/** RFC 6962 section 2.1: leaves and nodes are hashed with different prefixes. */
const LEAF = Buffer.from([0]);
export const HASH_BYTES = 32;

export const leafHash = (leaf: Uint8Array): Buffer => hash('sha256', Buffer.concat([LEAF, leaf]), 'buffer');

/** Hash of an inner node: another prefix than a leaf has, so that none can pass for the other. */
export function nodeHash(left: Buffer, right: Buffer): Buffer {
  const node = Buffer.allocUnsafe(1 + 2 * HASH_BYTES);
  node[0] = 1;
  left.copy(node, 1);
  right.copy(node, 1 + HASH_BYTES);
  return hash('sha256', node, 'buffer');
}

/**
 * Root hash that an inclusion proof leads to (RFC 9162 section 2.1.3.2), or undefined where index, size and number of
 * hashes do not fit together.
 */
export function rootFromInclusionProof(
  index: bigint,
  treeSize: bigint,
  leaf: Buffer,
  hashes: readonly Buffer[],
): Buffer | undefined {
  if (index < 0n || index >= treeSize) return undefined;
  let fn = index;
  let sn = treeSize - 1n;
  let current = leaf;
  for (const sibling of hashes) {
    if (sn === 0n) return undefined;
    if ((fn & 1n) === 1n || fn === sn) {
      current = nodeHash(sibling, current);
      while ((fn & 1n) === 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else current = nodeHash(current, sibling);
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n ? current : undefined;
}

/**
 * Roots of both trees that a consistency proof leads to (RFC 9162 section 2.1.4.2), or undefined where sizes and number of
 * hashes do not fit together. The proof of a first tree that is complete begins with its root, which is not repeated in it.
 *
 * @param first leaves of the first tree: at least one, and fewer than `second`
 * @param complete root of the first tree, for where it is complete
 */
export function rootsFromConsistencyProof(
  first: bigint,
  second: bigint,
  hashes: readonly Buffer[],
  complete: Buffer,
): { readonly first: Buffer; readonly second: Buffer } | undefined {
  if (first < 1n || first >= second) return undefined;
  let fn = first - 1n;
  let sn = second - 1n;
  while ((fn & 1n) === 1n) {
    fn >>= 1n;
    sn >>= 1n;
  }
  const [seed, ...rest] = fn === 0n ? [complete, ...hashes] : hashes;
  if (seed === undefined) return undefined;
  let firstRoot = seed;
  let secondRoot = seed;
  for (const sibling of rest) {
    if (sn === 0n) return undefined;
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
  return sn === 0n ? { first: firstRoot, second: secondRoot } : undefined;
}
