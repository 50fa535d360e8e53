import { refuse } from '../../errors.ts';
import type { DsseContent, MessageContent } from '../model/bundle.ts';
import type { ArtifactDigests } from '../model/digest.ts';
import { preAuthEncoding } from './envelope.ts';
import { HASH_OF_KEY, type HashAlgorithm, type PublicKey, verifySignature } from './public-key.ts';

/** The artifact as far as it is at hand. */
export interface ArtifactInput {
  readonly digests: ArtifactDigests;
  /** All its bytes, when they are in memory. */
  readonly bytes?: Uint8Array;
}

/** Checks a signature over a digest instead of the bytes; see prehash.ts. */
export type PrehashVerifier = (
  key: PublicKey,
  hash: HashAlgorithm,
  digest: Buffer,
  signature: Buffer,
) => boolean;

/**
 * Checks the signature over payload and payload type; what the payload says is not looked at.
 *
 * @throws SlsaGateError `dsse.signature`
 */
export function verifyEnvelopeSignature(content: DsseContent, key: PublicKey): void {
  const signed = preAuthEncoding(content.payloadType, content.payload);
  if (!verifySignature(key, HASH_OF_KEY[key.kind], signed, content.signature)) {
    refuse('dsse.signature', 'signature of the envelope does not verify');
  }
}

/** Which hash each kind of key may sign a message with; CPython signs with P-384 and SHA-256. */
const MESSAGE_HASHES: Readonly<Record<PublicKey['kind'], readonly HashAlgorithm[]>> = {
  p256: ['sha256', 'sha384', 'sha512'],
  p384: ['sha256', 'sha384', 'sha512'],
  p521: ['sha256', 'sha384', 'sha512'],
  rsa: ['sha256', 'sha384', 'sha512'],
  ed25519: ['sha256', 'sha384', 'sha512'],
};

/**
 * Checks a signature over an artifact: over its bytes where they are at hand, else over its digest.
 *
 * @throws SlsaGateError `bundle.inconsistent`, `signature.mismatch`, `signature.algorithm`, `signature.needs-bytes`
 */
export function verifyMessageSignature(
  content: MessageContent,
  key: PublicKey,
  artifact: ArtifactInput,
  verifyPrehash: PrehashVerifier,
): void {
  const { digestAlgorithm, digest, signature } = content;
  if (!MESSAGE_HASHES[key.kind].includes(digestAlgorithm))
    refuse('signature.algorithm', 'hash does not fit the key');
  const known = artifact.digests[digestAlgorithm];
  if (known === undefined) {
    refuse('signature.needs-bytes', `the signature covers the ${digestAlgorithm} digest, which is not known`);
  }
  if (known !== digest.toString('hex')) {
    refuse('bundle.inconsistent', 'bundle is about another artifact', {
      expected: `${digestAlgorithm}:${known}`,
      actual: `${digestAlgorithm}:${digest.toString('hex')}`,
    });
  }
  if (artifact.bytes === undefined && key.kind === 'ed25519') {
    refuse('signature.needs-bytes', 'Ed25519 signs the bytes of the artifact, not its digest');
  }
  const verifies =
    artifact.bytes === undefined
      ? verifyPrehash(key, digestAlgorithm, digest, signature)
      : verifySignature(key, digestAlgorithm, artifact.bytes, signature);
  if (!verifies) refuse('signature.mismatch', 'signature does not verify over the artifact');
}
