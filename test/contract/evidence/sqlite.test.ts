import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSqliteStore } from '../../../src/adapters/evidence/sqlite/index.ts';
import { openFilePin } from '../../../src/adapters/evidence-pins/file/index.ts';
import type { EvidenceLog } from '../../../src/app/evidence/log.ts';
import { verifyLog } from '../../../src/app/evidence/verify-log.ts';
import type { EvidenceStore } from '../../../src/core/evidence-ports.ts';
import { createEntry, createLogKit, type LogKit, requestOf } from '../../kit/evidence.ts';
import type { AppendAnswer, AppendJob } from './append-worker.ts';
import type { ReadOnlyAnswer, ReadOnlyJob } from './read-only-worker.ts';

/** What is the file's own: where it comes from, what it refuses, and how it fails. */

let folder = '';
let path = '';
let store: EvidenceStore;
let kit: LogKit;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slsa-gate-sqlite-'));
  path = join(folder, 'evidence ?#%.db');
  store = createSqliteStore({ path });
  kit = createLogKit({ store });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Another tool at the file. */
function alter(sql: string): void {
  const database = new DatabaseSync(path);
  try {
    database.exec(sql);
  } finally {
    database.close();
  }
}
async function begin(count: number): Promise<EvidenceLog> {
  const log = await kit.create();
  for (let appended = 0; appended < count; appended++) await log.append(requestOf(createEntry()));
  return log;
}

describe('a file that is not there', () => {
  it('is not made by reading, appending or verifying', async () => {
    await expect(kit.open()).rejects.toMatchObject({ finding: 'evidence.pin-unreadable' });
    kit.pin.note = (
      await createLogKit({ checkpointKeys: kit.checkpointKeys })
        .create()
        .then((log) => log.head())
    ).note;
    await expect(kit.open()).rejects.toMatchObject({ finding: 'evidence.rollback', exitCode: 3 });
    await expect(verifyLog(kit.options)).rejects.toMatchObject({ finding: 'evidence.rollback', exitCode: 3 });
    await expect(store.transact(async () => 1)).rejects.toMatchObject({ finding: 'evidence.rollback' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('because it was removed is a rollback, also for a process that had it open', async () => {
    const log = await begin(1);
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
    await expect(log.append(requestOf(createEntry()))).rejects.toMatchObject({
      finding: 'evidence.rollback',
    });
    await expect(log.head()).rejects.toMatchObject({ finding: 'evidence.rollback' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is made for its owner alone, and nothing stays of it when that fails', async () => {
    await kit.create();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const nowhere = createLogKit({ store: createSqliteStore({ path: join(folder, 'no', 'folder.db') }) });
    await expect(nowhere.create()).rejects.toMatchObject({ finding: 'evidence.unwritable', exitCode: 2 });
    expect(existsSync(join(folder, 'no'))).toBe(false);
  });
});

describe('a file that is another one', () => {
  it('is never written over', async () => {
    writeFileSync(path, '');
    await expect(kit.create()).rejects.toMatchObject({ finding: 'evidence.exists', exitCode: 64 });
    expect(statSync(path).size).toBe(0);
  });

  it('that is empty has no log', async () => {
    await begin(1);
    await store.close();
    writeFileSync(path, '');
    await expect(kit.open()).rejects.toMatchObject({ finding: 'evidence.rollback', exitCode: 3 });
    await expect(store.transact(async () => 1)).rejects.toMatchObject({ finding: 'evidence.rollback' });
  });

  it('that is no database is damaged', async () => {
    await begin(1);
    await store.close();
    writeFileSync(path, 'no database at all '.repeat(100));
    await expect(kit.open()).rejects.toMatchObject({ finding: 'evidence.tampered', exitCode: 3 });
    await expect(store.transact(async () => 1)).rejects.toMatchObject({ finding: 'evidence.tampered' });
  });

  it('put in its place while it is open is what is read from then on', async () => {
    const log = await begin(1);
    await store.close();
    copyFileSync(path, join(folder, 'yesterday.db'));
    await log.append(requestOf(createEntry()));
    rmSync(path);
    for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    copyFileSync(join(folder, 'yesterday.db'), path);
    await expect(log.append(requestOf(createEntry()))).rejects.toMatchObject({
      finding: 'evidence.rollback',
    });
    await expect(log.head()).rejects.toMatchObject({ finding: 'evidence.rollback' });
  });

  it.each([
    ['of another application', 'PRAGMA application_id = 7'],
    ['of a later version', 'PRAGMA user_version = 2'],
    ['of no version', 'PRAGMA user_version = 0'],
  ])('%s is not read', async (_, sql) => {
    await begin(1);
    await store.close();
    alter(sql);
    await expect(kit.open()).rejects.toMatchObject({ finding: 'evidence.schema', exitCode: 64 });
    await expect(store.transact(async () => 1)).rejects.toMatchObject({ finding: 'evidence.schema' });
  });
});

describe('another tool at the file', () => {
  it.each([
    ['edit a record', `UPDATE records SET verdict = 'allow' WHERE seq = 1`],
    ['remove a record', 'DELETE FROM records WHERE seq = 1'],
    ['edit a checkpoint', `UPDATE checkpoints SET note = 'x'`],
    ['remove a checkpoint', 'DELETE FROM checkpoints WHERE size = 2'],
    ['edit a hash', 'UPDATE tiles SET hashes = zeroblob(96)'],
    ['shorten a tile', 'UPDATE tiles SET hashes = substr(hashes, 1, 32)'],
    ['remove a tile', 'DELETE FROM tiles'],
    ['edit a payload', `UPDATE payloads SET bytes = x'00'`],
    ['remove a payload', 'DELETE FROM payloads'],
  ])('cannot %s before it has taken the triggers away', async (_, sql) => {
    await begin(2);
    await store.close();
    expect(() => alter(sql)).toThrow(/only grow|no such function: slsa_gate_may_drop/);
    expect(await verifyLog(kit.options)).toMatchObject({ size: 3 });
  });

  it.each([
    ['a trigger taken away', 'DROP TRIGGER records_no_update'],
    [
      'a trigger that undoes what is written',
      'CREATE TRIGGER t AFTER INSERT ON records BEGIN DELETE FROM payloads; END',
    ],
    ['a table more', 'CREATE TABLE keys (vkey TEXT)'],
    [
      'a view in place of a table',
      'ALTER TABLE payloads RENAME TO p; CREATE VIEW payloads AS SELECT * FROM p',
    ],
    ['an index taken away', 'DROP INDEX records_of_request'],
  ])('EVL-08 EVL-10 that leaves %s behind is noticed before anything is written', async (_, sql) => {
    await begin(2);
    await store.close();
    alter(sql);
    const refused = { finding: 'evidence.tampered', exitCode: 3 };
    await expect(kit.open()).rejects.toMatchObject(refused);
    await expect(verifyLog(kit.options)).rejects.toMatchObject(refused);
    await expect(store.transact(async () => 1)).rejects.toMatchObject(refused);
  });

  it('may look at statistics', async () => {
    await begin(2);
    await store.close();
    alter('ANALYZE');
    expect(await verifyLog(kit.options)).toMatchObject({ size: 3 });
  });

  it('that keeps the file locked is waited for, and then nothing was written', async () => {
    await begin(1);
    const impatient = createSqliteStore({ path, busyTimeoutMs: 50 });
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    const append = (await kit.open({ store: impatient })).append(requestOf(createEntry()));
    await expect(append).rejects.toMatchObject({ finding: 'evidence.unwritable', exitCode: 2 });
    other.exec('ROLLBACK');
    other.close();
    expect((await (await kit.open({ store: impatient })).append(requestOf(createEntry()))).seq).toBe(2);
    await impatient.close();
  });
});

describe('a disk', () => {
  /** Appends in another process whose files may not grow beyond so many KiB. */
  const appendWithin = (kib: number, pin: string) => {
    const job: AppendJob = {
      store: { path },
      origin: kit.options.origin,
      vkey: kit.key.vkey,
      privateKey: kit.checkpointKeys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      pin,
      name: 'full',
      inFlight: 4,
    };
    const script = `ulimit -f ${kib}; exec "$0" "$@"`;
    const worker = join(import.meta.dirname, 'append-worker.ts');
    return spawnSync('bash', ['-c', script, process.execPath, worker, JSON.stringify(job)], {
      encoding: 'utf8',
    });
  };

  it('EVL-08 that is full ends in evidence.unwritable, keeps what was answered and nothing by halves', async () => {
    const pin = join(folder, 'pin');
    const options = { ...kit.options, pins: [openFilePin(pin, '/')] };
    await kit.create({ pins: options.pins });
    await store.close();
    const { stdout, stderr, status } = appendWithin(400, pin);
    expect(status).toBe(1);
    expect(stderr).toContain('evidence.unwritable');
    const answers = stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as AppendAnswer);
    expect(answers.length).toBeGreaterThan(4);
    const { size } = await verifyLog(options);
    expect(size).toBe(answers.length + 1);
    for (const { seq, recordId } of answers) expect((await store.recordAt(seq))?.recordId).toBe(recordId);
    const log = await kit.open({ pins: options.pins });
    expect((await log.append(requestOf(createEntry()))).seq).toBe(size);
  });

  const readOnly = (): ReadOnlyAnswer => {
    const job: ReadOnlyJob = {
      path,
      origin: kit.options.origin,
      vkey: kit.key.vkey,
      pinned: kit.pin.note ?? '',
    };
    chmodSync(path, 0o444);
    chmodSync(folder, 0o555);
    try {
      const worker = join(import.meta.dirname, 'read-only-worker.ts');
      const { stdout, stderr } = spawnSync(process.execPath, [worker, JSON.stringify(job)], {
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      return JSON.parse(stdout) as ReadOnlyAnswer;
    } finally {
      chmodSync(folder, 0o755);
      chmodSync(path, 0o600);
    }
  };

  it('EVL-08 that is read only is read and verified, and not written to', async () => {
    await begin(3);
    await store.close();
    expect(readOnly()).toEqual({ verified: 4, written: 'evidence.unwritable' });
    expect(readdirSync(folder)).toHaveLength(1);
  });

  // The owner of those files may read them; whoever runs the tests as somebody else than root is their owner.
  it.runIf(process.getuid?.() === 0)(
    'that is read only while somebody has commits beside the file is not read without them',
    async () => {
      await begin(3);
      for (const suffix of ['-wal', '-shm']) chmodSync(`${path}${suffix}`, 0o600);
      expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
      expect(readOnly()).toEqual({ verified: 'evidence.unreadable', written: 'evidence.unwritable' });
    },
  );
});
