import { refuse } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import { type CheckpointTrust, parseCheckpoint, type TreeHead, verifyCheckpoint } from './checkpoint.ts';
import { HASH_BYTES, isIncluded, leafHash } from './merkle.ts';

/** That a leaf stands in a log: all that is needed beside the leaf and the log's key (C2SP tlog-proof). */
export interface LogProof {
  readonly index: number;
  /** From the sibling of the leaf up. */
  readonly hashes: readonly Buffer[];
  /** Signed note. */
  readonly checkpoint: string;
}

const HEADER = 'c2sp.org/tlog-proof@v1';
const INDEX = /^index (0|[1-9][0-9]{0,15})$/;

/**
 * ```
 * c2sp.org/tlog-proof@v1
 * index 17
 * <base64 of a hash>
 * ...
 *
 * <checkpoint>
 * ```
 */
export function formatProof({ index, hashes, checkpoint }: LogProof): string {
  const lines = hashes.map((hash) => `${hash.toString('base64')}\n`).join('');
  return `${HEADER}\nindex ${index}\n${lines}\n${checkpoint}`;
}

/**
 * Reads a proof, strictly; nothing is verified. An `extra` line is refused: nothing signs it, and we need none.
 *
 * @throws SlsaGateError `evidence.tampered`
 */
export function parseProof(text: string): LogProof {
  const fail = (why: string): never => refuse('evidence.tampered', `the proof ${why}`);
  if (text.length > 2 * LIMITS.checkpointBytes) fail('is too large');
  const end = text.indexOf('\n\n');
  if (end === -1) fail('has no checkpoint');
  const [header, indexLine = '', ...lines] = text.slice(0, end).split('\n');
  if (header !== HEADER) fail(`does not begin with ${HEADER}`);
  if (indexLine.startsWith('extra ')) fail('has extra data');
  const [, digits = ''] = INDEX.exec(indexLine) ?? fail('has no index');
  const index = Number(digits);
  if (!Number.isSafeInteger(index)) fail('has an index beyond all logs');
  if (lines.length > LIMITS.proofHashes) fail('has too many hashes');
  const hashes = lines.map((line) => {
    const hash = Buffer.from(line, 'base64');
    if (hash.length !== HASH_BYTES || hash.toString('base64') !== line) fail('has a malformed hash');
    return hash;
  });
  const checkpoint = text.slice(end + 2);
  parseCheckpoint(checkpoint);
  return { index, hashes, checkpoint };
}

/**
 * Verifies that the leaf stands in the log at the index that the proof names.
 *
 * @param leaf its bytes, as the record has them
 * @throws SlsaGateError `evidence.tampered`, `evidence.origin`, `evidence.signature`
 */
export function verifyProof(
  text: string,
  leaf: string,
  trust: CheckpointTrust,
): { readonly index: number; readonly head: TreeHead } {
  const { index, hashes, checkpoint } = parseProof(text);
  const head = verifyCheckpoint(checkpoint, trust);
  if (!isIncluded(index, leafHash(Buffer.from(leaf)), hashes, head)) {
    refuse('evidence.tampered', 'the proof does not lead from the leaf to the signed root', {
      details: { seq: index },
    });
  }
  return { index, head };
}
