/**
 * The tables. Records, checkpoints and tiles only grow; triggers hold that against mistakes and careless tools, and the log
 * itself finds out where they were taken away. Digests are hex, so that people can read the file with any SQLite tool.
 */

/** `SlGa`: tells the file from other SQLite files. */
export const APPLICATION_ID = 0x53_6c_47_61;
export const SCHEMA_VERSION = 1;

/** Set on a connection alone, while it takes payloads away. */
export const MAY_DROP = 'slsa_gate_may_drop';

const refuses = (name: string, event: string, table: string, when = ''): string =>
  `CREATE TRIGGER ${name} BEFORE ${event} ON ${table}${when === '' ? '' : ` WHEN ${when}`} BEGIN SELECT RAISE(ABORT, '${table} only grow'); END`;

/** One statement each, in the spelling in which SQLite keeps them. */
export const SCHEMA: readonly string[] = [
  `CREATE TABLE records (
  seq INTEGER PRIMARY KEY,
  record_id TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  leaf TEXT NOT NULL,
  record_digest TEXT,
  vsa_digest TEXT,
  request_key TEXT,
  decision_digest TEXT,
  artifact_digest TEXT,
  environment TEXT,
  verdict TEXT,
  codes TEXT NOT NULL,
  append_time TEXT NOT NULL
) STRICT`,
  'CREATE UNIQUE INDEX records_of_request ON records (request_key, decision_digest) WHERE request_key IS NOT NULL',
  'CREATE INDEX records_of_artifact ON records (artifact_digest, seq) WHERE artifact_digest IS NOT NULL',
  'CREATE TABLE payloads (digest TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT',
  'CREATE TABLE tiles (level INTEGER NOT NULL, idx INTEGER NOT NULL, hashes BLOB NOT NULL, PRIMARY KEY (level, idx)) STRICT',
  'CREATE TABLE checkpoints (size INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT',
  refuses('records_no_update', 'UPDATE', 'records'),
  refuses('records_no_delete', 'DELETE', 'records'),
  refuses('checkpoints_no_update', 'UPDATE', 'checkpoints'),
  refuses('checkpoints_no_delete', 'DELETE', 'checkpoints'),
  refuses('payloads_no_update', 'UPDATE', 'payloads'),
  refuses('payloads_no_delete', 'DELETE', 'payloads', `NOT ${MAY_DROP}()`),
  refuses(
    'tiles_no_update',
    'UPDATE',
    'tiles',
    'NEW.level <> OLD.level OR NEW.idx <> OLD.idx OR substr(NEW.hashes, 1, length(OLD.hashes)) <> OLD.hashes',
  ),
  refuses('tiles_no_delete', 'DELETE', 'tiles'),
];
