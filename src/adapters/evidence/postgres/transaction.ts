import type { EvidenceTransaction, EvidenceWrite } from '../../../core/evidence-ports.ts';
import type { Sha256Hex } from '../../../core/model/evidence.ts';
import { HashesOf, insertCheckpoint, insertHashes, insertPayloads, insertRecords } from './inserts.ts';
import { PostgresReader } from './reader.ts';
import type { Session } from './session.ts';

/** Between BEGIN and COMMIT of one session, alone with the lock. */
export class PostgresTransaction extends PostgresReader implements EvidenceTransaction {
  readonly #schema: string;
  readonly #session: Session;

  constructor(name: string, schema: string, session: Session) {
    // Never another session: what is asked there would stand outside of the transaction.
    super(name, schema, async () => session);
    this.#schema = schema;
    this.#session = session;
  }

  async add({ records, payloads, tiles, checkpoint }: EvidenceWrite): Promise<void> {
    const schema = this.#schema;
    const leafHashes = new HashesOf(tiles.filter(({ level }) => level === 0));
    // Sent in one go, answered in order; what comes after a failure fails too.
    const inserts = [
      insertRecords(schema, records, (seq) => leafHashes.at(seq)),
      insertPayloads(schema, payloads),
      insertHashes(schema, tiles, checkpoint.size - records.length),
      insertCheckpoint(schema, checkpoint),
    ];
    const answers = await Promise.allSettled(inserts.map((insert) => this.#session.query(...insert)));
    const failed = answers.find((answer) => answer.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async dropPayloads(digests: readonly Sha256Hex[]): Promise<void> {
    await this.#session.query(`SELECT set_config('slsa_gate.may_drop', 'on', true)`);
    await this.#session.query(`DELETE FROM ${this.#schema}.payloads WHERE digest = ANY($1::text[])`, [
      digests,
    ]);
    await this.#session.query(`SELECT set_config('slsa_gate.may_drop', 'off', true)`);
  }
}
