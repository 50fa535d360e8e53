import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { verifyPrehash } from '../../src/core/verify/prehash.ts';
import { type HashAlgorithm, type PublicKey, parsePublicKey } from '../../src/core/verify/public-key.ts';
import { verifyMessageSignature } from '../../src/core/verify/signature.ts';
import { SlsaGateError } from '../../src/errors.ts';

type Vector = readonly [id: number, comment: string, message: string, signature: string, result: string];
type VectorFile = readonly (readonly [spki: string, vectors: readonly Vector[]])[];

const FILES = [
  ['p256', 'sha256', 484],
  ['p256', 'sha512', 554],
  ['p384', 'sha256', 472],
  ['p384', 'sha384', 504],
  ['p384', 'sha512', 542],
  ['p521', 'sha512', 542],
] as const;

/** By `node:crypto` over the bytes, and by the digest alone; both must answer alike. */
function answers(key: PublicKey, algorithm: HashAlgorithm, message: Buffer, signature: Buffer): boolean[] {
  const digest = hash(algorithm, message, 'buffer');
  const content = { kind: 'message-signature', digestAlgorithm: algorithm, digest, signature } as const;
  const digests = { [algorithm]: digest.toString('hex') };
  return [
    isAccepted(() => verifyMessageSignature(content, key, { digests, bytes: message }, verifyPrehash)),
    isAccepted(() => verifyMessageSignature(content, key, { digests }, verifyPrehash)),
  ];
}

function isAccepted(verify: () => void): boolean {
  try {
    verify();
    return true;
  } catch (error) {
    if (error instanceof SlsaGateError && error.finding === 'signature.mismatch') return false;
    throw error;
  }
}

describe.each(FILES)('the ECDSA vectors of Wycheproof for %s with %s', (curve, algorithm, count) => {
  const url = new URL(`../../testdata/wycheproof/${curve}-${algorithm}.json`, import.meta.url);
  const file = JSON.parse(readFileSync(url, 'utf8')) as VectorFile;

  it('SUB-09 are answered as they say, over the bytes and over the digest', () => {
    const wrong: string[] = [];
    const seen = { valid: 0, invalid: 0, acceptable: 0 };
    for (const [spki, vectors] of file) {
      const key = parsePublicKey(Buffer.from(spki, 'hex'), 'key.malformed');
      expect(key.kind).toBe(curve);
      for (const [id, comment, message, signature, result] of vectors) {
        const found = answers(key, algorithm, Buffer.from(message, 'hex'), Buffer.from(signature, 'hex'));
        const [first] = found;
        const agree = found.every((answer) => answer === first);
        const right = result === 'acceptable' || first === (result === 'valid');
        if (!agree || !right) wrong.push(`${id} (${comment}), ${result}: ${found.join()}`);
        seen[result as keyof typeof seen] += 1;
      }
    }
    expect(wrong).toEqual([]);
    expect(seen.valid + seen.invalid + seen.acceptable).toBe(count);
    expect(seen.valid).toBeGreaterThan(100);
    expect(seen.invalid).toBeGreaterThan(300);
  });
});
