import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPostgresStore } from '../../../src/adapters/evidence/postgres/index.ts';
import { roleScript } from '../../../src/adapters/evidence/postgres/roles.ts';
import type { EvidenceLog } from '../../../src/app/evidence/log.ts';
import { verifyLog } from '../../../src/app/evidence/verify-log.ts';
import type { EvidenceStore } from '../../../src/core/evidence-ports.ts';
import { parsePostgresUrl } from '../../../src/core/model/postgres-location.ts';
import { createEntry, createLogKit, type LogKit, requestOf } from '../../kit/evidence.ts';
import { startPostgres, type TestPostgres } from '../../stack/postgres.ts';

/** What is the database's own: roles, lost sessions, settings, and what was changed behind our back. */

let server: TestPostgres;
let schema: string;
let store: EvidenceStore;
let kit: LogKit;
const opened: EvidenceStore[] = [];
const open = (options: { readonly user?: string; readonly lockTimeoutMs?: number } = {}): EvidenceStore => {
  const { lockTimeoutMs, ...login } = options;
  const url = server.url({ schema, ...login });
  const handle = createPostgresStore({ url, ...(lockTimeoutMs !== undefined && { lockTimeoutMs }) });
  opened.push(handle);
  return handle;
};
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(() => {
  schema = server.freshSchema();
  store = open();
  kit = createLogKit({ store });
});
afterEach(async () => {
  for (const handle of opened.splice(0)) await handle.close();
});

async function begin(count: number): Promise<EvidenceLog> {
  const log = await kit.create();
  for (let appended = 0; appended < count; appended++) await log.append(requestOf(createEntry()));
  return log;
}

describe('a role', () => {
  let roles = 0;
  const createRole = async (kind: 'writer' | 'reader' | 'pruner'): Promise<string> => {
    const name = `${kind}_${roles++}`;
    await server.createRole(name);
    await server.query(roleScript(schema, { [kind]: name }));
    return name;
  };
  const TABLES = ['records', 'payloads', 'hashes', 'checkpoints', 'migrations'];

  it.each(['writer', 'reader', 'pruner'])('is given the rights that the documentation has: %s', (kind) => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/evidence-store.md'), 'utf8');
    expect(page).toContain(roleScript('slsa_gate', { [kind]: `slsa_gate_${kind}` }));
  });

  it('that writes appends, verifies, and can neither change nor remove anything', async () => {
    await begin(1);
    const user = await createRole('writer');
    const log = await kit.open({ store: open({ user }) });
    for (let count = 0; count < 300; count++) void log.append(requestOf(createEntry()));
    expect((await log.append(requestOf(createEntry()))).seq).toBe(302);
    expect(await verifyLog({ ...kit.options, store: log.store })).toMatchObject({ size: 303 });
    const can = async (table: string, privilege: string): Promise<boolean> => {
      const [row] = await server.query('SELECT has_table_privilege($1, $2, $3) AS can', [
        user,
        `${schema}.${table}`,
        privilege,
      ]);
      return row?.can === true;
    };
    for (const table of TABLES)
      for (const privilege of ['UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES'])
        expect([table, privilege, await can(table, privilege)]).toEqual([table, privilege, false]);
    await expect(
      log.store.transact((transaction) => transaction.dropPayloads([createEntry().record.requestKey])),
    ).rejects.toMatchObject({ finding: 'evidence.unwritable', exitCode: 2 });
  });

  it('that reads opens and verifies, and cannot append', async () => {
    await begin(2);
    const reading = open({ user: await createRole('reader') });
    expect(await verifyLog({ ...kit.options, store: reading })).toMatchObject({ size: 3 });
    const log = await kit.open({ store: reading });
    await expect(log.append(requestOf(createEntry()))).rejects.toMatchObject({
      finding: 'evidence.unwritable',
      exitCode: 2,
    });
    expect(await verifyLog(kit.options)).toMatchObject({ size: 3 });
  });

  it('that prunes removes payloads, and nothing else', async () => {
    await begin(0);
    const entry = createEntry();
    const log = await kit.open({ store: open({ user: await createRole('pruner') }) });
    await log.append(requestOf(entry));
    const drop = entry.payloads.map(({ digest }) => digest);
    const prune = createEntry('prune', { type: 'prune' });
    await log.append({ decide: async () => ({ ...prune, drop }) });
    expect(await store.payload(drop[0] ?? '')).toBeUndefined();
    expect(await verifyLog(kit.options)).toMatchObject({ size: 3 });
  });

  it('without any right is told that nothing can be read', async () => {
    await begin(0);
    await server.createRole('nobody');
    await expect(kit.open({ store: open({ user: 'nobody' }) })).rejects.toMatchObject({
      finding: 'evidence.unreadable',
      exitCode: 2,
    });
    await expect(kit.open({ store: open({ user: 'stranger' }) })).rejects.toMatchObject({
      finding: 'evidence.unreadable',
    });
  });
});

describe('the owner', () => {
  it.each([
    ['edit a record', `UPDATE records SET verdict = 'allow' WHERE seq = 1`],
    ['remove a record', 'DELETE FROM records WHERE seq = 1'],
    ['edit a hash', `UPDATE hashes SET hash = '\\x00'`],
    ['empty a table', 'TRUNCATE checkpoints'],
    ['remove a checkpoint', 'DELETE FROM checkpoints'],
    ['edit a payload', `UPDATE payloads SET bytes = '\\x00'`],
    ['remove a payload', 'DELETE FROM payloads'],
    ['empty the payloads', 'TRUNCATE payloads'],
  ])('cannot %s before the triggers are taken away', async (_, sql) => {
    await begin(2);
    await server.query(`SET search_path = ${schema}`);
    await expect(server.query(sql)).rejects.toThrow(/only grow/);
    expect(await verifyLog(kit.options)).toMatchObject({ size: 3 });
  });

  it.each([
    ['a trigger', 'DROP TRIGGER records_only_grow ON records'],
    ['what a trigger does', 'ALTER TABLE records DISABLE TRIGGER records_only_grow'],
    [
      'what is written',
      'CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$; CREATE TRIGGER gone BEFORE INSERT ON records FOR EACH ROW EXECUTE FUNCTION gone()',
    ],
  ])('EVL-08 who takes away %s is noticed before anything is written', async (_, sql) => {
    await begin(2);
    await server.query(`SET search_path = ${schema}; ${sql}`);
    const refused = { finding: 'evidence.tampered', exitCode: 3 };
    await expect(kit.open({ store: open() })).rejects.toMatchObject(refused);
    await expect(verifyLog({ ...kit.options, store: open() })).rejects.toMatchObject(refused);
    await expect(open().transact(async () => 1)).rejects.toMatchObject(refused);
  });

  it.each([
    ['a later version', 'INSERT INTO migrations VALUES (2, $$next$$)'],
    ['no version', 'DELETE FROM migrations'],
  ])('with a store of %s is told so', async (_, sql) => {
    await begin(0);
    await server.query(`SET search_path = ${schema}; ${sql}`);
    await expect(kit.open({ store: open() })).rejects.toMatchObject({
      finding: 'evidence.schema',
      exitCode: 64,
    });
  });

  it('who takes a table away leaves a log that was tampered with', async () => {
    await begin(1);
    await server.query(`DROP TABLE ${schema}.checkpoints`);
    await expect(kit.open()).rejects.toMatchObject({ finding: 'evidence.tampered', exitCode: 3 });
  });
});

describe('a session', () => {
  const end = async (): Promise<void> => {
    await server.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'slsa-gate'`,
    );
  };

  it('EVL-08 that is ended inside a transaction takes all of it along, and the next one works', async () => {
    const log = await begin(1);
    const lost = log.append({
      decide: async () => {
        await end();
        return createEntry();
      },
    });
    await expect(lost).rejects.toMatchObject({ finding: 'evidence.unwritable', exitCode: 2 });
    expect(await verifyLog(kit.options)).toMatchObject({ size: 2 });
    expect((await log.append(requestOf(createEntry()))).seq).toBe(2);
  });

  it('that is ended between two transactions is replaced', async () => {
    const log = await begin(1);
    await end();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await log.append(requestOf(createEntry()))).seq).toBe(2);
    expect((await log.head()).head.size).toBe(3);
  });

  it('that waits longer than it may for the lock writes nothing', async () => {
    await begin(1);
    let release = (): void => {};
    const held = store.transact(
      () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
    );
    const log = await kit.open({ store: open({ lockTimeoutMs: 50 }) });
    await expect(log.append(requestOf(createEntry()))).rejects.toMatchObject({
      finding: 'evidence.unwritable',
      exitCode: 2,
    });
    release();
    await held;
    expect((await log.append(requestOf(createEntry()))).seq).toBe(2);
  });
});

describe('a server', () => {
  it('that is not there cannot be read or written', async () => {
    const url = 'postgres://nobody@127.0.0.1:1/nothing';
    const away = createPostgresStore({ url });
    await expect(away.checkpoint()).rejects.toMatchObject({ finding: 'evidence.unreadable', exitCode: 2 });
    await expect(away.transact(async () => 1)).rejects.toMatchObject({ finding: 'evidence.unwritable' });
    await away.close();
  });

  it('that does not sync its disk keeps no evidence', async () => {
    const careless = await startPostgres(['-c', 'fsync=off']);
    try {
      const log = createLogKit({ store: createPostgresStore({ url: careless.url() }) });
      await expect(log.create()).rejects.toMatchObject({ finding: 'evidence.not-durable', exitCode: 64 });
      expect(await log.options.store.checkpoint()).toBeUndefined();
      await log.options.store.close();
    } finally {
      await careless.stop();
    }
  });
});

describe('a URL', () => {
  it.each<[string, Partial<ReturnType<typeof parsePostgresUrl>>]>([
    [
      'postgres://gate@db.example.com/evidence',
      {
        host: 'db.example.com',
        port: 5432,
        user: 'gate',
        database: 'evidence',
        sslmode: 'verify-full',
        schema: 'slsa_gate',
      },
    ],
    [
      'postgresql://gate@localhost:6000/evidence?schema=releases',
      { port: 6000, sslmode: 'disable', schema: 'releases' },
    ],
    ['postgres://gate@[::1]/evidence', { host: '::1', sslmode: 'disable' }],
    ['postgres://gate@/evidence?host=/run/postgresql', { host: '/run/postgresql', sslmode: 'disable' }],
    ['postgres://gate@10.0.0.1/evidence?sslmode=disable', { sslmode: 'disable' }],
    ['postgres://gate@db/evidence?sslrootcert=ca.pem', { sslmode: 'verify-full', sslrootcert: 'ca.pem' }],
    ['postgres://a%40b@db/evidence%20x', { user: 'a@b', database: 'evidence x' }],
  ])('%s is read', (url, wanted) => {
    expect(parsePostgresUrl(url)).toMatchObject(wanted);
  });

  it.each([
    'postgres://gate:secret@db/evidence',
    'postgres://db/evidence',
    'postgres://gate@db',
    'postgres://gate@db/',
    'postgres://gate@db/a/b',
    'postgres://gate@/evidence',
    'postgres://gate@db/evidence?host=relative',
    'postgres://gate@db/evidence?sslmode=require',
    'postgres://gate@db/evidence?sslmode=prefer',
    'postgres://gate@db/evidence?sslmode=disable&sslmode=verify-full',
    'postgres://gate@db/evidence?password=secret',
    'postgres://gate@db/evidence?schema=a.b',
    'postgres://gate@db/evidence?schema=A%22',
    'postgres://gate@db/evidence#x',
    'mysql://gate@db/evidence',
    'evidence',
  ])('%s is refused', (url) => {
    let refused: unknown;
    try {
      parsePostgresUrl(url);
    } catch (error) {
      refused = error;
    }
    expect(refused).toMatchObject({ finding: 'evidence.config', exitCode: 64 });
    expect(JSON.stringify(refused)).not.toContain('secret');
  });
});
