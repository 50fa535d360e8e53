import { readFileSync } from 'node:fs';
import pg from 'pg';
import { freePorts } from '../ports.ts';
import { startPostgres, type TestPostgres } from '../postgres.ts';
import { answers } from '../processes.ts';
import type { Place } from './place.ts';

/** What Rekor v1 and the CT log keep their trees in, on PostgreSQL. */
export interface Trillian {
  readonly port: number;
  /** Makes a log, and returns its id. */
  createTree(name: string): Promise<string>;
}

export async function startTrillian({ programs, processes, atEnd }: Place): Promise<Trillian> {
  const postgres = await startPostgres(['-c', 'max_connections=200', '-c', 'fsync=off']);
  atEnd(postgres.stop);
  await createTrillianDatabase(postgres, programs.schema);
  const [port = 0, health = 0, signerPort = 0, signerHealth = 0] = await freePorts(4);
  const startOne = (name: string, program: string, rpc: number, http: number, more: readonly string[]) => {
    const argv = [
      ...['--quota_system=noop', '--storage_system=postgresql', '--logtostderr'],
      `--postgresql_uri=postgresql://postgres@127.0.0.1:${postgres.port}/trillian?sslmode=disable`,
      ...[`--rpc_endpoint=127.0.0.1:${rpc}`, `--http_endpoint=127.0.0.1:${http}`, ...more],
    ];
    const env = { PGPASSWORD: process.env.PGPASSWORD ?? '' };
    const server = processes.start(name, program, argv, { env });
    return server.ready(() => answers(`http://127.0.0.1:${http}/healthz`, 200));
  };
  await Promise.all([
    startOne('trillian-log-server', programs.logServer, port, health, []),
    startOne('trillian-log-signer', programs.logSigner, signerPort, signerHealth, [
      '--force_master',
      '--sequencer_interval=50ms',
    ]),
  ]);
  return {
    port,
    async createTree(name) {
      const argv = [`--admin_server=127.0.0.1:${port}`];
      const maker = processes.start(`createtree-${name}`, programs.createTree, argv);
      const idIn = (): string | undefined => /^([0-9]+)\n/m.exec(maker.output())?.[1];
      await maker.ready(() => idIn() !== undefined);
      return idIn() ?? '';
    },
  };
}

async function createTrillianDatabase({ query, port }: TestPostgres, schema: string): Promise<void> {
  await query('CREATE DATABASE trillian');
  const password = process.env.PGPASSWORD;
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'trillian', password });
  await client.connect();
  await client.query(readFileSync(schema, 'utf8'));
  await client.end();
}
