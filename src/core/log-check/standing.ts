import { refuse } from '../../errors.ts';
import type { Checkpoint } from '../verify/checkpoint.ts';
import { rootFromInclusionProof, rootsFromConsistencyProof } from '../verify/merkle.ts';
import type { SoughtEntry } from './sought.ts';

/** What the log shows now at the place of the entry. */
export interface CurrentTree {
  /** Signed by the log. */
  readonly head: Checkpoint;
  readonly index: bigint;
  /** Hash of the leaf that stands there. */
  readonly leaf: Buffer;
  /** From the sibling of that leaf up. */
  readonly inclusion: readonly Buffer[];
}

/** Where the entry stands, proven by what the log has signed. */
export interface Standing {
  readonly index: bigint;
  readonly size: bigint;
  /** Whether the tree of now was shown to continue the one of the bundle. */
  readonly isCompared: boolean;
}

/** What was read is not what the log has signed: whoever answered may have spoilt it, and another answer may be better. */
export function refuseUnproven(what: string): never {
  refuse('source.malformed-response', `what was read of the log is not what it signed: ${what}`);
}

/**
 * Refuses a tree without the entry, as far as its signed size says so.
 *
 * @throws SlsaGateError `log.inconsistent` for another tree, `tlog.entry-removed` for one that has shrunk
 */
export function checkSize({ proven }: SoughtEntry, head: Checkpoint): void {
  if (proven === undefined) return;
  if (head.origin !== proven.head.origin) {
    refuse('log.inconsistent', 'the log shows another tree than the one that holds the entry', {
      expected: proven.head.origin,
      actual: head.origin,
    });
  }
  if (head.treeSize < proven.head.treeSize) {
    refuse('tlog.entry-removed', 'the log has fewer entries than when it proved this one', {
      expected: `at least ${proven.head.treeSize} entries`,
      actual: String(head.treeSize),
    });
  }
}

/**
 * Whether the entry still stands at its place, in a tree that continues the one which the bundle proves it in.
 *
 * @param consistency proof from the bundle's tree to the current one; empty where they have one size
 * @throws SlsaGateError `tlog.entry-removed`, `log.inconsistent`; `source.malformed-response` where nothing follows from
 * what was read
 */
export function checkStanding(
  sought: SoughtEntry,
  now: CurrentTree,
  consistency: readonly Buffer[],
): Standing {
  checkSize(sought, now.head);
  const { head, index, leaf, inclusion } = now;
  const root = rootFromInclusionProof(index, head.treeSize, leaf, inclusion);
  if (root === undefined || !root.equals(head.rootHash))
    refuseUnproven('the inclusion proof does not lead to the checkpoint');
  if (!leaf.equals(sought.leaf)) {
    refuse('tlog.entry-removed', 'another entry stands at the place of this one', {
      expected: sought.leaf.toString('hex'),
      actual: leaf.toString('hex'),
    });
  }
  checkContinuation(sought, now, consistency);
  return { index, size: head.treeSize, isCompared: sought.proven !== undefined };
}

function checkContinuation(
  { proven }: SoughtEntry,
  { head, index, leaf, inclusion }: CurrentTree,
  consistency: readonly Buffer[],
): void {
  if (proven === undefined) return;
  const { treeSize: first, rootHash } = proven.head;
  if (first === head.treeSize) {
    if (!rootHash.equals(head.rootHash)) refuseOtherHistory();
    return;
  }
  // A tree that is complete is a node on the way from the leaf to the root: its hash is known from there, signed.
  const height = first.toString(2).length - 1;
  const complete = rootFromInclusionProof(index, first, leaf, inclusion.slice(0, height)) ?? leaf;
  const roots = rootsFromConsistencyProof(first, head.treeSize, consistency, complete);
  if (roots === undefined || !roots.second.equals(head.rootHash))
    refuseUnproven('the consistency proof does not lead to the checkpoint');
  if (!roots.first.equals(rootHash)) refuseOtherHistory();
}

function refuseOtherHistory(): never {
  refuse('log.inconsistent', 'the tree of the log does not continue the one in which the entry was proven');
}
