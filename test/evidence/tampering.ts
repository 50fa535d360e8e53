import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { createSqliteStore } from '../../src/adapters/evidence/sqlite/index.ts';
import { pruneEvidence } from '../../src/app/evidence/prune.ts';
import { verifyEvidence } from '../../src/app/evidence/verify.ts';
import { signEnvelope } from '../../src/core/evidence/envelope.ts';
import { toOverride } from '../../src/core/evidence/override.ts';
import { STATEMENT_PAYLOAD_TYPE } from '../../src/core/evidence/statements.ts';
import { SlsaGateError } from '../../src/errors.ts';
import {
  createDecidedLog,
  DECIDED_AT,
  type DecidedLog,
  SIGSTORE_POLICY,
  toDecidedLog,
  VERIFIER_ID,
} from '../kit/decided-log.ts';
import { type LogKit, MemoryPin, toSigner } from '../kit/evidence.ts';
import { createKeyPair, type KeyPair } from '../kit/keys.ts';

/** Logs in SQLite files, and whoever can write to such a file. */

export const DAY_MS = 86_400_000;

/** A folder of the test, and files in it. */
export function createScratch() {
  const folder = mkdtempSync(join(tmpdir(), 'slsa-gate-tampering-'));
  return {
    folder,
    file: (name: string): string => join(folder, name),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export type Row = Readonly<Record<string, SQLInputValue>>;

/** A store whose tables are open to everybody: triggers are taken away and put back as they were. */
export class OpenFile {
  readonly #database: DatabaseSync;
  readonly #triggers: readonly { readonly name: string; readonly sql: string }[];

  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    this.#triggers = this.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").map(
      ({ name, sql }) => ({ name: String(name), sql: String(sql) }),
    );
    for (const { name } of this.#triggers) this.#database.exec(`DROP TRIGGER ${name}`);
  }

  rows(sql: string, ...values: SQLInputValue[]): readonly Row[] {
    return this.#database.prepare(sql).all(...values) as Row[];
  }

  row(sql: string, ...values: SQLInputValue[]): Row {
    const [first] = this.rows(sql, ...values);
    if (first === undefined) throw new Error(`no row: ${sql}`);
    return first;
  }

  /** @throws when nothing was changed: such a tampering would show nothing */
  run(sql: string, ...values: SQLInputValue[]): void {
    const { changes } = this.#database.prepare(sql).run(...values);
    if (Number(changes) === 0) throw new Error(`changes nothing: ${sql}`);
  }

  close(): void {
    for (const { sql } of this.#triggers) this.#database.exec(sql);
    this.#database.close();
  }
}

/** Changes a file behind the back of the log. */
export function alter<T>(path: string, work: (file: OpenFile) => T): T {
  const file = new OpenFile(path);
  try {
    return work(file);
  } finally {
    file.close();
  }
}

/** Everything that a log needs to be opened and verified, with the pin that lies outside of it. */
export interface StoredLog {
  readonly path: string;
  readonly kit: LogKit;
  /** Signed note that is pinned. */
  readonly pinned: string;
}

/** How `evidence verify` answers about a file: undefined where all of it is intact. */
export async function verified(
  path: string,
  { kit, pinned }: Pick<StoredLog, 'kit' | 'pinned'>,
): Promise<SlsaGateError | undefined> {
  const store = createSqliteStore({ path });
  const { origin, checkpointKeys } = kit.options;
  const { recordKeys } = toDecidedLog(kit, undefined as never).evidence;
  try {
    await verifyEvidence(
      { fromPinned: false, withMaterial: true },
      { store, origin, checkpointKeys, pins: [new MemoryPin('pin:outside', pinned)] },
      { recordKeys, verifierId: VERIFIER_ID },
    );
    return undefined;
  } catch (error) {
    if (error instanceof SlsaGateError) return error;
    throw error;
  } finally {
    await store.close();
  }
}

const approver = createKeyPair('P-256');
const approverPem = `-----BEGIN PUBLIC KEY-----\n${approver.spki.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END PUBLIC KEY-----\n`;
export const OVERRIDABLE_POLICY = `${SIGSTORE_POLICY}overrides:\n  keys:\n    - pem: ${JSON.stringify(approverPem)}\n`;

/** A denial that two people lifted. */
async function overrideOne(log: DecidedLog): Promise<void> {
  const at = { now: DECIDED_AT, policy: OVERRIDABLE_POLICY };
  const denial = await log.gate({
    ...at,
    requestId: 'overridden',
    version: '2.0.0',
    policy: OVERRIDABLE_POLICY.replace('refs/heads/main', 'refs/heads/release'),
  });
  const statement = toOverride(
    {
      artifactDigest: String(denial.artifact.digest),
      environment: 'production',
      recordId: String(denial.recordId),
      reason: 'reviewed by hand',
      owner: 'alice',
      approver: 'bob',
      expires: new Date(DECIDED_AT.getTime() + 900 * DAY_MS).toISOString(),
    },
    DECIDED_AT,
  );
  const override = await signEnvelope(STATEMENT_PAYLOAD_TYPE, statement, toSigner(approver));
  await log.gate({ ...at, requestId: 'lifted', version: '2.0.0', override });
}

export interface BuiltLog extends StoredLog {
  /** The same log as it was some records ago. */
  readonly yesterday: string;
  /** Records. */
  readonly size: number;
}

/**
 * A log with decisions of every verdict, an override, a record of pruning, and decisions after it; checkpoints cover one
 * record or several.
 *
 * @param extra decisions, beyond the two dozen that there are in any case
 */
export async function buildLog(
  folder: string,
  name: string,
  extra: number,
  options: {
    readonly origin?: string;
    readonly checkpointKeys?: KeyPair;
    readonly recordKeys?: KeyPair;
  } = {},
): Promise<BuiltLog> {
  const path = join(folder, `${name}.db`);
  const yesterday = join(folder, `${name}-yesterday.db`);
  const clock = { now: DECIDED_AT };
  const store = createSqliteStore({ path });
  const log = await createDecidedLog({ store, now: () => clock.now, ...options });
  const ask = (count: number, prefix: string) =>
    Promise.all(Array.from({ length: count }, (_, at) => log.gate({ requestId: `${prefix}-${at}` })));
  await ask(4, 'group');
  for (const version of ['5.0.0', '2.0.0'] as const)
    for (const environment of ['staging', 'production'])
      await log.gate({ requestId: `${version} ${environment}`, version, environment });
  await log.gate({ requestId: 'none', bundles: [], environment: 'staging', package: 'pkg:npm/other@1.0.0' });
  await overrideOne(log);
  clock.now = new Date(DECIDED_AT.getTime() + 500 * DAY_MS);
  const ports = { now: () => clock.now, random: log.kit.options.random };
  const request = { olderThanSeconds: 400 * 86_400, environment: null, reason: 'old', dryRun: false };
  await pruneEvidence(request, log.evidence, ports);
  for (let done = 0; done < extra; done += 8) await ask(Math.min(8, extra - done), `more-${done}`);
  await store.close();
  copyFileSync(path, yesterday);
  await ask(3, 'today');
  await log.gate({ requestId: 'staging today', environment: 'staging' });
  await store.close();
  const pinned = String(log.kit.pin.note);
  return { path, yesterday, kit: log.kit, pinned, size: Number(pinned.split('\n')[1]) };
}
