import crypto, { type KeyObject } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { parseBundle } from '../../src/core/model/bundle.ts';
import { verifyBundle } from '../../src/core/verify/verify-bundle.ts';
import { type BenchBundle, requestFor } from './bundles.ts';

/** One signature that verifies: everything that the raw call needs, the key kept. */
export interface SignatureOperation {
  readonly hash: string | null;
  readonly data: Uint8Array;
  readonly key: KeyObject;
  readonly signature: Uint8Array;
}

/** The public-key work that a bundle cannot do without. */
export interface Operations {
  readonly signatures: readonly SignatureOperation[];
  /** SubjectPublicKeyInfo (DER) of the leaf, and of a timestamp signer that came with its token. */
  readonly imports: readonly Buffer[];
}

/**
 * Reads the operations off one verification: node:crypto is watched while the bundle is verified. Only signatures that
 * verified count, each once; keys and links of the trusted root are used before, so that they do not appear. The number
 * is held against what the bundle carries, so that needless work of ours can not hide in the floor.
 */
export function operationsOf(bundle: BenchBundle): Operations {
  const verifyOnce = (): void => {
    verifyBundle(requestFor(parseBundle(bundle.bytes), bundle));
  };
  verifyOnce();
  const signatures = new Map<string, SignatureOperation>();
  const imports = new Map<string, Buffer>();
  const { verify, createPublicKey } = crypto;
  const watched = {
    verify: (hash: string | null, data: Uint8Array, key: KeyObject, signature: Uint8Array): boolean => {
      const verified = verify(hash, data, key, signature);
      const name = Buffer.from(signature).toString('latin1');
      if (verified) signatures.set(name, { hash, data, key, signature });
      return verified;
    },
    createPublicKey: (input: { key: Buffer; format: 'der'; type: 'spki' }): KeyObject => {
      imports.set(input.key.toString('latin1'), input.key);
      return createPublicKey(input);
    },
  };
  try {
    Object.assign(crypto, watched);
    syncBuiltinESMExports();
    verifyOnce();
  } finally {
    Object.assign(crypto, { verify, createPublicKey });
    syncBuiltinESMExports();
  }
  const operations = { signatures: [...signatures.values()], imports: [...imports.values()] };
  checkCount(bundle, operations);
  return operations;
}

/**
 * Leaf and content always; one each for a promise, a checkpoint and a timestamp; one SCT where the root asks for one;
 * for a timestamp signer that came with its token one link and one key more.
 */
function checkCount({ name, bytes, root }: BenchBundle, { signatures, imports }: Operations): void {
  const { logEntries, timestamps } = parseBundle(bytes);
  const perEntry = logEntries.map(
    ({ signedEntryTimestamp, inclusionProof }) =>
      Number(signedEntryTimestamp !== undefined) + Number(inclusionProof !== undefined),
  );
  const embedded = imports.length - 1;
  const expected =
    2 + root.thresholds.sct + perEntry.reduce((sum, n) => sum + n, 0) + timestamps.length + embedded;
  if (signatures.length !== expected || embedded < 0 || embedded > timestamps.length) {
    throw new Error(
      `${name}: ${signatures.length} signatures and ${imports.length} keys; expected ${expected}`,
    );
  }
}
