import type { CheckpointPin, EvidenceReader } from '../../core/evidence-ports.ts';
import { type CheckpointTrust, type TreeHead, verifyCheckpoint } from '../../core/log/checkpoint.ts';
import { TreeEdge } from '../../core/log/edge.ts';
import { checkLeaf, leafOfRecord } from '../../core/log/leaf.ts';
import { HASH_BYTES, leafHash } from '../../core/log/merkle.ts';
import { TILE_WIDTH } from '../../core/log/tile.ts';
import { rootFromTiles } from '../../core/log/tiles.ts';
import type { StoredRecord, Tile } from '../../core/model/evidence.ts';
import { refuse } from '../../errors.ts';
import { assertContinues, readPins, tilesFrom } from './heads.ts';
import { trustOf } from './log-options.ts';

export interface VerifyLogOptions {
  readonly store: EvidenceReader & { readonly name: string };
  readonly origin: string;
  /** Verifier keys (C2SP signed-note). */
  readonly checkpointKeys: readonly string[];
  readonly pins: readonly CheckpointPin[];
  /** A checkpoint (signed note) that was kept: what it covers is not walked again. */
  readonly fromPinned?: string | undefined;
  /** Called for every batch, with the leaves that are verified and those that there are. */
  readonly onProgress?: ((done: number, size: number) => void) | undefined;
  /** Called for every record after its leaf was verified, in order; for its payloads, which are not looked at here. */
  readonly onRecord?: ((record: StoredRecord) => Promise<void> | void) | undefined;
}

/** A log of which every leaf, tile and checkpoint holds. */
export interface VerifiedLog {
  readonly size: number;
  /** Signed note of the newest head. */
  readonly checkpoint: string;
  /** How many checkpoints were verified. */
  readonly checkpoints: number;
  /** First position that was walked. */
  readonly from: number;
}

/** A head that the walk comes past: one that is stored, or a pin. */
interface Milestone {
  readonly head: TreeHead;
  readonly where: string;
  readonly isPin: boolean;
}

/**
 * Walks a log from its first leaf (or a kept checkpoint) to its newest head: every leaf in its one spelling and equal to the
 * columns of its row, every stored tile, every stored checkpoint with its signature and the root at its size, every pin.
 * Writes nothing; a log that grows meanwhile is followed.
 *
 * @throws SlsaGateError with `details.seq`, the first position that does not hold: `evidence.tampered`,
 *   `evidence.rollback`, `evidence.fork`, `evidence.origin`, `evidence.signature`; `evidence.pin-unreadable`,
 *   `evidence.unreadable`, and whatever `onRecord` throws
 */
export async function verifyLog(options: VerifyLogOptions): Promise<VerifiedLog> {
  const trust = trustOf(options);
  const pinned = await readPins(options.pins, trust);
  const walk = new Walk(options, trust);
  await walk.start(
    pinned.map(({ pin, head }) => ({ head, where: `the checkpoint of ${pin.name}`, isPin: true })),
  );
  while (await walk.toHead());
  return walk.end();
}

class Walk {
  readonly #options: VerifyLogOptions;
  readonly #store: VerifyLogOptions['store'];
  readonly #trust: CheckpointTrust;
  #note = '';
  #head!: TreeHead;
  #edge = TreeEdge.empty();
  #from = 0;
  /** Sizes at which a stored checkpoint, and a pin, held last: everything before is as it was signed there. */
  #held = { stored: 0, pinned: 0 };
  #pins: Milestone[] = [];
  #checkpoints = 0;

  constructor(options: VerifyLogOptions, trust: CheckpointTrust) {
    this.#options = options;
    this.#store = options.store;
    this.#trust = trust;
  }

  async start(pins: readonly Milestone[]): Promise<void> {
    await this.#readHead();
    const { fromPinned } = this.#options;
    const kept =
      fromPinned === undefined
        ? undefined
        : {
            head: verifyCheckpoint(fromPinned, this.#trust),
            where: 'the checkpoint that was given',
            isPin: true,
          };
    const earlier = kept === undefined ? pins : [...pins, kept];
    for (const { head, where } of earlier) {
      if (head.size <= this.#head.size) continue;
      refuse('evidence.rollback', `the evidence log is older than ${where}`, {
        expected: `at least ${head.size} leaves`,
        actual: `${this.#head.size}`,
        details: { seq: this.#head.size },
      });
    }
    const readTile = tilesFrom(this.#store);
    if (kept !== undefined) {
      const { head } = kept;
      this.#edge = await TreeEdge.load(head.size, readTile);
      if (!this.#edge.rootHash().equals(head.rootHash)) await this.#contradicts(kept);
      this.#from = head.size;
      this.#held = { stored: head.size, pinned: head.size };
      // What lies before is not walked, but must lead to it all the same.
      for (const { head: pin, where } of pins)
        if (pin.size < head.size) await assertContinues(head, pin, where, readTile);
    }
    this.#pins = pins.filter(({ head }) => head.size > this.#from || kept === undefined);
    this.#pins.sort((a, b) => a.head.size - b.head.size);
  }

  /** @returns whether there is more, because the log has grown */
  async toHead(): Promise<boolean> {
    const checkpoints = this.#storedCheckpoints();
    let next = await checkpoints.next();
    for await (const batch of this.#store.records(this.#edge.size)) {
      for (const record of batch) {
        await this.#step(record);
        while (next.done === false && next.value.head.size === this.#edge.size) {
          await this.#compare(next.value);
          next = await checkpoints.next();
        }
        while (this.#pins[0]?.head.size === this.#edge.size)
          await this.#compare(this.#pins.shift() as Milestone);
        const seen = this.#options.onRecord?.(record);
        if (seen !== undefined) await seen;
      }
      this.#options.onProgress?.(this.#edge.size, Math.max(this.#head.size, this.#edge.size));
    }
    const { size } = this.#edge;
    if (size < this.#head.size) {
      refuse('evidence.tampered', `record ${size} is missing, and all after it`, { details: { seq: size } });
    }
    const before = this.#note;
    await this.#readHead();
    return this.#note !== before;
  }

  async end(): Promise<VerifiedLog> {
    for (const tile of this.#edge.open()) await this.#compareTile(tile);
    return {
      size: this.#edge.size,
      checkpoint: this.#note,
      checkpoints: this.#checkpoints,
      from: this.#from,
    };
  }

  async #step(record: StoredRecord): Promise<void> {
    const seq = this.#edge.size;
    const at = { details: { seq } };
    if (record.seq !== seq) refuse('evidence.tampered', `record ${seq} is missing`, at);
    if (seq >= this.#head.size) {
      await this.#readHead();
      if (seq >= this.#head.size)
        refuse('evidence.tampered', `record ${seq} lies beyond the newest checkpoint`, at);
    }
    if (seq === 0) this.#checkGenesis(record);
    else if (record.type === 'genesis')
      refuse('evidence.tampered', `record ${seq} begins a log in the middle of one`, at);
    checkLeaf(record);
    this.#edge.append(leafHash(Buffer.from(record.leaf)));
    if (this.#edge.size % TILE_WIDTH !== 0) return;
    for (const tile of this.#edge.grown())
      if (tile.hashes.length === TILE_WIDTH * HASH_BYTES) await this.#compareTile(tile);
    this.#edge = this.#edge.copy();
  }

  #checkGenesis(record: StoredRecord): void {
    const leaf = leafOfRecord(record);
    if (leaf.type !== 'genesis')
      refuse('evidence.tampered', 'the log has no genesis', { details: { seq: 0 } });
    else if (leaf.origin !== this.#trust.origin) {
      refuse('evidence.origin', 'the log was begun as another one', {
        expected: this.#trust.origin,
        actual: leaf.origin,
        details: { seq: 0 },
      });
    }
  }

  async *#storedCheckpoints(): AsyncGenerator<Milestone, undefined> {
    for await (const { size, note } of this.#store.checkpoints(
      this.#edge.size === 0 ? 0 : this.#edge.size + 1,
    )) {
      const head = verifyCheckpoint(note, this.#trust);
      if (head.size !== size) {
        refuse('evidence.tampered', `the checkpoint stored for ${size} leaves is that of ${head.size}`, {
          details: { seq: this.#held.stored },
        });
      }
      this.#checkpoints++;
      yield { head, where: `the stored checkpoint of ${size} leaves`, isPin: false };
    }
  }

  async #compare(milestone: Milestone): Promise<void> {
    if (!this.#edge.rootHash().equals(milestone.head.rootHash)) await this.#contradicts(milestone);
    this.#held[milestone.isPin ? 'pinned' : 'stored'] = milestone.head.size;
  }

  /** A signed root is not that of the leaves: either these were changed, or another history was signed. */
  async #contradicts({ head, where, isPin }: Milestone): Promise<never> {
    const bottom = this.#edge.open().find(({ level }) => level === 0);
    if (bottom !== undefined) await this.#compareTile(bottom);
    const seq = isPin ? this.#held.pinned : this.#held.stored;
    const root = await rootFromTiles(this.#head.size, tilesFrom(this.#store));
    const isNewest = head.size === this.#head.size && head.rootHash.equals(this.#head.rootHash);
    const details = { details: { seq } };
    if (!isNewest && root.equals(this.#head.rootHash))
      return refuse('evidence.fork', `the evidence log does not continue ${where}`, details);
    return refuse('evidence.tampered', `the leaves from ${seq} on are not those of ${where}`, details);
  }

  /** A stored tile may be longer only where the log has grown since the head was read. */
  async #compareTile({ level, index, hashes }: Tile): Promise<void> {
    const stored = (await this.#store.tile(level, index)) ?? Buffer.alloc(0);
    const isFull = hashes.length === TILE_WIDTH * HASH_BYTES;
    const mayBeLonger = !isFull && this.#edge.size < this.#head.size;
    const isSame = mayBeLonger ? stored.subarray(0, hashes.length).equals(hashes) : stored.equals(hashes);
    if (isSame) return;
    let at = 0;
    while (
      at < hashes.length &&
      stored.subarray(at, at + HASH_BYTES).equals(hashes.subarray(at, at + HASH_BYTES))
    )
      at += HASH_BYTES;
    const seq = (index * TILE_WIDTH + at / HASH_BYTES) * TILE_WIDTH ** level;
    refuse('evidence.tampered', `tile ${index} of level ${level} is not that of its leaves`, {
      details: { seq: Math.min(seq, this.#edge.size - 1) },
    });
  }

  async #readHead(): Promise<void> {
    const note = await this.#store.checkpoint();
    if (note === undefined) {
      return refuse('evidence.rollback', `there is no evidence log in ${this.#store.name}`, {
        expected: `a log with the origin ${this.#trust.origin}`,
        actual: 'none',
        details: { seq: 0 },
      });
    }
    if (note === this.#note) return;
    const head = verifyCheckpoint(note, this.#trust);
    const { size } = this.#edge;
    if (head.size < size)
      refuse('evidence.rollback', 'the evidence log became shorter while it was verified', {
        details: { seq: head.size },
      });
    this.#note = note;
    this.#head = head;
  }
}
