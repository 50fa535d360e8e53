import { sha256Hex } from '../../core/evidence/canonical.ts';
import type { OverrideRecord } from '../../core/evidence/override-record.ts';
import type { PruneRecord } from '../../core/evidence/prune-record.ts';
import type { DecisionRecord } from '../../core/evidence/record.ts';
import { type Leaf, parseLeaf } from '../../core/log/leaf.ts';
import type { StoredRecord } from '../../core/model/evidence.ts';
import { refuse } from '../../errors.ts';
import { type EvidenceAccess, findRecord } from './find-record.ts';
import {
  atRecord,
  type GoneRecord,
  materialsOf,
  type NamedMaterial,
  type OpenedRecord,
  openRecord,
} from './open-record.ts';
import { openProver } from './prover.ts';
import { PrunedPayloads } from './pruned-payloads.ts';
import { readPayload } from './read-record.ts';

/** A material of a record, and whether its bytes are still there. */
export interface ShownMaterial extends NamedMaterial {
  readonly bytes: number | null;
  /** Record that took it away. */
  readonly prunedBy: string | null;
}

/** One record, proven: the leaf stands in the log, the envelope is signed by a configured key. */
export interface ShowDocument {
  readonly schemaVersion: 1;
  readonly origin: string;
  readonly seq: number;
  readonly recordId: string;
  readonly leaf: Leaf;
  /** The head that it was proven under. */
  readonly treeSize: number;
  /** Record that took its envelope away; what is below is then gone. */
  readonly prunedBy: string | null;
  readonly decision: DecisionRecord | null;
  readonly override: OverrideRecord | null;
  readonly prune: PruneRecord | null;
  readonly materials: readonly ShownMaterial[];
}

/** A record with all that was signed about it, as bytes. */
export interface ShownRecord {
  readonly row: StoredRecord;
  readonly document: ShowDocument;
  readonly opened: OpenedRecord | GoneRecord;
  /** C2SP tlog-proof. */
  readonly proof: string;
}

/**
 * One record, verified: the leaf under the current head, the signature, columns, summary and every material.
 *
 * @throws SlsaGateError `evidence.not-found` and the other `evidence.*` codes
 */
export async function showRecord(recordId: string, access: EvidenceAccess): Promise<ShownRecord> {
  const { log } = access;
  const row = await findRecord(access, recordId);
  const prover = await openProver(log);
  const proof = await prover.prove(row);
  const opened = await openRecord(log.store, row, access);
  const pruned = new PrunedPayloads(log.store, access, prover);
  const materials: ShownMaterial[] = [];
  for (const material of opened.kind === 'gone' ? [] : materialsOf(opened)) {
    const { digest } = material;
    const bytes = await atRecord(row, () => readPayload(log.store, digest, { sha256Hex, seq: row.seq }));
    const prunedBy = bytes === undefined ? await pruned.recordOf(digest, row) : null;
    materials.push({ ...material, bytes: bytes?.length ?? null, prunedBy });
  }
  const document: ShowDocument = {
    schemaVersion: 1,
    origin: log.origin,
    seq: row.seq,
    recordId: row.recordId,
    leaf: parseLeaf(row.leaf),
    treeSize: prover.head.head.size,
    prunedBy: opened.kind === 'gone' ? await pruned.recordOfRow(opened, row) : null,
    decision: opened.kind === 'decision' ? opened.record : null,
    override: opened.kind === 'override' ? opened.record : null,
    prune: opened.kind === 'prune' ? opened.record : null,
    materials: materials.map((material) => ({ ...material, digest: `sha256:${material.digest}` })),
  };
  return { row, document, opened, proof };
}

/**
 * The envelope of a record.
 *
 * @throws SlsaGateError `evidence.pruned`, `evidence.not-found` for a record without one
 */
export function envelopeOf({ row, opened, document }: ShownRecord): Buffer {
  if (opened.kind === 'gone') return refusePruned(row, document.prunedBy);
  if (opened.kind === 'genesis') {
    return refuse('evidence.not-found', `the first leaf of a log has no envelope: ${row.recordId}`);
  }
  return opened.envelope;
}

/**
 * The envelope of the verification summary.
 *
 * @throws SlsaGateError `evidence.pruned`, `evidence.not-found` for a record without one
 */
export function summaryOf({ row, opened, document }: ShownRecord): Buffer {
  if (opened.kind === 'gone') return refusePruned(row, document.prunedBy);
  const summary = opened.kind === 'decision' ? opened.summary : undefined;
  return (
    summary ??
    refuse('evidence.not-found', `the record has no verification summary: ${row.recordId}`, {
      hint: 'Only an allow or a denial has one.',
    })
  );
}

/** @throws SlsaGateError `evidence.pruned` */
export const refusePruned = (
  { recordId, seq }: Pick<StoredRecord, 'recordId' | 'seq'>,
  by: string | null,
): never =>
  refuse('evidence.pruned', `the material of ${recordId} was pruned${by === null ? '' : ` by ${by}`}`, {
    details: { seq },
  });
