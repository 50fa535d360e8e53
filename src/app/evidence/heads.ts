import type { CheckpointPin, EvidenceReader } from '../../core/evidence-ports.ts';
import { type CheckpointTrust, type TreeHead, verifyCheckpoint } from '../../core/log/checkpoint.ts';
import { TreeEdge } from '../../core/log/edge.ts';
import { isConsistent, leafHash } from '../../core/log/merkle.ts';
import { consistencyFromTiles, leafHashFromTiles, type ReadTile } from '../../core/log/tiles.ts';
import { refuse, SlsaGateError } from '../../errors.ts';

/** The newest head of a store: signed by a configured key, and the root of the tiles that lie there. */
export interface VerifiedHead {
  readonly note: string;
  readonly head: TreeHead;
  /** The tree's right edge, with nothing appended to it yet. */
  readonly edge: TreeEdge;
}

/** A head that was seen before, in a place that whoever writes to the store cannot reach. */
export interface PinnedHead {
  readonly pin: CheckpointPin;
  readonly note: string;
  readonly head: TreeHead;
}

/** Tiles of a store; one that is not there was taken away. */
export const tilesFrom =
  (reader: EvidenceReader): ReadTile =>
  async (level, index) =>
    (await reader.tile(level, index)) ??
    refuse('evidence.tampered', `tile ${index} of level ${level} is missing`);

/**
 * Reads and verifies the newest head. Not the whole log: the signature, the root over the right edge, and that the last
 * leaf is the last record.
 *
 * @param name of the store, for messages
 * @throws SlsaGateError `evidence.rollback` where there is no log, `evidence.origin`, `evidence.signature`,
 *   `evidence.tampered`, `evidence.unreadable`
 */
export async function verifyHead(
  reader: EvidenceReader,
  trust: CheckpointTrust,
  name: string,
): Promise<VerifiedHead> {
  const note = await reader.checkpoint();
  if (note === undefined) {
    return refuse('evidence.rollback', `there is no evidence log in ${name}`, {
      expected: `a log with the origin ${trust.origin}`,
      actual: 'none',
    });
  }
  const head = verifyCheckpoint(note, trust);
  const readTile = tilesFrom(reader);
  const edge = await TreeEdge.load(head.size, readTile);
  if (!edge.rootHash().equals(head.rootHash)) {
    refuse('evidence.tampered', `the tiles of ${name} do not lead to the signed root`, {
      expected: head.rootHash.toString('hex'),
      actual: edge.rootHash().toString('hex'),
    });
  }
  const seq = head.size - 1;
  const last = await reader.recordAt(seq);
  const committed = await leafHashFromTiles(seq, readTile);
  if (last === undefined || !leafHash(Buffer.from(last.leaf)).equals(committed)) {
    refuse('evidence.tampered', `record ${seq} is not the one that the signed root covers`, {
      details: { seq },
    });
  }
  return { note, head, edge };
}

/**
 * Reads all pins. To be done before the head is read, since other processes may advance both meanwhile.
 *
 * @throws SlsaGateError `evidence.pin-unreadable`, `evidence.origin`, `evidence.signature`
 */
export function readPins(
  pins: readonly CheckpointPin[],
  trust: CheckpointTrust,
): Promise<readonly PinnedHead[]> {
  return Promise.all(pins.map((pin) => readPin(pin, trust)));
}

async function readPin(pin: CheckpointPin, trust: CheckpointTrust): Promise<PinnedHead> {
  const note = await pin.read();
  if (note === undefined) {
    return refuse('evidence.pin-unreadable', `no checkpoint is pinned in ${pin.name}`, {
      expected: 'the checkpoint that the last append left there',
      actual: 'none',
    });
  }
  try {
    return { pin, note, head: verifyCheckpoint(note, trust) };
  } catch (cause) {
    if (!(cause instanceof SlsaGateError)) throw cause;
    const code = cause.finding === 'evidence.tampered' ? 'evidence.pin-unreadable' : cause.finding;
    return refuse(code, `${pin.name}: ${cause.message}`, {
      ...(cause.expected !== undefined && { expected: cause.expected }),
      ...(cause.actual !== undefined && { actual: cause.actual }),
      cause,
    });
  }
}

/**
 * The store's head must continue what was seen before.
 *
 * @param where the earlier head was kept, for messages
 * @throws SlsaGateError `evidence.rollback` when the store is older, `evidence.fork` when it has another history
 */
export async function assertContinues(
  head: TreeHead,
  earlier: TreeHead,
  where: string,
  readTile: ReadTile,
): Promise<void> {
  if (head.size < earlier.size) {
    refuse('evidence.rollback', `the evidence log is older than the checkpoint of ${where}`, {
      expected: `at least ${earlier.size} leaves`,
      actual: `${head.size}`,
    });
  }
  const proof =
    head.size === earlier.size ? [] : await consistencyFromTiles(earlier.size, head.size, readTile);
  if (!isConsistent(earlier, head, proof)) {
    refuse('evidence.fork', `the evidence log does not continue the checkpoint of ${where}`, {
      expected: `${earlier.rootHash.toString('hex')} at ${earlier.size} leaves`,
      actual: `${head.rootHash.toString('hex')} at ${head.size} leaves`,
    });
  }
}

/** @throws SlsaGateError `evidence.rollback`, `evidence.fork` */
export async function checkPins(
  head: TreeHead,
  pinned: readonly PinnedHead[],
  readTile: ReadTile,
): Promise<void> {
  for (const { pin, head: earlier } of pinned) await assertContinues(head, earlier, pin.name, readTile);
}

/**
 * Moves every pin to the head that is stored; tries all of them before it complains about one.
 *
 * @throws SlsaGateError `evidence.pin-unreadable`, `evidence.unwritable`
 */
export async function advancePins(
  pinned: readonly PinnedHead[],
  { note, head }: Pick<VerifiedHead, 'note' | 'head'>,
): Promise<void> {
  const behind = pinned.filter((each) => each.head.size < head.size);
  const done = await Promise.allSettled(behind.map(({ pin, note: previous }) => pin.write(note, previous)));
  const failed = done.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
