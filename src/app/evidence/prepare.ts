import type { EvidenceReader } from '../../core/evidence-ports.ts';
import type { TreeEdge } from '../../core/log/edge.ts';
import { leafHash } from '../../core/log/merkle.ts';
import type { Sha256Hex, StoredRecord } from '../../core/model/evidence.ts';
import { decideGroup } from './decide-group.ts';
import { type Entry, toRecord } from './entry.ts';
import { PendingReader } from './pending-reader.ts';

export interface AppendRequest {
  /**
   * What the decision is about, e.g. request key, artifact and environment: those that share one are taken one after the
   * other and see each other's records, others perhaps at the same time. Without keys it is taken alone.
   */
  readonly keys?: readonly string[];
  /**
   * Decides what is to be appended, inside the transaction: what it reads cannot change before it is written. What it
   * throws is the answer of this append alone. Its reader is of no use afterwards.
   */
  readonly decide: (reader: EvidenceReader) => Promise<Entry>;
}

/** What became of one append of a group. */
export type Decided =
  | { readonly record: StoredRecord; readonly isNew: boolean }
  | { readonly error: unknown };

export interface Prepared {
  /** As many as there were requests, in their order. */
  readonly decided: readonly Decided[];
  readonly pending: PendingReader;
  readonly drops: readonly Sha256Hex[];
  /** The tree with the new records. */
  readonly edge: TreeEdge;
}

/** Takes the decisions of a group, and lets the tree grow by what they add. Nothing is written. */
export async function prepare(
  reader: EvidenceReader,
  before: TreeEdge,
  requests: readonly AppendRequest[],
  ports: { readonly now: () => Date; readonly random: (bytes: number) => Uint8Array },
): Promise<Prepared> {
  const pending = new PendingReader(reader);
  const edge = before.copy();
  const drops: Sha256Hex[] = [];

  const place = async (request: AppendRequest): Promise<Decided> => {
    const entry = await request.decide(pending);
    if ('existing' in entry) return { record: entry.existing, isNew: false };
    const { requestKey, decisionDigest } = entry.record;
    if (requestKey !== null && decisionDigest !== null) {
      const stored = await pending.recordOfDecision(requestKey, decisionDigest);
      // Somebody else of this group may have come first while the store was asked.
      const there = pending.pendingDecision(requestKey, decisionDigest) ?? stored;
      if (there !== undefined) return { record: there, isNew: false };
    }
    const appendTime = ports.now().toISOString();
    const record = toRecord(entry, { seq: edge.size, appendTime, salt: ports.random(16) });
    edge.append(leafHash(Buffer.from(record.leaf)));
    pending.push(record, entry.payloads);
    drops.push(...(entry.drop ?? []));
    return { record, isNew: true };
  };

  const decided: Decided[] = [];
  await decideGroup(
    requests.map((request, index) => ({
      keys: request.keys,
      run: async () => {
        decided[index] = await place(request).catch((error: unknown) => ({ error }));
      },
    })),
  );
  return { decided, pending, drops, edge };
}
