import { statSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { refuse } from '../../../errors.ts';
import { isReadOnlyPlace } from './errors.ts';
import { APPLICATION_ID, MAY_DROP, SCHEMA, SCHEMA_VERSION } from './schema.ts';

/** How long a read waits for a process that recovers the file after a crash. */
const READ_TIMEOUT_MS = 5000;

/**
 * A commit returns when the disk has it. Indexes over digests touch pages all over the file, so that a larger cache and a
 * write-ahead log that is emptied less often (up to 32 MiB) save most of the writing.
 */
const WRITING = `
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA cache_size = -16384;
  PRAGMA wal_autocheckpoint = 8192;
`;

/** A file that is open, with the statements that were prepared on it. */
export class Connection {
  readonly database: DatabaseSync;
  /** Which file it is: another one may stand at the path by now. */
  readonly #file: string;
  readonly #isUnchanging: boolean;
  readonly #statements = new Map<string, StatementSync>();
  #mayDrop = false;
  #isChecked = false;

  private constructor(path: string, mode: 'rw' | 'ro' | 'unchanging') {
    const url = pathToFileURL(path);
    // Without a mode, SQLite would make the file.
    url.searchParams.set('mode', mode === 'rw' ? 'rw' : 'ro');
    if (mode === 'unchanging') url.searchParams.set('immutable', '1');
    this.#file = identityOf(path) ?? '';
    this.#isUnchanging = mode === 'unchanging';
    this.database = new DatabaseSync(url, {
      readOnly: mode !== 'rw',
      timeout: mode === 'rw' ? 0 : READ_TIMEOUT_MS,
    });
    if (mode !== 'rw') return;
    this.database.exec(WRITING);
    this.database.function(MAY_DROP, () => (this.#mayDrop ? 1 : 0));
  }

  /** Undefined where there is no file. */
  static open(path: string, isReadOnly: boolean): Connection | undefined {
    if (identityOf(path) === undefined) return undefined;
    if (!isReadOnly) return new Connection(path, 'rw');
    const connection = new Connection(path, 'ro');
    try {
      connection.database.exec('SELECT 1 FROM sqlite_schema');
      return connection;
    } catch (error) {
      // A reader coordinates with writers in files of its own beside the store. Where it may not make them, a store that
      // nobody has open can be read all the same: an archived copy, a medium that is read only.
      connection.close();
      if (!isReadOnlyPlace(error) || hasWriteAheadLog(path)) throw error;
      return new Connection(path, 'unchanging');
    }
  }

  /** Whether it still shows what stands at the path. */
  isOf(path: string): boolean {
    return identityOf(path) === this.#file && !(this.#isUnchanging && hasWriteAheadLog(path));
  }

  /** A statement that is prepared once. */
  prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  dropping(work: () => void): void {
    this.#mayDrop = true;
    try {
      work();
    } finally {
      this.#mayDrop = false;
    }
  }

  /**
   * Whether it is a store that this version knows; done once.
   *
   * @returns false for a file in which nothing was made yet
   * @throws SlsaGateError `evidence.schema`, `evidence.tampered` where tables or triggers were changed
   */
  isStore(name: string): boolean {
    if (this.#isChecked) return true;
    const schema = this.prepare(
      `SELECT sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY sql`,
    )
      .all()
      .map(({ sql }) => String(sql));
    const [application, version] = ['application_id', 'user_version'].map((pragma) =>
      Number(this.prepare(`PRAGMA ${pragma}`).get()?.[pragma]),
    );
    if (schema.length === 0 && application === 0) return false;
    if (application !== APPLICATION_ID || version !== SCHEMA_VERSION) {
      refuse('evidence.schema', `${name} is no evidence store of this version`, {
        expected: `application ${APPLICATION_ID}, version ${SCHEMA_VERSION}`,
        actual: `application ${application}, version ${version}`,
      });
    }
    const wanted = SCHEMA.toSorted();
    if (schema.length !== wanted.length || schema.some((sql, index) => sql !== wanted[index])) {
      const foreign = schema.find((sql) => !wanted.includes(sql));
      const missing = wanted.find((sql) => !schema.includes(sql));
      refuse('evidence.tampered', `the tables or triggers of ${name} were changed`, {
        expected: missing ?? 'nothing else',
        actual: foreign ?? 'none',
      });
    }
    this.#isChecked = true;
    return true;
  }

  close(): void {
    this.#statements.clear();
    if (this.database.isOpen) this.database.close();
  }
}

/** What was committed and is not in the file itself yet. */
const hasWriteAheadLog = (path: string): boolean =>
  (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;

/** Undefined where there is nothing. */
function identityOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}
