import type { EvidenceTransaction, EvidenceWrite } from '../../../core/evidence-ports.ts';
import type { Sha256Hex } from '../../../core/model/evidence.ts';
import { COLUMNS } from '../columns.ts';
import type { Connection } from './connection.ts';
import { refuseStore } from './errors.ts';
import { SqliteReader } from './reader.ts';
import { toParameters } from './rows.ts';

export const INSERT_RECORD = `INSERT INTO records (${COLUMNS}) VALUES (${COLUMNS.replace(/\w+/g, '?')})`;
export const INSERT_PAYLOAD =
  'INSERT INTO payloads (digest, bytes) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING';
const GROW_TILE =
  'INSERT INTO tiles (level, idx, hashes) VALUES (?, ?, ?) ON CONFLICT (level, idx) DO UPDATE SET hashes = excluded.hashes';
const INSERT_CHECKPOINT = 'INSERT INTO checkpoints (size, note) VALUES (?, ?)';

/** Between BEGIN and COMMIT of one connection. */
export class SqliteTransaction extends SqliteReader implements EvidenceTransaction {
  readonly #connection: Connection;

  constructor(name: string, connection: Connection) {
    super(name, () => connection);
    this.#connection = connection;
  }

  async add({ records, payloads, tiles, checkpoint }: EvidenceWrite): Promise<void> {
    this.#write((connection) => {
      const record = connection.prepare(INSERT_RECORD);
      for (const each of records) record.run(...toParameters(each));
      const payload = connection.prepare(INSERT_PAYLOAD);
      for (const { digest, bytes } of payloads) payload.run(digest, bytes);
      const tile = connection.prepare(GROW_TILE);
      for (const { level, index, hashes } of tiles) tile.run(level, index, hashes);
      connection.prepare(INSERT_CHECKPOINT).run(checkpoint.size, checkpoint.note);
    });
  }

  async dropPayloads(digests: readonly Sha256Hex[]): Promise<void> {
    this.#write((connection) => {
      const drop = connection.prepare('DELETE FROM payloads WHERE digest = ?');
      connection.dropping(() => {
        for (const digest of digests) drop.run(digest);
      });
    });
  }

  #write(work: (connection: Connection) => void): void {
    try {
      work(this.#connection);
    } catch (error) {
      refuseStore(error, this.name, 'evidence.unwritable');
    }
  }
}
