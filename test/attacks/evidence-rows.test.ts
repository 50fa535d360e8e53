import { copyFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSqliteStore } from '../../src/adapters/evidence/sqlite/index.ts';
import { verifyEvidence } from '../../src/app/evidence/verify.ts';
import { leafHash } from '../../src/core/log/merkle.ts';
import {
  alter,
  type BuiltLog,
  buildLog,
  createScratch,
  type OpenFile,
  verified,
} from '../evidence/tampering.ts';
import { toDecidedLog, VERIFIER_ID } from '../kit/decided-log.ts';
import { MemoryPin } from '../kit/evidence.ts';

/** Rows of a SQLite store, changed by somebody who can write to the file; the random ones are in test/evidence. */

const scratch = createScratch();
let log: BuiltLog;
beforeAll(async () => {
  log = await buildLog(scratch.folder, 'log', 4);
});
afterAll(() => scratch.remove());

async function verifiedAfter(change: (file: OpenFile) => void) {
  const path = scratch.file('changed.db');
  copyFileSync(log.path, path);
  alter(path, change);
  return verified(path, log);
}

/** A record that is an allow with everything that belongs to it: the newest of 2.0.0 in production. */
const SEQ = 6;
const other = `'${'ab'.repeat(32)}'`;

/** Puts a copy of record 6, under another id, at a position. */
function insertAt(file: OpenFile, seq: number): void {
  const size = Number(file.row('SELECT count(*) AS n FROM records').n);
  for (let at = size - 1; at >= seq; at--) file.run('UPDATE records SET seq = ? WHERE seq = ?', at + 1, at);
  file.run(
    `INSERT INTO records SELECT ?, replace(record_id, substr(record_id, 27), '0000'), type, leaf, record_digest, vsa_digest,
      ${other}, decision_digest, artifact_digest, environment, verdict, codes, append_time
      FROM records WHERE seq = ?`,
    seq,
    SEQ < seq ? SEQ : SEQ + 1,
  );
}

describe('a row of the store', () => {
  it.each([
    ['record_id', "'rec_01J8ZQ4Y7M3K5N6P8R9S0T1V2W'"],
    ['type', "'override'"],
    ['leaf', `replace(leaf, '"v":1', '"v": 1')`],
    ['leaf', `replace(leaf, substr(leaf, instr(leaf, '"salt":"') + 8, 4), '0000')`],
    ['record_digest', other],
    ['record_digest', '(SELECT record_digest FROM records WHERE seq = 9)'],
    ['vsa_digest', other],
    ['vsa_digest', 'NULL'],
    ['request_key', other],
    ['request_key', 'NULL'],
    ['decision_digest', other],
    ['artifact_digest', `'sha256:' || ${other}`],
    ['artifact_digest', 'NULL'],
    ['environment', "'staging'"],
    ['environment', 'NULL'],
    ['verdict', "'deny'"],
    ['verdict', 'NULL'],
    ['codes', `'["source.ref"]'`],
    ['codes', "'no list'"],
    ['append_time', "'2020-01-01T00:00:00.000Z'"],
  ])('EVL-01 whose %s was edited to %s is found, and its position named', async (column, value) => {
    const error = await verifiedAfter((file) =>
      file.run(`UPDATE records SET ${column} = ${value} WHERE seq = ${SEQ}`),
    );
    expect(error).toMatchObject({ finding: 'evidence.tampered', exitCode: 3, details: { seq: SEQ } });
    expect(error?.message).toContain(`record ${SEQ}`);
  });

  it('EVL-01 that turns a denial into an allow is found', async () => {
    const error = await verifiedAfter((file) =>
      file.run(`UPDATE records SET verdict = 'allow', codes = '[]' WHERE seq = 9`),
    );
    expect(error).toMatchObject({ finding: 'evidence.tampered', details: { seq: 9 } });
  });

  it.each([0, 1, SEQ, 11, 13])('EVL-01 that was deleted is missed at its position: %i', async (seq) => {
    const error = await verifiedAfter((file) => file.run('DELETE FROM records WHERE seq = ?', seq));
    expect(error).toMatchObject({ finding: 'evidence.tampered', exitCode: 3, details: { seq } });
    expect(error?.message).toContain(`record ${seq} is missing`);
  });

  it('EVL-01 that was deleted is missed where the later ones moved up', async () => {
    const error = await verifiedAfter((file) => {
      file.run('DELETE FROM records WHERE seq = ?', SEQ);
      for (let seq = SEQ + 1; seq < log.size; seq++)
        file.run('UPDATE records SET seq = ? WHERE seq = ?', seq - 1, seq);
    });
    expect(error).toMatchObject({ finding: 'evidence.tampered', exitCode: 3, details: { seq: SEQ } });
  });

  it.each([
    [SEQ, SEQ + 1],
    [2, 9],
    [12, 13],
  ])('EVL-01 that changed places with another one is found: %i and %i', async (first, second) => {
    const error = await verifiedAfter((file) => {
      file.run('UPDATE records SET seq = -1 WHERE seq = ?', first);
      file.run('UPDATE records SET seq = ? WHERE seq = ?', first, second);
      file.run('UPDATE records SET seq = ? WHERE seq = -1', second);
    });
    expect(error).toMatchObject({ finding: 'evidence.tampered', exitCode: 3, details: { seq: first } });
  });

  it.each([0, 3, SEQ, 10])('EVL-01 that was inserted is found: %i', async (seq) => {
    const error = await verifiedAfter((file) => insertAt(file, seq));
    expect(error).toMatchObject({ finding: 'evidence.tampered', exitCode: 3, details: { seq } });
  });

  it('EVL-01 that was added at the end, behind the signed head, is found', async () => {
    const error = await verifiedAfter((file) => insertAt(file, log.size));
    expect(error).toMatchObject({ finding: 'evidence.tampered', exitCode: 3, details: { seq: log.size } });
  });

  it('EVL-01 is as safe from somebody who mends the tiles too: the root is signed', async () => {
    const error = await verifiedAfter((file) => {
      const { leaf } = file.row('SELECT leaf FROM records WHERE seq = ?', SEQ);
      const changed = String(leaf).replace(/"salt":"[0-9a-f]{4}/, '"salt":"0000');
      file.run('UPDATE records SET leaf = ? WHERE seq = ?', changed, SEQ);
      const { hashes } = file.row('SELECT hashes FROM tiles WHERE level = 0 AND idx = 0');
      const tile = Buffer.from(hashes as Uint8Array);
      leafHash(Buffer.from(changed)).copy(tile, 32 * SEQ);
      file.run('UPDATE tiles SET hashes = ? WHERE level = 0 AND idx = 0', tile);
    });
    expect(error).toMatchObject({ finding: 'evidence.tampered', exitCode: 3, details: { seq: SEQ } });
  });
});

describe('a store that is older than its pin', () => {
  it('EVL-02 is a rollback to whoever verifies, opens or appends', async () => {
    const path = scratch.file('restored.db');
    copyFileSync(log.yesterday, path);
    const rollback = expect.objectContaining({ finding: 'evidence.rollback', exitCode: 3 });
    await expect(verified(path, log)).resolves.toEqual(rollback);
    const store = createSqliteStore({ path });
    const pins = [new MemoryPin('pin:outside', log.pinned)];
    await expect(log.kit.open({ store, pins })).rejects.toThrow(rollback);
    await store.close();
  });

  it('EVL-02 is one too where it has grown past the pin on its own: then it is a fork', async () => {
    const path = scratch.file('regrown.db');
    copyFileSync(log.yesterday, path);
    const store = createSqliteStore({ path });
    // A process that was started with the pin of yesterday.
    const pinned = await store.checkpoint();
    const again = await log.kit.open({ store, pins: [new MemoryPin('pin:inside', pinned)] });
    const decided = toDecidedLog(log.kit, again);
    for (let at = 0; at < 6; at++) await decided.gate({ requestId: `regrown ${at}` });
    await store.close();
    await expect(verified(path, log)).resolves.toMatchObject({ finding: 'evidence.fork', exitCode: 3 });
  });

  it('EVL-02 whose newest records went with their heads is one, whichever way it is looked at', async () => {
    const path = scratch.file('cut.db');
    copyFileSync(log.path, path);
    const left = log.size - 1;
    alter(path, (file) => {
      file.run('DELETE FROM records WHERE seq >= ?', left);
      file.run('DELETE FROM checkpoints WHERE size > ?', left);
      file.run('UPDATE tiles SET hashes = substr(hashes, 1, ?)', 32 * left);
    });
    await expect(verified(path, log)).resolves.toMatchObject({ finding: 'evidence.rollback', exitCode: 3 });
    const store = createSqliteStore({ path });
    const { origin, checkpointKeys } = log.kit.options;
    const pins = [new MemoryPin('pin:outside', log.pinned)];
    const { recordKeys } = toDecidedLog(log.kit, undefined as never).evidence;
    await expect(
      verifyEvidence(
        { fromPinned: true, withMaterial: true },
        { store, origin, checkpointKeys, pins },
        { recordKeys, verifierId: VERIFIER_ID },
      ),
    ).rejects.toMatchObject({ finding: 'evidence.rollback', exitCode: 3 });
    await store.close();
  });
});
