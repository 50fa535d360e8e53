import { expect, test } from 'vitest';
import { isConsistent } from '../../src/core/log/merkle.ts';
import { consistencyPath, foldPath, inclusionPath, leafHash, treeRoot } from './merkle.ts';

const leaves = Array.from({ length: 40 }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)));

test('the paths of the reference tree lead to its root', () => {
  for (let size = 1; size <= leaves.length; size += 1) {
    const tree = leaves.slice(0, size);
    for (const [index, leaf] of tree.entries()) {
      const path = inclusionPath(index, tree);
      const folded = foldPath(leaf, BigInt(index), BigInt(size), (level) => path[level] ?? Buffer.alloc(0));
      expect(folded).toEqual({ root: treeRoot(tree), hashes: path });
    }
  }
});

test('the consistency paths of the reference tree lead from each tree to each larger one', () => {
  const stateOf = (size: number) => ({ size, rootHash: treeRoot(leaves.slice(0, size)) });
  for (let second = 1; second <= leaves.length; second += 1) {
    for (let first = 1; first <= second; first += 1) {
      const path = consistencyPath(first, leaves.slice(0, second));
      expect(isConsistent(stateOf(first), stateOf(second), path)).toBe(true);
    }
  }
});

/** Certificate Transparency's test tree: the inputs and roots of google/certificate-transparency merkletree tests. */
test('the roots are those of the Certificate Transparency test tree', () => {
  const inputs = [
    '',
    '00',
    '10',
    '2021',
    '3031',
    '40414243',
    '5051525354555657',
    '606162636465666768696a6b6c6d6e6f',
  ];
  const hashes = inputs.map((input) => leafHash(Buffer.from(input, 'hex')));
  expect(treeRoot([]).toString('hex')).toBe(
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
  expect(treeRoot(hashes.slice(0, 1)).toString('hex')).toBe(
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  );
  expect(treeRoot(hashes).toString('hex')).toBe(
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  );
});
