import type { InclusionProof, LogEntry } from '../../core/model/log-entry.ts';
import { type Checkpoint, verifyCheckpoint } from '../../core/verify/checkpoint.ts';
import { verifyInclusion, verifyLogEntry, verifySignedEntryTimestamp } from '../../core/verify/log-entry.ts';
import { checkLogEntryBody, isRekorV2Kind, type LoggedSignature } from '../../core/verify/log-entry-body.ts';
import type { Log } from '../../core/verify/trusted-root.ts';
import { type Attempt, attempt, refuse } from '../../errors.ts';
import type { InspectPart } from '../requests.ts';
import { checked, covered, group, instant, shown } from './part.ts';

const inclusionParts = (
  entry: LogEntry,
  proof: InclusionProof,
  log: Attempt<Log>,
  isV2: boolean,
): readonly InspectPart[] => {
  const checkpoint: Attempt<Checkpoint> =
    'error' in log ? log : attempt(() => verifyCheckpoint(proof.checkpoint, log.value));
  const [origin = '', size = ''] = proof.checkpoint.split('\n', 2);
  const inclusion = 'error' in log ? log : attempt(() => verifyInclusion(entry, proof, log.value, isV2));
  return [
    checked('inclusion proof', `index ${proof.logIndex}, ${proof.hashes.length} hashes`, inclusion),
    checked('checkpoint', `${origin}, size ${size}`, checkpoint),
  ];
};

const kindOf = (entry: LogEntry): string => `${entry.kind ?? 'unnamed'} ${entry.version ?? ''}`.trimEnd();

/**
 * Everything in a log entry; the whole is proven when all of it verifies and it is about the signature of the bundle.
 *
 * @param logged what the entry must be about; undefined when the key that signed is not known
 */
export function inspectLogEntry(
  entry: LogEntry,
  logged: LoggedSignature | undefined,
  logs: ReadonlyMap<string, Log>,
): InspectPart {
  const log = attempt(
    () => logs.get(entry.logId) ?? refuse('log.unknown', 'log entry is of a log that is not trusted'),
  );
  const body = logged === undefined ? undefined : attempt(() => checkLogEntryBody(entry, logged));
  const set = entry.signedEntryTimestamp;
  const promise =
    set === undefined || 'error' in log
      ? log
      : attempt(() => verifySignedEntryTimestamp(entry, set, log.value));
  const isPromised = set !== undefined && 'value' in promise;
  const kind = body !== undefined && 'value' in body ? body.value : kindOf(entry);
  const isV2 = isRekorV2Kind(kind);
  const time = entry.integratedTimeSeconds;
  const parts = [
    checked('log', 'value' in log ? `${log.value.name} (${entry.logId})` : entry.logId, log),
    covered('index', String(entry.logIndex), isPromised),
    body === undefined ? shown('entry', kind) : checked('entry', kind, body),
    ...(time === undefined ? [] : [covered('integrated time', instant(time * 1000), isPromised)]),
    set === undefined
      ? shown('signed entry timestamp', 'none')
      : checked('signed entry timestamp', undefined, promise),
    ...(entry.inclusionProof === undefined
      ? [shown('inclusion proof', 'none')]
      : inclusionParts(entry, entry.inclusionProof, log, isV2)),
  ];
  if (logged === undefined) return group('log entry', parts);
  return checked(
    'log entry',
    undefined,
    attempt(() => verifyLogEntry(entry, logged, logs)),
    parts,
  );
}
