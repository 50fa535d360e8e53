import { sha256Hex } from '../../core/evidence/canonical.ts';
import { type PruneRecord, rowDigest } from '../../core/evidence/prune-record.ts';
import type { EvidenceReader } from '../../core/evidence-ports.ts';
import type { Sha256Hex, StoredRecord } from '../../core/model/evidence.ts';
import { attempt, type SlsaGateError } from '../../errors.ts';
import {
  atRecord,
  hexOf,
  materialsOf,
  type OpenedRecord,
  openRecord,
  type RecordTrust,
} from './open-record.ts';
import { assertPrunedRow, missing } from './pruned-payloads.ts';
import { readPayload } from './read-record.ts';

/** What was found intact; `decisions + overrides + prunes + genesis` is the number of records that were looked at. */
export interface RecordCounts {
  readonly genesis: number;
  readonly decisions: number;
  readonly overrides: number;
  readonly prunes: number;
  /** Records of which a payload is gone, as a prune record says. */
  readonly pruned: number;
  /** Distinct materials whose bytes were hashed; more where the same lies far apart. */
  readonly materials: number;
}

export interface RecordCheckOptions {
  /** Whether the bytes behind every digest of a record are hashed too. */
  readonly withMaterial: boolean;
}

/** Digests that need not be hashed again; many records share policy and roots. */
const REMEMBERED = 100_000;

/**
 * Checks what stands behind each row of a log, in the order of the log: envelope and summary are there, signed, and say
 * what the columns say; every material is there with the right bytes. What is gone must be named by a later prune record,
 * so whether it is missing shows only at the end.
 */
export class RecordVerifier {
  readonly #reader: EvidenceReader;
  readonly #trust: RecordTrust;
  readonly #withMaterial: boolean;
  readonly #intact = new Set<Sha256Hex>();
  /** Payloads that no record has explained yet, with the first record that misses them. */
  readonly #missing = new Map<Sha256Hex, StoredRecord>();
  /** Records without envelopes, by id, as long as no prune record has confirmed their rows. */
  readonly #gone = new Map<string, { readonly row: StoredRecord; expected: string | undefined }>();
  /** Denials of which only the row is left: no gate could remember them. */
  readonly #forgotten: StoredRecord[] = [];
  readonly #counts = { genesis: 0, decisions: 0, overrides: 0, prunes: 0, pruned: 0, materials: 0 };

  constructor(reader: EvidenceReader, trust: RecordTrust, { withMaterial }: RecordCheckOptions) {
    this.#reader = reader;
    this.#trust = trust;
    this.#withMaterial = withMaterial;
  }

  /**
   * @throws SlsaGateError `evidence.tampered`, `evidence.signature`, `evidence.origin`, `evidence.material-missing`, with
   *   `details.seq`
   */
  async check(row: StoredRecord): Promise<void> {
    const opened = await openRecord(this.#reader, row, this.#trust);
    if (opened.kind === 'gone') {
      // Nothing but decisions is ever pruned.
      if (row.type !== 'decision') missing(opened.digest, row);
      this.#counts.decisions++;
      this.#counts.pruned++;
      this.#miss(opened.digest, row);
      this.#gone.set(row.recordId, { row, expected: undefined });
      return;
    }
    this.#count(opened);
    if (opened.kind === 'prune') this.#explain(opened.record, row);
    if (this.#withMaterial) await atRecord(row, () => this.#checkMaterials(opened, row));
  }

  /**
   * To be called when all rows were checked.
   *
   * @throws SlsaGateError `evidence.material-missing`, `evidence.tampered` for the first record that is not whole and of
   *   which no prune record says so
   */
  finish(): RecordCounts {
    const unexplained = this.#unexplained();
    if (unexplained !== undefined) throw unexplained;
    return this.#counts;
  }

  #unexplained(): SlsaGateError | undefined {
    const errors = [
      ...[...this.#missing].map(([digest, row]) => attempt(() => missing(digest, row))),
      ...[...this.#gone.values()].map(({ row, expected }) => attempt(() => assertPrunedRow(expected, row))),
      ...this.#forgotten.map((row) => attempt(() => missing(row.recordDigest ?? '', row))),
    ].flatMap((tried) => ('error' in tried ? tried.error : []));
    return errors.sort((a, b) => Number(a.details.seq) - Number(b.details.seq))[0];
  }

  #miss(digest: Sha256Hex, row: StoredRecord): void {
    if (!this.#missing.has(digest)) this.#missing.set(digest, row);
  }

  /** A record says only what became of records before it. */
  #explain({ payloads, records }: PruneRecord, { seq }: StoredRecord): void {
    for (const digest of payloads.map(hexOf)) {
      const row = this.#missing.get(digest);
      if (row !== undefined && row.seq < seq) this.#missing.delete(digest);
    }
    for (const { recordId, row } of records) {
      const gone = this.#gone.get(recordId);
      if (gone === undefined || gone.row.seq >= seq) continue;
      if (rowDigest(gone.row) !== row) {
        gone.expected = row;
        continue;
      }
      this.#gone.delete(recordId);
      if (gone.row.verdict === 'deny') this.#forgotten.push(gone.row);
    }
  }

  async #checkMaterials(opened: OpenedRecord, row: StoredRecord): Promise<void> {
    let isPruned = false;
    for (const { digest } of materialsOf(opened)) {
      if (this.#intact.has(digest)) continue;
      const bytes = await readPayload(this.#reader, digest, { sha256Hex, seq: row.seq });
      if (bytes === undefined) {
        this.#miss(digest, row);
        isPruned = true;
        continue;
      }
      if (this.#intact.size >= REMEMBERED) this.#intact.clear();
      this.#intact.add(digest);
      this.#counts.materials++;
    }
    if (isPruned) this.#counts.pruned++;
  }

  #count({ kind }: OpenedRecord): void {
    switch (kind) {
      case 'genesis':
        this.#counts.genesis++;
        break;
      case 'decision':
        this.#counts.decisions++;
        break;
      case 'override':
        this.#counts.overrides++;
        break;
      case 'prune':
        this.#counts.prunes++;
    }
  }
}
