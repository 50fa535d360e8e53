import { CODES, type Code } from '../../codes.ts';
import type { DecisionRecord } from '../../core/evidence/record.ts';
import type { StoredRecord } from '../../core/model/evidence.ts';
import { refuse, SlsaGateError } from '../../errors.ts';
import { type EvidenceAccess, findRecord } from './find-record.ts';
import { atRecord, openRecord } from './open-record.ts';
import { openProver, type Prover } from './prover.ts';
import { PrunedPayloads } from './pruned-payloads.ts';
import { type Difference, replayDecision } from './replay-decision.ts';
import { MissingMaterial, toMaterial } from './replay-material.ts';
import { refusePruned } from './show.ts';

/** What came of deciding one record again. */
export interface ReplayResult {
  readonly recordId: string;
  readonly seq: number;
  readonly outcome: 'same' | 'differs' | 'pruned' | 'failed';
  /** Null for `same`. */
  readonly code: Code | null;
  readonly message: string | null;
  readonly differences: readonly Difference[];
}

/** They add up: `records` is the sum of all others. */
export interface ReplayTotals {
  readonly records: number;
  readonly same: number;
  readonly differs: number;
  readonly pruned: number;
  readonly failed: number;
  /** Records of other kinds, in which nothing was decided. */
  readonly notDecisions: number;
}

export interface ReplayDocument {
  readonly schemaVersion: 1;
  readonly origin: string;
  /** Of one record: its result. Of all: those that are not the same. */
  readonly results: readonly ReplayResult[];
  readonly totals: ReplayTotals;
}

type Progress = (done: number, total: number) => void;

interface Replaying {
  readonly access: EvidenceAccess;
  readonly prover: Prover;
  readonly pruned: PrunedPayloads;
}

async function start(access: EvidenceAccess): Promise<Replaying> {
  const prover = await openProver(access.log);
  return { access, prover, pruned: new PrunedPayloads(access.log.store, access, prover) };
}

/**
 * Decides one record again, from what lies in the store alone.
 *
 * @throws SlsaGateError `evidence.not-found`, `evidence.pruned`, and the other `evidence.*` codes; that the answer differs
 *   is a result
 */
export async function replayRecord(recordId: string, access: EvidenceAccess): Promise<ReplayDocument> {
  const row = await findRecord(access, recordId);
  if (row.type !== 'decision') {
    return refuse('evidence.not-found', `nothing was decided in this record: ${recordId}`, {
      expected: 'a decision',
      actual: row.type,
    });
  }
  const result = await replayRow(row, await start(access));
  return {
    schemaVersion: 1,
    origin: access.log.origin,
    results: [result],
    totals: { ...NOTHING, records: 1, [result.outcome]: 1 },
  };
}

/**
 * Decides every record again. What one of them cannot be decided on is told, and the others go on.
 *
 * @throws SlsaGateError for a log that cannot be read
 */
export async function replayAll(access: EvidenceAccess, onProgress: Progress): Promise<ReplayDocument> {
  const replaying = await start(access);
  const { size } = replaying.prover.head.head;
  const results: ReplayResult[] = [];
  const counts = { ...NOTHING };
  for await (const batch of access.log.store.records(0)) {
    for (const row of batch) {
      // What was appended since has its turn next time.
      if (row.seq >= size) continue;
      counts.records++;
      if (row.type !== 'decision') counts.notDecisions++;
      else {
        const result = await replayRow(row, replaying).catch((error: unknown) => toResult(row, error));
        counts[result.outcome]++;
        if (result.outcome !== 'same') results.push(result);
      }
      onProgress(counts.records, size);
    }
  }
  if (counts.records !== size) {
    refuse('evidence.tampered', 'the log has another number of records than its head', {
      expected: String(size),
      actual: String(counts.records),
    });
  }
  return { schemaVersion: 1, origin: access.log.origin, results, totals: counts };
}

const NOTHING = { records: 0, same: 0, differs: 0, pruned: 0, failed: 0, notDecisions: 0 };

/** Exit code of a document: its worst result. */
export function replayExit({ results }: ReplayDocument): 0 | 2 | 3 {
  const answers = results.flatMap(({ code }) => (code === null ? [] : [CODES[code].answer]));
  if (answers.length === 0) return 0;
  return answers.every((answer) => answer === 'indeterminate') ? 2 : 3;
}

function toResult({ recordId, seq }: StoredRecord, error: unknown): ReplayResult {
  if (!(error instanceof SlsaGateError)) throw error;
  const { finding: code, message } = error;
  const outcome = code === 'evidence.pruned' ? 'pruned' : 'failed';
  return { recordId, seq, outcome, code, message, differences: [] };
}

async function replayRow(row: StoredRecord, replaying: Replaying): Promise<ReplayResult> {
  const { access, prover } = replaying;
  const { store } = access.log;
  await prover.prove(row);
  const opened = await openRecord(store, row, access);
  if (opened.kind === 'gone') return refusePruned(row, await replaying.pruned.recordOfRow(opened, row));
  if (opened.kind !== 'decision') return refuse('evidence.tampered', `record ${row.seq} is no decision`);
  try {
    return toReplayed(row, await decideAgain(opened.record, row, store));
  } catch (error) {
    if (!(error instanceof MissingMaterial)) throw error;
    return refusePruned(row, await replaying.pruned.recordOf(error.digest, row));
  }
}

type Again = { readonly differences: readonly Difference[] } | { readonly stopped: SlsaGateError };

/** What was decided on once is no usage of today: where it is refused now, that is the difference. */
async function decideAgain(
  record: DecisionRecord,
  row: StoredRecord,
  reader: EvidenceAccess['log']['store'],
): Promise<Again> {
  try {
    const material = await toMaterial(record, reader);
    return { differences: await replayDecision(record, material) };
  } catch (error) {
    if (!(error instanceof SlsaGateError)) throw error;
    if (error.finding.startsWith('evidence.')) return atRecord(row, () => Promise.reject(error));
    return { stopped: error };
  }
}

function toReplayed({ recordId, seq }: StoredRecord, again: Again): ReplayResult {
  const differs = (message: string, differences: readonly Difference[]): ReplayResult => ({
    recordId,
    seq,
    outcome: 'differs',
    code: 'evidence.replay-differs',
    message,
    differences,
  });
  if ('stopped' in again) return differs(`deciding again stops: ${again.stopped.message}`, []);
  const { differences } = again;
  if (differences.length > 0) return differs('deciding again gives another answer', differences);
  return { recordId, seq, outcome: 'same', code: null, message: null, differences };
}
