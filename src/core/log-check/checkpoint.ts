import { SlsaGateError } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import { type Checkpoint, verifyCheckpoint } from '../verify/checkpoint.ts';
import type { Log } from '../verify/trusted-root.ts';
import { refuseUnproven } from './standing.ts';

/** Codes of a note that is none: an error page, or half an answer. */
const UNREADABLE: ReadonlySet<string> = new Set(['log.checkpoint-malformed', 'limit.bundle']);

/**
 * A checkpoint as a server gives it now. What is none was not read; one that the log has not signed speaks against it.
 *
 * @throws SlsaGateError `source.malformed-response`; `log.origin`, `log.checkpoint-signature`
 */
export function readCheckpoint(bytes: Uint8Array, log: Log): Checkpoint {
  if (bytes.length > LIMITS.checkpointBytes) refuseUnproven('the checkpoint is too large');
  try {
    return verifyCheckpoint(Buffer.from(bytes).toString('utf8'), log);
  } catch (cause) {
    if (!(cause instanceof SlsaGateError) || !UNREADABLE.has(cause.finding)) throw cause;
    return refuseUnproven(cause.message);
  }
}
