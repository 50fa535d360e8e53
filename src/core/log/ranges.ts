/** Leaves from `start` to before `end`. Which of them a root or proof is made of, as RFC 6962 section 2.1 splits a tree. */
export type Range = readonly [start: number, end: number];

/** Largest power of two below `n`: where a tree of `n` leaves splits. */
function splitOf(n: number): number {
  let split = 2 ** Math.floor(Math.log2(n));
  // Logarithms of large numbers are rounded.
  while (split >= n) split /= 2;
  while (split * 2 < n) split *= 2;
  return split;
}

/** The siblings of a leaf, from the leaf up: PATH(m, D[n]). */
export function inclusionRanges(index: number, size: number): Range[] {
  const ranges: Range[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      ranges.push([middle, end]);
      end = middle;
    } else {
      ranges.push([start, middle]);
      start = middle;
    }
  }
  return ranges.reverse();
}

/** PROOF(m, D[n]) for 0 < m < n. */
export function consistencyRanges(first: number, second: number): Range[] {
  const ranges: Range[] = [];
  let start = 0;
  let end = second;
  while (first !== end) {
    const middle = start + splitOf(end - start);
    if (first <= middle) {
      ranges.push([middle, end]);
      end = middle;
    } else {
      ranges.push([start, middle]);
      start = middle;
    }
  }
  if (start !== 0) ranges.push([start, end]);
  return ranges.reverse();
}

/** A node over 2^height leaves, all of them there; the `index`-th one of its height. */
export interface CompleteNode {
  readonly height: number;
  readonly index: number;
}

/** The complete nodes that a range is hashed from, left to right. */
export function completeNodes([start, end]: Range): CompleteNode[] {
  const nodes: CompleteNode[] = [];
  let at = start;
  while (at < end) {
    let width = splitOf(end - at + 1);
    while (at % width !== 0) width /= 2;
    nodes.push({ height: Math.log2(width), index: at / width });
    at += width;
  }
  return nodes;
}
