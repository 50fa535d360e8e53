import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { Signer } from '../../../core/evidence-ports.ts';
import { refuse } from '../../../errors.ts';
import { CK } from './constants.ts';

/** How a token signs with a curve, and what its public keys look like in SPKI. */
export interface Curve {
  readonly algorithm: Signer['algorithm'];
  readonly mechanism: number;
  /** Hash over what is signed, made here; null where the token takes the bytes themselves. */
  readonly hash: 'sha256' | 'sha384' | null;
  readonly signatureBytes: number;
  readonly spkiHeader: Buffer;
  readonly pointBytes: number;
}

const P256: Curve = {
  algorithm: 'P-256',
  mechanism: CK.mechanismEcdsa,
  hash: 'sha256',
  signatureBytes: 64,
  spkiHeader: Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex'),
  pointBytes: 65,
};
const P384: Curve = {
  algorithm: 'P-384',
  mechanism: CK.mechanismEcdsa,
  hash: 'sha384',
  signatureBytes: 96,
  spkiHeader: Buffer.from('3076301006072a8648ce3d020106052b81040022036200', 'hex'),
  pointBytes: 97,
};
const ED25519: Curve = {
  algorithm: 'Ed25519',
  mechanism: CK.mechanismEddsa,
  hash: null,
  signatureBytes: 64,
  spkiHeader: Buffer.from('302a300506032b6570032100', 'hex'),
  pointBytes: 32,
};

/** By `CKA_EC_PARAMS`, DER: object identifiers, and the name that PKCS#11 3.0 gives Ed25519. */
const CURVES: ReadonlyMap<string, Curve> = new Map([
  ['06082a8648ce3d030107', P256],
  ['06052b81040022', P384],
  ['06032b6570', ED25519],
  ['130c656477617264733235353139', ED25519],
]);

/** @throws SlsaGateError `signer.key` */
export const curveOf = (ecParams: Buffer): Curve =>
  CURVES.get(ecParams.toString('hex')) ??
  refuse('signer.key', 'the key of the token is of no curve that signs here', {
    expected: 'P-256, P-384 or Ed25519',
    actual: ecParams.toString('hex'),
  });

/**
 * SPKI of `CKA_EC_POINT`: an octet string, or, as some tokens have it, the point alone.
 *
 * @throws SlsaGateError `signer.key`
 */
export function toSpki({ spkiHeader, pointBytes }: Curve, ecPoint: Buffer): Buffer {
  const isWrapped = ecPoint.length === pointBytes + 2 && ecPoint[0] === 0x04 && ecPoint[1] === pointBytes;
  const point = isWrapped ? ecPoint.subarray(2) : ecPoint;
  if (point.length !== pointBytes) refuse('signer.key', 'the public key of the token is not in its form');
  return Buffer.concat([spkiHeader, point]);
}

/** An ECDSA signature of a token is both numbers at full length; DSSE has them in DER. */
function toDer(signature: Buffer): Buffer {
  const half = signature.length / 2;
  const integers = [signature.subarray(0, half), signature.subarray(half)].map((number) => {
    const first = number.findIndex((byte) => byte !== 0);
    const bytes = first === -1 ? Buffer.of(0) : number.subarray(first);
    const positive = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
    return Buffer.concat([Buffer.of(0x02, positive.length), positive]);
  });
  const body = Buffer.concat(integers);
  return Buffer.concat([Buffer.of(0x30, body.length), body]);
}

export function publicKeyOf(spki: Buffer): KeyObject {
  try {
    return createPublicKey({ key: spki, format: 'der', type: 'spki' });
  } catch (cause) {
    refuse('signer.key', 'the public key of the token cannot be read', { cause });
  }
}

/**
 * Signs through `signOnToken` and checks what came back: the public half may be another key's, and hardware fails.
 *
 * @throws SlsaGateError `signer.failed`
 */
export function signChecked(
  curve: Curve,
  publicKey: KeyObject,
  bytes: Uint8Array,
  signOnToken: (input: Buffer) => Buffer,
): Buffer {
  const { hash, signatureBytes } = curve;
  const input = hash === null ? Buffer.from(bytes) : createHash(hash).update(bytes).digest();
  const raw = signOnToken(input);
  if (raw.length !== signatureBytes) refuse('signer.failed', 'the token gave no signature in its form');
  const signature = hash === null ? raw : toDer(raw);
  if (!verify(hash, bytes, publicKey, signature))
    refuse('signer.failed', 'what the token signed does not verify with its public key');
  return signature;
}
