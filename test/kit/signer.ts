import type { Signer } from '../../src/core/evidence-ports.ts';
import { type KeyPair, signWith } from './keys.ts';

/** The signer port on a key of the test. */
export const signerOf = (keys: KeyPair): Signer => ({
  scheme: 'key',
  algorithm: keys.algorithm as Signer['algorithm'],
  publicKey: keys.spki,
  sign: async (bytes) => signWith(keys, bytes),
  close: async () => undefined,
});
