import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgresStore } from '../../../src/adapters/evidence/postgres/index.ts';
import { createSqliteStore } from '../../../src/adapters/evidence/sqlite/index.ts';
import { openFilePin } from '../../../src/adapters/evidence-pins/file/index.ts';
import { verifyLog } from '../../../src/app/evidence/verify-log.ts';
import type { EvidenceStore } from '../../../src/core/evidence-ports.ts';
import { verifyProof } from '../../../src/core/log/proof.ts';
import type { StoredRecord } from '../../../src/core/model/evidence.ts';
import { createEntry, createLogKit, requestOf } from '../../kit/evidence.ts';
import { startPostgres, type TestPostgres } from '../../stack/postgres.ts';
import type { AppendAnswer, AppendJob } from './append-worker.ts';

/** Several processes at one log, and processes that end in the middle of it. */

const WORKER = join(import.meta.dirname, 'append-worker.ts');

let folder = '';
let server: TestPostgres;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slsa-gate-processes-'));
  server = await startPostgres();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Location = AppendJob['store'];
const LOCATIONS: readonly (readonly [string, () => Location])[] = [
  ['SQLite', () => ({ path: join(folder, `${places++}.db`) })],
  ['PostgreSQL', () => ({ url: server.url({ schema: server.freshSchema() }) })],
];
let places = 0;
const openStore = (location: Location): EvidenceStore =>
  'path' in location ? createSqliteStore(location) : createPostgresStore(location);

/** A new log with a file as its pin, and how workers come to it. */
async function createLog(location: Location) {
  const store = openStore(location);
  const kit = createLogKit({ store });
  const pinFile = join(folder, `${places++}.pin`);
  const options = { ...kit.options, pins: [openFilePin(pinFile, '/')] };
  await kit.create({ pins: options.pins });
  const job = {
    store: location,
    origin: kit.options.origin,
    vkey: kit.key.vkey,
    privateKey: kit.checkpointKeys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    pin: pinFile,
  };
  return { store, kit, options, job };
}

interface Worker {
  readonly process: ChildProcess;
  readonly answers: AppendAnswer[];
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<string>;
  /** When it has given its first answer. */
  readonly begun: Promise<void>;
}

function startWorker(job: AppendJob): Worker {
  const child = spawn(process.execPath, [WORKER, JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const answers: AppendAnswer[] = [];
  let text = '';
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const begun = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const lines = text.split('\n');
      // A process that was killed may have left half a line, which answers nobody.
      text = lines.pop() ?? '';
      for (const line of lines) answers.push(JSON.parse(line) as AppendAnswer);
      if (answers.length > 0) resolve();
    });
  });
  const ended = new Promise<string>((resolve, reject) => {
    child.on('close', (code, signal) => {
      if (code === 0 || signal === 'SIGKILL') resolve(signal ?? 'exit 0');
      else reject(new Error(`worker ended with ${code ?? signal}: ${errors}`));
    });
  });
  return { process: child, answers, ended, begun };
}

async function recordsOf(store: EvidenceStore): Promise<StoredRecord[]> {
  const all: StoredRecord[] = [];
  for await (const batch of store.records(0)) all.push(...batch);
  return all;
}

describe.each(LOCATIONS)('on %s', (_, locate) => {
  it('I13 EVL-07 appends of 8 processes equal some serial order', async () => {
    const { store, kit, options, job } = await createLog(locate());
    const trust = { origin: options.origin, keys: [kit.key] };
    const workers = Array.from({ length: 8 }, (_, index) =>
      startWorker({
        ...job,
        name: `worker ${index}`,
        count: 25,
        inFlight: 1 + (index % 4),
        shared: 'the same',
      }),
    );
    await Promise.all(workers.map(({ ended }) => ended));
    const answers = workers.map((worker) => worker.answers);
    expect(answers.map(({ length }) => length)).toEqual(Array<number>(8).fill(25));
    const records = await recordsOf(store);

    // Every place has one record, and every answer is about the record that stands at its place.
    const fresh = answers.flat().filter(({ isNew }) => isNew);
    expect(fresh.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(
      Array.from({ length: records.length - 1 }, (_, index) => index + 1),
    );
    for (const { seq, recordId, proof } of answers.flat()) {
      expect(records[seq]?.recordId).toBe(recordId);
      expect(verifyProof(proof, records[seq]?.leaf ?? '', trust).index).toBe(seq);
    }
    // The request that all made has one record, which all were given.
    const shared = answers.flat().filter(({ about }) => about === 'the same');
    expect(shared).toHaveLength(8);
    expect(new Set(shared.map(({ seq }) => seq)).size).toBe(1);
    expect(shared.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(records).toHaveLength(1 + 8 * 24 + 1);
    // What one process did after another thing stands after it, where it did one at a time.
    for (const own of answers.filter((_, index) => index % 4 === 0)) {
      const order = own.filter(({ about }) => about !== 'the same').map(({ seq }) => seq);
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }
    expect(await verifyLog(options)).toMatchObject({ size: records.length });
    await store.close();
  });

  it('EVL-09 a process that is killed while it appends leaves whole records and a log that verifies', async () => {
    const { store, kit, options, job } = await createLog(locate());
    const kills = 20;
    let answered = 0;
    for (let kill = 0; kill < kills; kill++) {
      const worker = startWorker({ ...job, name: `killed ${kill}`, inFlight: 1 + (kill % 3) * 8 });
      await worker.begun;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
      worker.process.kill('SIGKILL');
      expect(await worker.ended).toBe('SIGKILL');
      const { size } = await verifyLog({
        ...options,
        onRecord: async ({ recordDigest, seq }) => {
          if (recordDigest === null) expect(seq).toBe(0);
          else expect(await store.payload(recordDigest)).toBeDefined();
        },
      });
      expect(await recordsOf(store)).toHaveLength(size);
      for (const { seq, recordId } of worker.answers)
        expect((await store.recordAt(seq))?.recordId).toBe(recordId);
      answered += worker.answers.length;
    }
    expect(answered).toBeGreaterThanOrEqual(kills);
    const log = await kit.open({ pins: options.pins });
    expect((await log.append(requestOf(createEntry()))).isNew).toBe(true);
    await store.close();
  });
});
