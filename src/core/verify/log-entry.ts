import { refuse } from '../../errors.ts';
import type { LogEntry } from '../model/log-entry.ts';
import { type Checkpoint, verifyCheckpoint } from './checkpoint.ts';
import { checkLogEntryBody, isRekorV2Kind, type LoggedSignature } from './log-entry-body.ts';
import { leafHash, rootFromInclusionProof } from './merkle.ts';
import { HASH_OF_KEY, verifySignature } from './public-key.ts';
import type { Log } from './trusted-root.ts';

/** A log entry all of whose parts verify and belong to the bundle. */
export interface VerifiedLogEntry {
  readonly log: Log;
  readonly kind: string;
  /** Time that the log signed; undefined in Rekor v2 and without a SET. */
  readonly timeMs: number | undefined;
  readonly hasInclusionProof: boolean;
}

/**
 * Verifies one log entry: body, signed entry timestamp, inclusion proof and checkpoint, as many as there are; at least
 * one of the two proofs must be there.
 *
 * @throws SlsaGateError `log.*`, `tlog.*`, `bundle.inconsistent`
 */
export function verifyLogEntry(
  entry: LogEntry,
  logged: LoggedSignature,
  logs: ReadonlyMap<string, Log>,
): VerifiedLogEntry {
  const log = logs.get(entry.logId);
  if (log === undefined)
    refuse('log.unknown', 'log entry is of a log that is not trusted', { actual: entry.logId });
  const kind = checkLogEntryBody(entry, logged);
  const isV2 = isRekorV2Kind(kind);
  const { inclusionProof, signedEntryTimestamp, integratedTimeSeconds } = entry;
  if (isV2 && (signedEntryTimestamp !== undefined || integratedTimeSeconds !== undefined)) {
    refuse('time.unauthenticated', 'an entry of Rekor v2 carries a time of its own');
  }
  if (signedEntryTimestamp === undefined && integratedTimeSeconds !== undefined) {
    refuse('time.unauthenticated', 'integrated time without a signed entry timestamp');
  }
  if (inclusionProof === undefined && signedEntryTimestamp === undefined) {
    refuse('log.inclusion-missing', 'log entry has neither inclusion proof nor signed entry timestamp');
  }
  if (signedEntryTimestamp !== undefined) verifySignedEntryTimestamp(entry, signedEntryTimestamp, log);
  if (inclusionProof !== undefined) verifyInclusion(entry, inclusionProof, log, isV2);
  return {
    log,
    kind,
    timeMs: integratedTimeSeconds === undefined ? undefined : integratedTimeSeconds * 1000,
    hasInclusionProof: inclusionProof !== undefined,
  };
}

/**
 * The log's promise: its signature over the canonical JSON of body, time, log and index.
 *
 * @throws SlsaGateError `log.set`
 */
export function verifySignedEntryTimestamp(entry: LogEntry, signature: Buffer, log: Log): void {
  if (entry.integratedTimeSeconds === undefined)
    refuse('log.set', 'signed entry timestamp without integrated time');
  const body = entry.body.toString('base64');
  const signed = `{"body":"${body}","integratedTime":${entry.integratedTimeSeconds},"logID":"${entry.logId}","logIndex":${entry.logIndex}}`;
  if (!verifySignature(log.key, HASH_OF_KEY[log.key.kind], Buffer.from(signed, 'latin1'), signature)) {
    refuse('log.set', 'signed entry timestamp does not verify');
  }
}

/**
 * Verifies checkpoint and inclusion proof; what the entry says is not looked at.
 *
 * @throws SlsaGateError `log.*`, `bundle.inconsistent`
 */
export function verifyInclusion(
  entry: LogEntry,
  proof: NonNullable<LogEntry['inclusionProof']>,
  log: Log,
  isV2: boolean,
): void {
  const checkpoint = verifyCheckpoint(proof.checkpoint, log);
  compareWithCheckpoint(proof, checkpoint);
  // In Rekor v1 the entry's index counts over all shards of the log, the proof's within one; in v2 there is one.
  if (isV2 && entry.logIndex !== proof.logIndex)
    refuse('bundle.inconsistent', 'index of entry and inclusion proof differ');
  const root = rootFromInclusionProof(
    proof.logIndex,
    checkpoint.treeSize,
    leafHash(entry.body),
    proof.hashes,
  );
  if (root === undefined || !root.equals(checkpoint.rootHash)) {
    refuse('log.inclusion', 'inclusion proof does not lead to the checkpoint');
  }
}

/** Size and root beside the checkpoint are unsigned copies; where they are present they must agree. */
function compareWithCheckpoint(proof: NonNullable<LogEntry['inclusionProof']>, checkpoint: Checkpoint): void {
  if (proof.treeSize !== undefined && proof.treeSize !== checkpoint.treeSize) {
    refuse('bundle.inconsistent', 'tree size of inclusion proof and checkpoint differ', {
      expected: String(checkpoint.treeSize),
      actual: String(proof.treeSize),
    });
  }
  if (proof.rootHash !== undefined && !proof.rootHash.equals(checkpoint.rootHash)) {
    refuse('bundle.inconsistent', 'root hash of inclusion proof and checkpoint differ');
  }
}
