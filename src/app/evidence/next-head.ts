import type { Signer } from '../../core/evidence-ports.ts';
import {
  type CheckpointKey,
  type CheckpointTrust,
  signCheckpoint,
  verifyCheckpoint,
} from '../../core/log/checkpoint.ts';
import type { TreeEdge } from '../../core/log/edge.ts';
import { refuse, SlsaGateError } from '../../errors.ts';
import type { VerifiedHead } from './heads.ts';

/**
 * Signs the head of a tree that has grown, and verifies it: a signature that does not hold would lock the log.
 *
 * @throws SlsaGateError `signer.failed`
 */
export async function signHead(
  edge: TreeEdge,
  trust: CheckpointTrust,
  signer: Signer,
  key: CheckpointKey,
): Promise<VerifiedHead> {
  const head = { origin: trust.origin, size: edge.size, rootHash: edge.rootHash() };
  const note = await signCheckpoint(head, key, (bytes) => signer.sign(bytes));
  try {
    verifyCheckpoint(note, { origin: trust.origin, keys: [key] });
  } catch (cause) {
    if (!(cause instanceof SlsaGateError)) throw cause;
    refuse('signer.failed', 'the checkpoint signer made a signature that does not verify', { cause });
  }
  return { note, head, edge };
}
