import { rootFromInclusionProof } from '../../src/core/verify/merkle.ts';
import { foldPath } from '../../test/kit/merkle.ts';
import type { Random } from '../random.ts';
import { assert, type FuzzTarget } from '../target.ts';

const HEAD_BYTES = 9 + 9 + 32;

/** Up to and beyond 2^64; most often small, or close to a power of two. */
function drawNumber(random: Random): bigint {
  switch (random.below(4)) {
    case 0:
      return BigInt(random.below(20));
    case 1:
      return (1n << BigInt(random.below(66))) + BigInt(random.below(5)) - 2n;
    case 2:
      return BigInt(random.below(2 ** 20));
    default:
      return BigInt(`0x${random.bytes(8).toString('hex')}`);
  }
}

/** Nine bytes, two's complement: numbers below zero are inputs too. */
const encode = (value: bigint): Buffer =>
  Buffer.from(BigInt.asUintN(72, value).toString(16).padStart(18, '0'), 'hex');
const decode = (bytes: Buffer): bigint => BigInt.asIntN(72, BigInt(`0x${bytes.toString('hex')}`));

/** What the recursive definition of RFC 6962 gives; undefined where there is no such leaf or the path has another length. */
function expected(index: bigint, size: bigint, leaf: Buffer, hashes: readonly Buffer[]): Buffer | undefined {
  if (index < 0n || index >= size) return undefined;
  let used = 0;
  const { root } = foldPath(leaf, index, size, (level) => {
    used = Math.max(used, level + 1);
    return hashes[level] ?? leaf;
  });
  return used === hashes.length ? root : undefined;
}

/** F4: inclusion proofs against the recursive reference, for all sizes, with paths of right and wrong lengths. */
export function inclusionProofTarget(): FuzzTarget {
  return {
    id: 'F4',
    title: 'inclusion proofs',
    draw(random) {
      const size = drawNumber(random);
      const index =
        random.oneIn(3) || size <= 0n
          ? drawNumber(random)
          : BigInt(`0x${random.bytes(9).toString('hex')}`) % size;
      const leaf = random.bytes(32);
      const right = index >= 0n && index < size ? foldPath(leaf, index, size).hashes.length : 3;
      const count = random.oneIn(3) ? Math.max(0, right + random.below(5) - 2) : right;
      return Buffer.concat([encode(index), encode(size), leaf, random.bytes(32 * count)]);
    },
    check(input) {
      const index = decode(input.subarray(0, 9));
      const size = decode(input.subarray(9, 18));
      const leaf = input.subarray(18, HEAD_BYTES);
      const hashes: Buffer[] = [];
      for (let at = HEAD_BYTES; at + 32 <= input.length; at += 32) hashes.push(input.subarray(at, at + 32));
      const found = rootFromInclusionProof(index, size, leaf, hashes);
      const wanted = expected(index, size, leaf, hashes);
      const same = found === undefined ? wanted === undefined : wanted !== undefined && found.equals(wanted);
      assert(same, `leaf ${index} of ${size} with ${hashes.length} hashes: another root than the reference`);
      return found === undefined ? 'refused' : 'accepted';
    },
  };
}
