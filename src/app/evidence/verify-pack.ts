import { isUtf8 } from 'node:buffer';
import { sha256Hex } from '../../core/evidence/canonical.ts';
import type { OverrideRecord } from '../../core/evidence/override-record.ts';
import type { DecisionRecord } from '../../core/evidence/record.ts';
import { LIMITS } from '../../core/limits.ts';
import { type CheckpointTrust, type TreeHead, verifyCheckpoint } from '../../core/log/checkpoint.ts';
import { MAX_LEAF_BYTES } from '../../core/log/leaf.ts';
import { verifyProof } from '../../core/log/proof.ts';
import { isRecordId } from '../../core/log/record-id.ts';
import type { Sha256Hex, StoredRecord } from '../../core/model/evidence.ts';
import { refuse } from '../../errors.ts';
import { type ListedRecord, toListed } from './list.ts';
import { atRecord, materialsOf, type OpenedRecord, openRecord, type RecordTrust } from './open-record.ts';
import { materialPath, PACK, recordPath } from './pack.ts';
import { missing } from './pruned-payloads.ts';
import { readPayload } from './read-record.ts';
import { rowOfLeaf } from './row-of-leaf.ts';

/** A folder with an export; whoever gave it may have written anything into it. */
export interface PackReader {
  /** Paths of all files, relative, with `/`. @throws SlsaGateError `path.*` for links and what is no file */
  list(): Promise<readonly string[]>;
  /** @throws SlsaGateError `path.*` when it is larger than `maxBytes` */
  read(path: string, maxBytes: number): Promise<Buffer>;
}

/** Keys, origin and verifier: all of it from somewhere else than the pack. */
export interface PackTrust {
  readonly checkpoint: CheckpointTrust;
  readonly records: RecordTrust;
}

/** What the pack must be about; only what is given is asked. */
export interface PackExpectation {
  /** `sha256:<hex>` */
  readonly artifactDigest?: string;
  readonly environment?: string;
}

export interface PackedRecord extends Omit<ListedRecord, 'prunedBy'> {
  readonly decision: DecisionRecord | null;
  readonly override: OverrideRecord | null;
}

/** An export of which everything is proven. */
export interface PackDocument {
  readonly schemaVersion: 1;
  readonly origin: string;
  /** Leaves of the log when the pack was made. */
  readonly size: number;
  readonly checkpoint: string;
  /** In the order of the log. */
  readonly records: readonly PackedRecord[];
  readonly materials: number;
}

/**
 * Verifies an export without the store: each leaf leads to the checkpoint, each envelope is signed by a key of the caller
 * and says what its leaf says, each material has its digest, and nothing else lies there but README.md and keys/.
 *
 * @throws SlsaGateError `evidence.tampered`, `evidence.signature`, `evidence.origin`, `evidence.material-missing`, with
 *   `details.seq` where it is about one record; `replay.audience` where it is about something else than expected; `path.*`
 */
export async function verifyPack(
  pack: PackReader,
  trust: PackTrust,
  expected: PackExpectation,
): Promise<PackDocument> {
  const verifier = new PackVerifier(pack, trust, new Set(await pack.list()));
  const document = await verifier.verify();
  for (const record of document.records) assertAudience(record, expected);
  return document;
}

class PackVerifier {
  readonly #pack: PackReader;
  readonly #trust: PackTrust;
  readonly #files: ReadonlySet<string>;
  /** Files that something vouches for. */
  readonly #known = new Set<string>();
  readonly #intact = new Set<Sha256Hex>();

  constructor(pack: PackReader, trust: PackTrust, files: ReadonlySet<string>) {
    this.#pack = pack;
    this.#trust = trust;
    this.#files = files;
  }

  async verify(): Promise<PackDocument> {
    const checkpoint = await this.#text(PACK.checkpoint, LIMITS.checkpointBytes);
    const head = verifyCheckpoint(checkpoint, this.#trust.checkpoint);
    const records: PackedRecord[] = [];
    for (const recordId of this.#recordIds()) records.push(await this.#record(recordId, head));
    if (records.length === 0) refuse('evidence.tampered', 'the pack holds no record');
    this.#assertNothingElse();
    records.sort((a, b) => a.seq - b.seq);
    const { origin, size } = head;
    return { schemaVersion: 1, origin, size, checkpoint, records, materials: this.#intact.size };
  }

  #recordIds(): readonly string[] {
    const ids = [...this.#files]
      .filter((path) => path.startsWith(PACK.records))
      .map((path) => path.slice(PACK.records.length).split('/')[0] ?? '');
    return [...new Set(ids)].filter(isRecordId);
  }

  async #record(recordId: string, head: TreeHead): Promise<PackedRecord> {
    const leaf = await this.#text(recordPath(recordId, 'leaf'), MAX_LEAF_BYTES);
    const proof = await this.#text(recordPath(recordId, 'proof'), 2 * LIMITS.checkpointBytes);
    const { index: seq, head: proven } = verifyProof(proof, leaf, this.#trust.checkpoint);
    return atRecord({ seq }, async () => {
      if (proven.size !== head.size || !proven.rootHash.equals(head.rootHash))
        refuse('evidence.tampered', `record ${seq} is proven under another checkpoint than that of the pack`);
      const envelope = await this.#optional(recordPath(recordId, 'record'));
      const row = rowOfLeaf(seq, leaf, envelope);
      if (row.recordId !== recordId) {
        refuse('evidence.tampered', `record ${seq} is another one than the name of its folder says`, {
          expected: recordId,
          actual: row.recordId,
        });
      }
      const payload = (digest: Sha256Hex): Promise<Buffer | undefined> =>
        digest === row.recordDigest
          ? Promise.resolve(envelope)
          : this.#optional(digest === row.vsaDigest ? recordPath(recordId, 'summary') : materialPath(digest));
      const opened = await openRecord({ payload }, row, this.#trust.records);
      if (opened.kind === 'gone') return missing(opened.digest, row);
      await this.#materials(opened, row, payload);
      return toPacked(row, opened);
    });
  }

  async #materials(
    opened: OpenedRecord,
    row: StoredRecord,
    payload: (digest: Sha256Hex) => Promise<Buffer | undefined>,
  ): Promise<void> {
    for (const { digest } of materialsOf(opened)) {
      if (this.#intact.has(digest)) continue;
      if ((await readPayload({ payload }, digest, { sha256Hex, seq: row.seq })) === undefined)
        missing(digest, row);
      this.#intact.add(digest);
    }
  }

  /** What nothing vouches for could be taken for a part of it. */
  #assertNothingElse(): void {
    for (const path of this.#files) {
      if (this.#known.has(path) || path === PACK.readme || path.startsWith(PACK.keys)) continue;
      refuse('evidence.tampered', `the pack holds a file that no record names: ${path}`, { actual: path });
    }
  }

  async #optional(path: string): Promise<Buffer | undefined> {
    if (!this.#files.has(path)) return undefined;
    this.#known.add(path);
    return this.#pack.read(path, LIMITS.attestationFileBytes);
  }

  async #text(path: string, maxBytes: number): Promise<string> {
    if (!this.#files.has(path)) refuse('evidence.tampered', `the pack lacks ${path}`, { expected: path });
    this.#known.add(path);
    const bytes = await this.#pack.read(path, maxBytes);
    if (!isUtf8(bytes)) refuse('evidence.tampered', `${path} is no text`);
    return bytes.toString('utf8');
  }
}

const toPacked = (row: StoredRecord, opened: OpenedRecord): PackedRecord => ({
  ...toListed(row),
  decision: opened.kind === 'decision' ? opened.record : null,
  override: opened.kind === 'override' ? opened.record : null,
});

const AUDIENCE = [
  ['artifactDigest', 'artifact'],
  ['environment', 'environment'],
] as const;

/** A record counts for the artifact and the environment that it names, whatever the pack is called. */
function assertAudience(record: PackedRecord, expected: PackExpectation): void {
  for (const [field, what] of AUDIENCE) {
    const wanted = expected[field];
    if (wanted === undefined || record[field] === wanted) continue;
    refuse('replay.audience', `${record.recordId} is about another ${what}`, {
      expected: wanted,
      actual: record[field] ?? 'none',
      details: { seq: record.seq },
    });
  }
}
