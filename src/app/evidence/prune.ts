import { sha256Hex } from '../../core/evidence/canonical.ts';
import { MAX_PRUNED, type PruneRecord, toPruneStatement } from '../../core/evidence/prune-record.ts';
import type { EvidenceReader, RecordSigner } from '../../core/evidence-ports.ts';
import { toRecordId } from '../../core/log/record-id.ts';
import type { Sha256Hex } from '../../core/model/evidence.ts';
import { refuse } from '../../errors.ts';
import type { NewEntry } from './entry.ts';
import type { EvidenceAccess } from './find-record.ts';
import { openRecord } from './open-record.ts';
import { openProver } from './prover.ts';
import { type PrunableRecord, type PrunePlan, payloadsOf, planPrune } from './prune-plan.ts';
import { missing } from './pruned-payloads.ts';
import { signRecord } from './sign-record.ts';

/** `slsa-gate evidence prune` */
export interface PruneRequest {
  readonly olderThanSeconds: number;
  /** Only records of this environment; null for all. */
  readonly environment: string | null;
  /** Stands in the record. */
  readonly reason: string;
  readonly dryRun: boolean;
}

export type PruneAccess = EvidenceAccess & { readonly recordSigner: RecordSigner | undefined };

export interface PrunePorts {
  readonly now: () => Date;
  readonly random: (bytes: number) => Uint8Array;
}

/** What was taken away, or would be. */
export interface PruneDocument {
  readonly schemaVersion: 1;
  readonly origin: string;
  readonly dryRun: boolean;
  /** RFC 3339 UTC */
  readonly cutoff: string;
  readonly environment: string | null;
  readonly records: readonly Omit<PrunableRecord, 'row' | 'recordDigest' | 'payloads'>[];
  readonly payloads: number;
  /** Records of the act itself. */
  readonly prunedBy: readonly string[];
  /** There are more than one run takes: run again. */
  readonly hasMore: boolean;
}

/**
 * Takes away envelopes and materials of old decisions; leaves, rows and proofs stay. Each transaction appends the signed
 * record of what it takes away.
 *
 * @throws SlsaGateError `evidence.config` without a signer, and the other `evidence.*` codes
 */
export async function pruneEvidence(
  request: PruneRequest,
  access: PruneAccess,
  ports: PrunePorts,
): Promise<PruneDocument> {
  const { recordSigner } = access;
  if (recordSigner === undefined && !request.dryRun)
    return refuse('evidence.config', 'no record signer is configured, so nothing can be pruned');
  const cutoff = new Date(ports.now().getTime() - request.olderThanSeconds * 1000).toISOString();
  const { environment, dryRun } = request;
  const plan = await planPrune({ cutoff, environment }, access, await openProver(access.log));
  const done: PruneDocument = {
    schemaVersion: 1,
    origin: access.log.origin,
    dryRun,
    cutoff,
    environment,
    records: plan.records.map(
      ({ row: _row, recordDigest: _digest, payloads: _payloads, ...record }) => record,
    ),
    payloads: plan.records.reduce((sum, { payloads }) => sum + payloads.length, 0),
    prunedBy: [],
    hasMore: plan.hasMore,
  };
  if (dryRun || recordSigner === undefined) return done;
  const prunedBy: string[] = [];
  const context = { ...ports, access, recordSigner, plan, request, cutoff };
  let payloads = 0;
  for (const group of groupsOf(plan.records)) {
    const pruned = await pruneGroup(group, context);
    if (pruned === undefined) continue;
    prunedBy.push(pruned.recordId);
    payloads += pruned.payloads;
  }
  return { ...done, payloads, prunedBy };
}

/** Records whose payloads one record of pruning can name. */
function groupsOf(records: readonly PrunableRecord[]): readonly (readonly PrunableRecord[])[] {
  const groups: PrunableRecord[][] = [];
  let count = Number.POSITIVE_INFINITY;
  for (const record of records) {
    const size = Math.max(1, record.payloads.length);
    if (count + size > MAX_PRUNED) {
      groups.push([]);
      count = 0;
    }
    groups.at(-1)?.push(record);
    count += size;
  }
  return groups;
}

interface PruneContext extends PrunePorts {
  readonly access: EvidenceAccess;
  readonly recordSigner: RecordSigner;
  readonly plan: PrunePlan;
  readonly request: PruneRequest;
  readonly cutoff: string;
}

/** Somebody else has pruned all of it meanwhile. */
class NothingLeft extends Error {}

async function pruneGroup(
  group: readonly PrunableRecord[],
  context: PruneContext,
): Promise<{ readonly recordId: string; readonly payloads: number } | undefined> {
  let payloads = 0;
  try {
    const { record } = await context.access.log.append({
      decide: async (reader) => {
        const entry = await toEntry(group, reader, context);
        payloads = entry.drop?.length ?? 0;
        return entry;
      },
    });
    return { recordId: record.recordId, payloads };
  } catch (error) {
    if (error instanceof NothingLeft) return undefined;
    throw error;
  }
}

/** Inside the transaction: what was recorded since the plan was made may share payloads with what was to go. */
async function toEntry(
  group: readonly PrunableRecord[],
  reader: EvidenceReader,
  { access, recordSigner, plan, request, cutoff, now, random }: PruneContext,
): Promise<NewEntry> {
  const kept = await keptSince(plan.size, reader, access);
  const records: PrunableRecord[] = [];
  for (const record of group)
    if ((await reader.payload(record.recordDigest)) !== undefined) records.push(record);
  const drop = [...new Set(records.flatMap(({ payloads }) => payloads))].filter(
    (digest) => !kept.has(digest),
  );
  if (drop.length === 0) throw new NothingLeft('nothing is left to prune');
  const at = now();
  const record: PruneRecord = {
    recordId: toRecordId(at, random(10)),
    prunedAt: at.toISOString(),
    cutoff,
    environment: request.environment,
    reason: request.reason,
    records: records.map(({ recordId, row }) => ({ recordId, row })),
    payloads: drop.map((digest) => `sha256:${digest}`).sort(),
  };
  const envelope = await signRecord(toPruneStatement(record), { ...access, recordSigner });
  const recordDigest = sha256Hex(envelope);
  return {
    record: {
      recordId: record.recordId,
      type: 'prune',
      recordDigest,
      vsaDigest: null,
      requestKey: null,
      decisionDigest: null,
      artifactDigest: null,
      environment: request.environment,
      verdict: null,
      codes: [],
    },
    payloads: [{ digest: recordDigest, bytes: envelope }],
    drop,
  };
}

async function keptSince(
  size: number,
  reader: EvidenceReader,
  access: EvidenceAccess,
): Promise<ReadonlySet<Sha256Hex>> {
  const kept = new Set<Sha256Hex>();
  for await (const batch of reader.records(size)) {
    for (const row of batch) {
      const opened = await openRecord(reader, row, access);
      if (opened.kind === 'gone') return missing(opened.digest, row);
      for (const digest of payloadsOf(row, opened)) kept.add(digest);
    }
  }
  return kept;
}
