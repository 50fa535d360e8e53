import { refuse } from '../../errors.ts';
import type { ParsedBundle } from '../model/bundle.ts';
import { isJsonObject, parseCanonicalJson, printJson } from '../model/json.ts';
import type { LogEntry } from '../model/log-entry.ts';
import { type Checkpoint, verifyCheckpoint } from '../verify/checkpoint.ts';
import { verifyInclusion, verifySignedEntryTimestamp } from '../verify/log-entry.ts';
import { isRekorV2Kind } from '../verify/log-entry-body.ts';
import { leafHash } from '../verify/merkle.ts';
import type { Log, TrustedRoot } from '../verify/trusted-root.ts';

/** An entry that a log said it holds, as its bundle proves. */
export interface SoughtEntry {
  readonly entry: LogEntry;
  readonly log: Log;
  readonly isV2: boolean;
  readonly leaf: Buffer;
  /** The tree in which the bundle proves it; undefined where the log has only promised to hold it. */
  readonly proven: { readonly head: Checkpoint; readonly index: bigint } | undefined;
}

/**
 * The entries of a bundle, whose proofs and promises are checked here again: a comparison with a tree that the log never
 * signed would prove nothing. What the entries say of the signature is not looked at.
 *
 * @throws SlsaGateError `log.*`, `tlog.noncanonical`, `bundle.inconsistent`
 */
export const soughtEntries = (bundle: ParsedBundle, roots: readonly TrustedRoot[]): readonly SoughtEntry[] =>
  bundle.logEntries.map((entry) => toSought(entry, roots));

function toSought(entry: LogEntry, roots: readonly TrustedRoot[]): SoughtEntry {
  const log = roots.map(({ logs }) => logs.get(entry.logId)).find((found) => found !== undefined);
  if (log === undefined)
    refuse('log.unknown', 'log entry is of a log that is not trusted', { actual: entry.logId });
  const isV2 = isOfRekorV2(entry);
  const { inclusionProof: proof, signedEntryTimestamp: promise } = entry;
  if (proof === undefined && (isV2 || promise === undefined))
    refuse('log.inclusion-missing', 'log entry has neither inclusion proof nor signed entry timestamp');
  if (promise !== undefined && !isV2) verifySignedEntryTimestamp(entry, promise, log);
  if (proof !== undefined) verifyInclusion(entry, proof, log, isV2);
  return {
    entry,
    log,
    isV2,
    leaf: leafHash(entry.body),
    proven: proof && { head: verifyCheckpoint(proof.checkpoint, log), index: proof.logIndex },
  };
}

/** By what the log took in, not by a label beside it. */
function isOfRekorV2({ body }: LogEntry): boolean {
  const json = parseCanonicalJson(body, 'log entry body');
  if (!isJsonObject(json)) refuse('tlog.noncanonical', 'log entry body is not canonical JSON');
  return isRekorV2Kind(`${printJson(json.kind)} ${printJson(json.apiVersion)}`);
}
