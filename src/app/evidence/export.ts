import { sha256Hex } from '../../core/evidence/canonical.ts';
import { isIdentity, printAuthority, type RecordAuthority } from '../../core/evidence/record-authority.ts';
import type { Sha256Hex, StoredRecord } from '../../core/model/evidence.ts';
import { refuse } from '../../errors.ts';
import { type EvidenceAccess, findRecord } from './find-record.ts';
import { materialsOf, type OpenedRecord, openRecord } from './open-record.ts';
import { materialPath, PACK, type PackFile, recordPath } from './pack.ts';
import { openProver, type Prover } from './prover.ts';
import { PrunedPayloads } from './pruned-payloads.ts';
import { readPayload } from './read-record.ts';
import { refusePruned } from './show.ts';

/** What a pack tells people about itself. None of it is to be believed: keys come from somewhere else. */
export interface PackAbout {
  readonly origin: string;
  readonly verifierId: string;
  /** Leaves of the log when it was made. */
  readonly treeSize: number;
  /** Fingerprints of keys, names of identities. */
  readonly recordKeys: readonly string[];
  /** Verifier keys (C2SP). */
  readonly checkpointKeys: readonly string[];
  readonly records: readonly (StoredRecord & {
    /** Name of the artifact as it was given; null for records that decide nothing. */
    readonly reference: string | null;
  })[];
}

export interface ExportPorts {
  /** Verifier keys (C2SP) of the log. */
  readonly checkpointKeys: readonly string[];
  /** Text of README.md. */
  readonly describe: (about: PackAbout) => string;
  /** Writes all of the files or none, into a folder that is not there yet. */
  readonly write: (files: AsyncIterable<PackFile>) => Promise<void>;
}

export interface ExportDocument {
  readonly schemaVersion: 1;
  readonly origin: string;
  readonly records: readonly string[];
  /** Files that were written. */
  readonly files: number;
  readonly bytes: number;
}

/**
 * Hands out records with all that proves them: envelopes, summaries, materials, leaves, proofs and the checkpoint that they
 * lead to. Everything is verified on its way.
 *
 * @throws SlsaGateError `evidence.not-found`, `evidence.pruned`, and the other `evidence.*` codes
 */
export async function exportRecords(
  recordIds: readonly string[],
  access: EvidenceAccess,
  ports: ExportPorts,
): Promise<ExportDocument> {
  const rows: StoredRecord[] = [];
  for (const recordId of new Set(recordIds)) rows.push(await findRecord(access, recordId));
  if (rows.length === 0) refuse('evidence.not-found', 'no record is named');
  const prover = await openProver(access.log);
  let count = 0;
  let bytes = 0;
  async function* counted(): AsyncGenerator<PackFile> {
    for await (const file of filesOf(rows, access, prover, ports)) {
      count++;
      bytes += file.bytes.length;
      yield file;
    }
  }
  await ports.write(counted());
  return {
    schemaVersion: 1,
    origin: access.log.origin,
    records: rows.map(({ recordId }) => recordId),
    files: count,
    bytes,
  };
}

async function* filesOf(
  rows: readonly StoredRecord[],
  access: EvidenceAccess,
  prover: Prover,
  { checkpointKeys, describe }: ExportPorts,
): AsyncGenerator<PackFile> {
  const { log, recordKeys, verifierId } = access;
  const { note, head } = prover.head;
  const pruned = new PrunedPayloads(log.store, access, prover);
  const written = new Set<Sha256Hex>();
  const records: PackAbout['records'][number][] = [];
  yield text(PACK.checkpoint, note);
  for (const row of rows) {
    yield text(recordPath(row.recordId, 'proof'), await prover.prove(row));
    yield text(recordPath(row.recordId, 'leaf'), row.leaf);
    const opened = await openRecord(log.store, row, access);
    if (opened.kind === 'gone') return refusePruned(row, await pruned.recordOfRow(opened, row));
    const reference = opened.kind === 'decision' ? opened.record.inputs.artifact.reference : null;
    records.push({ ...row, reference });
    yield* envelopesOf(row, opened);
    for (const { digest } of materialsOf(opened)) {
      if (written.has(digest)) continue;
      const bytes = await readPayload(log.store, digest, { sha256Hex, seq: row.seq });
      if (bytes === undefined) return refusePruned(row, await pruned.recordOf(digest, row));
      written.add(digest);
      yield { path: materialPath(digest), bytes };
    }
  }
  for (const [index, authority] of recordKeys.entries()) yield* filesOfAuthority(authority, index + 1);
  for (const [index, vkey] of checkpointKeys.entries())
    yield text(`${PACK.keys}checkpoint-${index + 1}.vkey`, `${vkey}\n`);
  const about: PackAbout = {
    origin: log.origin,
    verifierId,
    treeSize: head.size,
    recordKeys: recordKeys.map(printAuthority),
    checkpointKeys,
    records,
  };
  yield text(PACK.readme, describe(about));
}

function* filesOfAuthority(authority: RecordAuthority, number: number): Generator<PackFile> {
  if (!isIdentity(authority)) {
    const pem = String(authority.key.export({ type: 'spki', format: 'pem' }));
    return yield text(`${PACK.keys}record-${number}.pem`, pem);
  }
  const { subject, issuer, root, rootBytes } = authority;
  const named = { subject, issuer, trustedRoot: root.digest };
  yield text(`${PACK.keys}record-${number}.identity.json`, `${JSON.stringify(named, null, 2)}\n`);
  yield { path: `${PACK.keys}record-${number}.trusted-root.json`, bytes: rootBytes };
}

function* envelopesOf({ recordId }: StoredRecord, opened: OpenedRecord): Generator<PackFile> {
  if (opened.kind === 'genesis') return;
  yield { path: recordPath(recordId, 'record'), bytes: opened.envelope };
  const summary = opened.kind === 'decision' ? opened.summary : undefined;
  if (summary !== undefined) yield { path: recordPath(recordId, 'summary'), bytes: summary };
}

const text = (path: string, content: string): PackFile => ({ path, bytes: Buffer.from(content) });
