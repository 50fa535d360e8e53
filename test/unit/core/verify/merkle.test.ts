import { describe, expect, it } from 'vitest';
import { leafHash, rootFromInclusionProof } from '../../../../src/core/verify/merkle.ts';

/** Roots of RFC 6962 trees over the first n of eight leaves, as published with certificate-transparency's tests. */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => Buffer.from(hex, 'hex'));
const ROOT_OF_1 = '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d';
const ROOT_OF_2 = 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125';
const ROOT_OF_8 = '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328';

const hex = (bytes: Buffer | undefined): string | undefined => bytes?.toString('hex');

describe('rootFromInclusionProof', () => {
  it('leads to published roots', () => {
    const [first, second] = LEAVES.map(leafHash) as [Buffer, Buffer];
    expect(hex(rootFromInclusionProof(0n, 1n, first, []))).toBe(ROOT_OF_1);
    expect(hex(rootFromInclusionProof(0n, 2n, first, [second]))).toBe(ROOT_OF_2);
    expect(hex(rootFromInclusionProof(1n, 2n, second, [first]))).toBe(ROOT_OF_2);
    const path = [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ].map((sibling) => Buffer.from(sibling, 'hex'));
    expect(hex(rootFromInclusionProof(0n, 8n, first, path))).toBe(ROOT_OF_8);
  });

  it('tells leaves from inner nodes', () => {
    const [first, second] = LEAVES.map(leafHash) as [Buffer, Buffer];
    const inner = Buffer.concat([first, second]);
    expect(hex(leafHash(inner))).not.toBe(ROOT_OF_2);
  });
});
