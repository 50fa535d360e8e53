import { rowDigest } from '../../core/evidence/prune-record.ts';
import type { EvidenceReader } from '../../core/evidence-ports.ts';
import type { Sha256Hex, StoredRecord } from '../../core/model/evidence.ts';
import { refuse } from '../../errors.ts';
import { everyRecord } from './every-record.ts';
import { type GoneRecord, hexOf, openRecord, type RecordTrust } from './open-record.ts';
import type { Prover } from './prover.ts';

/** What prune records say: which of them took a payload, and the rows that stood there then. */
interface Known {
  readonly payloads: Map<Sha256Hex, string>;
  /** Digests of rows, by record id. */
  readonly rows: Map<string, string>;
}

/** Explains payloads that are gone. Asked for the first time it reads every prune record, each proven. */
export class PrunedPayloads {
  readonly #reader: EvidenceReader;
  readonly #trust: RecordTrust;
  readonly #prover: Pick<Prover, 'prove'>;
  #known: Promise<Known> | undefined;

  constructor(reader: EvidenceReader, trust: RecordTrust, prover: Pick<Prover, 'prove'>) {
    this.#reader = reader;
    this.#trust = trust;
    this.#prover = prover;
  }

  /**
   * Id of the record that took a material away.
   *
   * @param row that names it
   * @throws SlsaGateError `evidence.material-missing` when no record says so
   */
  async recordOf(digest: Sha256Hex, row: Pick<StoredRecord, 'seq' | 'recordId'>): Promise<string> {
    this.#known ??= this.#load();
    return (await this.#known).payloads.get(digest) ?? missing(digest, row);
  }

  /**
   * Id of the record that took an envelope away; what the row says must be what it said then.
   *
   * @throws SlsaGateError `evidence.material-missing`, `evidence.tampered`
   */
  async recordOfRow({ digest }: GoneRecord, row: StoredRecord): Promise<string> {
    const recordId = await this.recordOf(digest, row);
    const { rows } = await (this.#known as Promise<Known>);
    assertPrunedRow(rows.get(row.recordId), row);
    return recordId;
  }

  async #load(): Promise<Known> {
    const known: Known = { payloads: new Map(), rows: new Map() };
    for await (const row of everyRecord(this.#reader, { type: 'prune' })) {
      await this.#prover.prove(row);
      const opened = await openRecord(this.#reader, row, this.#trust);
      if (opened.kind === 'gone') return missing(opened.digest, row);
      if (opened.kind !== 'prune') continue;
      for (const digest of opened.record.payloads) known.payloads.set(hexOf(digest), row.recordId);
      for (const pruned of opened.record.records) known.rows.set(pruned.recordId, pruned.row);
    }
    return known;
  }
}

/**
 * Nothing that is signed repeats what the row of a pruned record says, but the record that pruned it.
 *
 * @throws SlsaGateError `evidence.tampered`
 */
export function assertPrunedRow(expected: string | undefined, row: StoredRecord): void {
  const actual = rowDigest(row);
  if (expected === actual) return;
  refuse('evidence.tampered', `record ${row.seq} is not as it was when it was pruned`, {
    expected: expected ?? 'a record that was pruned',
    actual,
    details: { seq: row.seq },
  });
}

/** @throws SlsaGateError `evidence.material-missing` */
export const missing = (
  digest: Sha256Hex,
  { seq, recordId }: Pick<StoredRecord, 'seq' | 'recordId'>,
): never =>
  refuse('evidence.material-missing', `a payload of ${recordId} is gone: sha256:${digest}`, {
    expected: 'a record that says that it was pruned',
    details: { seq },
  });
