import type {
  EvidenceReader,
  EvidenceStore,
  EvidenceTransaction,
  EvidenceWrite,
} from '../../core/evidence-ports.ts';
import type { CheckpointKey, CheckpointTrust } from '../../core/log/checkpoint.ts';
import { leafOfRecord } from '../../core/log/leaf.ts';
import { isIncluded, leafHash } from '../../core/log/merkle.ts';
import { formatProof } from '../../core/log/proof.ts';
import { consistencyFromTiles, inclusionFromTiles } from '../../core/log/tiles.ts';
import type { StoredRecord } from '../../core/model/evidence.ts';
import { refuse } from '../../errors.ts';
import { AppendQueue, type Waiting } from './append-queue.ts';
import {
  advancePins,
  assertContinues,
  checkPins,
  type PinnedHead,
  readPins,
  tilesFrom,
  type VerifiedHead,
  verifyHead,
} from './heads.ts';
import { assertPins, type EvidenceLogOptions, signingKeyOf, trustOf } from './log-options.ts';
import { signHead } from './next-head.ts';
import { type AppendRequest, type Decided, type Prepared, prepare } from './prepare.ts';
import { settle } from './settle.ts';

/** A record that is durable, under a signed checkpoint that is stored and pinned. */
export interface Appended {
  readonly seq: number;
  readonly record: StoredRecord;
  /** False where the record stood there already. */
  readonly isNew: boolean;
  /** C2SP tlog-proof of the record under `checkpoint`. */
  readonly proof: string;
  /** Signed note. */
  readonly checkpoint: string;
}

/** A head as a signed note, and what it says. */
export type Head = Pick<VerifiedHead, 'note' | 'head'>;

/** What one transaction does. */
interface Group extends Prepared {
  /** Head before it. */
  readonly current: VerifiedHead;
  /** What it adds; undefined when every request was answered by a record that stood there. */
  readonly next: (VerifiedHead & { readonly write: EvidenceWrite }) | undefined;
}

type WaitingAppend = Waiting<AppendRequest, Appended>;

/** An evidence log whose head continues its pins. Made by `openEvidenceLog` and `createEvidenceLog`. */
export class EvidenceLog {
  readonly origin: string;
  /** For lists and searches; what it gives is not verified. */
  readonly store: EvidenceStore;
  readonly #options: EvidenceLogOptions;
  readonly #trust: CheckpointTrust;
  readonly #signingKey: CheckpointKey | undefined;
  readonly #queue = new AppendQueue<AppendRequest, Appended>((waiting) => this.#commit(waiting));
  /** The newest head that was verified or written here. */
  #known: VerifiedHead | undefined;

  constructor(options: EvidenceLogOptions) {
    assertPins(options.pins);
    this.origin = options.origin;
    this.store = options.store;
    this.#options = options;
    this.#trust = trustOf(options);
    this.#signingKey = options.checkpointSigner && signingKeyOf(options.checkpointSigner, this.#trust);
  }

  /**
   * Appends what `decide` says. Appends that wait at the same time share one transaction. The answer comes when record,
   * tree and signed checkpoint are durable and every pin has followed.
   *
   * @throws SlsaGateError `evidence.unwritable` when nothing was stored or nobody can tell, `evidence.pin-unreadable`,
   *   `evidence.rollback`, `evidence.fork`, `evidence.origin`, `evidence.signature`, `evidence.tampered`,
   *   `signer.failed`, and whatever `decide` throws
   */
  append(request: AppendRequest): Promise<Appended> {
    return this.#queue.add(request);
  }

  /**
   * The newest head, verified and held against the pins.
   *
   * @throws SlsaGateError as {@link append}, but for what concerns writing
   */
  async head(): Promise<Head> {
    const pinned = await readPins(this.#options.pins, this.#trust);
    const { note, head } = await this.#current(this.store, pinned);
    return { note, head };
  }

  /**
   * Proof that a record stands in the log, under the newest head (C2SP tlog-proof).
   *
   * @throws SlsaGateError `evidence.not-found`, and as {@link head}
   */
  async prove(seq: number): Promise<string> {
    const current = await this.head();
    if (!Number.isSafeInteger(seq) || seq < 0 || seq >= current.head.size)
      refuse('evidence.not-found', `the log has no position ${seq}`, { details: { seq } });
    const record = await this.store.recordAt(seq);
    if (record === undefined)
      return refuse('evidence.tampered', `record ${seq} is missing`, { details: { seq } });
    return this.#prove(record, current);
  }

  /**
   * Hashes that show how the tree of `to` leaves continues the one of `from` leaves (RFC 9162 section 2.1.4).
   *
   * @throws SlsaGateError `evidence.not-found`, and as {@link head}
   */
  async consistency(from: number, to: number): Promise<readonly Buffer[]> {
    const { head } = await this.head();
    const isSize = (size: number): boolean => Number.isSafeInteger(size) && size >= 1 && size <= head.size;
    if (!isSize(from) || !isSize(to) || from > to) {
      return refuse('evidence.not-found', 'the log has no such two trees', {
        expected: `two sizes from 1 to ${head.size}, the smaller one first`,
        actual: `${from} and ${to}`,
      });
    }
    return consistencyFromTiles(from, to, tilesFrom(this.store));
  }

  async #prove(record: StoredRecord, { note, head }: Head): Promise<string> {
    leafOfRecord(record);
    const { seq, leaf } = record;
    const hashes = await inclusionFromTiles(seq, head.size, tilesFrom(this.store));
    if (!isIncluded(seq, leafHash(Buffer.from(leaf)), hashes, head)) {
      refuse('evidence.tampered', `record ${seq} is not the one that the log committed to`, {
        details: { seq },
      });
    }
    return formatProof({ index: seq, hashes, checkpoint: note });
  }

  /** Newest head: verified unless it is the one that was verified last, and always held against the pins. */
  async #current(reader: EvidenceReader, pinned: readonly PinnedHead[]): Promise<VerifiedHead> {
    const known = this.#known;
    const readTile = tilesFrom(reader);
    let current = known;
    if (known === undefined || (await reader.checkpoint()) !== known.note) {
      current = await verifyHead(reader, this.#trust, this.store.name);
      if (known !== undefined)
        await assertContinues(current.head, known.head, 'what this process saw before', readTile);
    }
    await checkPins((current as VerifiedHead).head, pinned, readTile);
    return this.#remember(current as VerifiedHead);
  }

  #remember(head: VerifiedHead): VerifiedHead {
    if (this.#known === undefined || head.head.size > this.#known.head.size) this.#known = head;
    return head;
  }

  async #commit(waiting: readonly WaitingAppend[]): Promise<void> {
    // Before the transaction: pins may be slow to read, and are never ahead of the store.
    const pinned = await readPins(this.#options.pins, this.#trust);
    let group: Group | undefined;
    let stored: VerifiedHead;
    try {
      stored = await this.store.transact(async (transaction) => {
        group = await this.#prepare(transaction, pinned, waiting);
        if (group.next === undefined) return group.current;
        await transaction.add(group.next.write);
        if (group.drops.length > 0) await transaction.dropPayloads(group.drops);
        return group.next;
      });
    } catch (failure) {
      const { current, next } = (group as Group | undefined) ?? {};
      if (current === undefined || next === undefined) throw failure;
      const attempted = { write: next.write, head: next.head, before: current.head };
      stored = await settle(this.store, attempted, this.#trust, failure);
    }
    this.#remember(stored);
    await advancePins(pinned, stored);
    await Promise.all(waiting.map((each, index) => this.#answer(each, index, group as Group, stored)));
  }

  async #prepare(
    transaction: EvidenceTransaction,
    pinned: readonly PinnedHead[],
    waiting: readonly WaitingAppend[],
  ): Promise<Group> {
    const { checkpointSigner, now, random } = this.#options;
    if (checkpointSigner === undefined || this.#signingKey === undefined)
      return refuse('evidence.config', 'no checkpoint signer is configured, so the log can only be read');
    const current = await this.#current(transaction, pinned);
    const requests = waiting.map(({ request }) => request);
    const prepared = await prepare(transaction, current.edge, requests, { now, random });
    const { pending, edge } = prepared;
    if (pending.pending.length === 0) return { ...prepared, current, next: undefined };
    const head = await signHead(edge, this.#trust, checkpointSigner, this.#signingKey);
    const write: EvidenceWrite = {
      records: pending.pending,
      payloads: pending.pendingPayloads,
      tiles: edge.grown(),
      checkpoint: { size: head.head.size, note: head.note },
    };
    return { ...prepared, current, next: { ...head, write } };
  }

  async #answer(
    { resolve, reject }: WaitingAppend,
    index: number,
    { decided, next }: Group,
    stored: VerifiedHead,
  ): Promise<void> {
    const answer = decided[index] as Decided;
    if ('error' in answer) return reject(answer.error);
    const { record, isNew } = answer;
    const { seq } = record;
    try {
      const checkpoint = isNew && next !== undefined ? next.note : stored.note;
      const proof =
        isNew && next !== undefined
          ? formatProof({ index: seq, hashes: next.edge.inclusion(seq), checkpoint })
          : await this.#prove(record, stored);
      resolve({ seq, record, isNew, proof, checkpoint });
    } catch (error) {
      reject(error);
    }
  }
}

/**
 * Opens a log that is there: its head must be signed by a configured key under the configured origin, and continue every
 * pin. Writes nothing.
 *
 * @throws SlsaGateError `evidence.rollback` when the log is missing, empty or older than a pin, `evidence.fork`,
 *   `evidence.origin`, `evidence.signature`, `evidence.tampered`, `evidence.pin-unreadable`, `evidence.unreadable`,
 *   `evidence.config`
 */
export async function openEvidenceLog(options: EvidenceLogOptions): Promise<EvidenceLog> {
  const log = new EvidenceLog(options);
  await log.head();
  return log;
}
