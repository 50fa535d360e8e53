import { LOG, LOG_TRIGGERS } from './0001-log.ts';

export interface Migration {
  /** From 1 on, without gaps. */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** In the order in which they are applied. A released one is never edited: a change is a new one. */
export const MIGRATIONS: readonly Migration[] = [{ version: 1, name: 'log', sql: LOG }];

export const SCHEMA_VERSION = MIGRATIONS.length;

/** All triggers of the newest version, sorted; a store with others was changed. */
export const TRIGGERS: readonly string[] = LOG_TRIGGERS;

/** Tables that a writer inserts into, and nothing else. */
export const TABLES: readonly string[] = ['records', 'payloads', 'hashes', 'checkpoints'];
