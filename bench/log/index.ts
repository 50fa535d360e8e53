import type { Report } from '../report.ts';
import { measureColdGate } from './cold-gate.ts';
import { measureLargeLog } from './large.ts';
import { soakAppends } from './long.ts';
import { measurePostgres } from './postgres.ts';
import { measureSqlite } from './sqlite.ts';

export interface LogOptions {
  /** With the soak: a million appends. */
  readonly long: boolean;
}

/** The evidence log: appending, proving, verifying, and one gate as a process of its own. */
export async function benchLog({ long }: LogOptions): Promise<Report> {
  const sqlite = await measureSqlite();
  const postgres = await measurePostgres();
  const large = await measureLargeLog();
  const cold = measureColdGate();
  const soak = long ? await soakAppends() : [];
  return {
    part: 'log',
    figures: [...sqlite, ...postgres.figures, ...large, ...cold, ...soak],
    notes: ['Raw inserts: the same rows into the same tables, 64 in a transaction.', ...postgres.notes],
  };
}
