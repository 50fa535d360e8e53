import type { EvidenceReader } from '../../core/evidence-ports.ts';
import type { Payload, RecordFilter, Sha256Hex, StoredRecord } from '../../core/model/evidence.ts';
import { matchesFilter } from '../../core/model/record-filter.ts';

/**
 * What a transaction reads, with the records that it is about to add: a later decision of one group sees the earlier ones.
 * Tiles and checkpoints are those of before.
 */
export class PendingReader implements EvidenceReader {
  readonly #stored: EvidenceReader;
  /** Ascending by position, all beyond what is stored. */
  readonly #records: StoredRecord[] = [];
  readonly #payloads = new Map<Sha256Hex, Payload>();

  constructor(stored: EvidenceReader) {
    this.#stored = stored;
  }

  /** In the order of their positions. */
  get pending(): readonly StoredRecord[] {
    return this.#records;
  }

  get pendingPayloads(): readonly Payload[] {
    return [...this.#payloads.values()];
  }

  push(record: StoredRecord, payloads: readonly Payload[]): void {
    this.#records.push(record);
    for (const payload of payloads) this.#payloads.set(payload.digest, payload);
  }

  checkpoint(): Promise<string | undefined> {
    return this.#stored.checkpoint();
  }

  checkpoints(fromSize: number): AsyncIterable<{ readonly size: number; readonly note: string }> {
    return this.#stored.checkpoints(fromSize);
  }

  tile(level: number, index: number): Promise<Buffer | undefined> {
    return this.#stored.tile(level, index);
  }

  async record(recordId: string): Promise<StoredRecord | undefined> {
    return this.#find((record) => record.recordId === recordId) ?? this.#stored.record(recordId);
  }

  async recordAt(seq: number): Promise<StoredRecord | undefined> {
    return this.#find((record) => record.seq === seq) ?? this.#stored.recordAt(seq);
  }

  async recordOfRequest(requestKey: Sha256Hex): Promise<StoredRecord | undefined> {
    return (
      this.#find((record) => record.requestKey === requestKey) ?? this.#stored.recordOfRequest(requestKey)
    );
  }

  async recordOfDecision(
    requestKey: Sha256Hex,
    decisionDigest: Sha256Hex,
  ): Promise<StoredRecord | undefined> {
    return (
      this.pendingDecision(requestKey, decisionDigest) ??
      this.#stored.recordOfDecision(requestKey, decisionDigest)
    );
  }

  pendingDecision(requestKey: Sha256Hex | null, decisionDigest: Sha256Hex | null): StoredRecord | undefined {
    return this.#find(
      (record) => record.requestKey === requestKey && record.decisionDigest === decisionDigest,
    );
  }

  async list(filter: RecordFilter, limit: number): Promise<readonly StoredRecord[]> {
    const pending = this.#records.filter((record) => matchesFilter(record, filter)).reverse();
    return [...pending, ...(await this.#stored.list(filter, limit))].slice(0, limit);
  }

  async *records(fromSeq: number): AsyncIterable<readonly StoredRecord[]> {
    yield* this.#stored.records(fromSeq);
    const pending = this.#records.filter(({ seq }) => seq >= fromSeq);
    if (pending.length > 0) yield pending;
  }

  async payload(digest: Sha256Hex): Promise<Buffer | undefined> {
    const pending = this.#payloads.get(digest);
    return pending === undefined ? this.#stored.payload(digest) : Buffer.from(pending.bytes);
  }

  async *payloadDigests(): AsyncIterable<readonly Sha256Hex[]> {
    yield* this.#stored.payloadDigests();
    if (this.#payloads.size > 0) yield [...this.#payloads.keys()];
  }

  #find(isWanted: (record: StoredRecord) => boolean): StoredRecord | undefined {
    return this.#records.findLast(isWanted);
  }
}
