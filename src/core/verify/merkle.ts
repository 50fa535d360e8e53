import { hash } from 'node:crypto';

/** RFC 6962 section 2.1: leaves and nodes are hashed with different prefixes. */
const LEAF = Buffer.from([0]);
const HASH_BYTES = 32;

export const leafHash = (leaf: Uint8Array): Buffer => hash('sha256', Buffer.concat([LEAF, leaf]), 'buffer');

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
  const node = Buffer.allocUnsafe(1 + 2 * HASH_BYTES);
  node[0] = 1;
  let fn = index;
  let sn = treeSize - 1n;
  let current = leaf;
  for (const sibling of hashes) {
    if (sn === 0n) return undefined;
    if ((fn & 1n) === 1n || fn === sn) {
      sibling.copy(node, 1);
      current.copy(node, 1 + HASH_BYTES);
      while ((fn & 1n) === 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      current.copy(node, 1);
      sibling.copy(node, 1 + HASH_BYTES);
    }
    current = hash('sha256', node, 'buffer');
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n ? current : undefined;
}
