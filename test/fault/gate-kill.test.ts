import { execFile, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSqliteStore } from '../../src/adapters/evidence/sqlite/index.ts';
import { ResultSchema } from '../../src/cli/render/schema.ts';
import type { StoredRecord } from '../../src/core/model/evidence.ts';
import { ensureBuilt, ROOT, run } from '../e2e/built.ts';
import { createGateFolder, type GateFolder, gateWords, REAL } from '../kit/gate-folder.ts';

const NODE = process.execPath;
const BIN = join(ROOT, 'bin', 'slsa-gate.js');
const WORKER = join(ROOT, 'test', 'fault', 'gate-worker.ts');

/** So many runs are killed, over so many requests. */
const RUNS = 300;
const REQUESTS = 25;

async function recordsOf(folder: GateFolder): Promise<readonly StoredRecord[]> {
  const store = createSqliteStore({ path: folder.file('evidence.db') });
  const records: StoredRecord[] = [];
  for await (const batch of store.records(0)) records.push(...batch);
  await store.close();
  return records;
}

/** The log verifies, and no request has two leaves. */
async function assertWhole(folder: GateFolder): Promise<readonly StoredRecord[]> {
  const verified = await run(['evidence', 'verify', '--evidence', folder.file('evidence.yaml'), '--json']);
  expect([verified.exit, verified.stderr]).toEqual([0, '']);
  const decisions = (await recordsOf(folder)).filter(({ type }) => type === 'decision');
  const keys = decisions.map(({ requestKey }) => requestKey);
  expect(new Set(keys).size).toBe(keys.length);
  return decisions;
}

let folder: GateFolder;

beforeAll(async () => {
  await ensureBuilt();
  folder = await createGateFolder();
}, 150_000);
afterAll(() => folder.remove());

describe('gate that is killed', () => {
  it(`EVL-09 RAC-08 at a random moment, ${RUNS} times: no allow without its record, no request with two`, async () => {
    const began = performance.now();
    expect((await folder.gate(['--request-id', 'first'])).exit).toBe(0);
    const whole = performance.now() - began;
    const allowed = new Map<string, string>();
    let killed = 0;
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < RUNS) {
        const id = `request ${next++ % REQUESTS}`;
        const { exit, stdout } = await killAfter(
          gateWords(folder.file, ['--json', '--request-id', id]),
          whole,
        );
        if (exit === null) killed++;
        else expect(exit).toBe(0);
        // Exit 0, or a whole answer that was printed before the kill: either way it must be on record.
        const [result] = exit === 0 ? ResultSchema.parse(JSON.parse(stdout)).results : [];
        if (result === undefined) continue;
        const { recordId } = result;
        expect(recordId).toMatch(/^rec_/);
        if (allowed.has(id)) expect(recordId).toBe(allowed.get(id));
        allowed.set(id, String(recordId));
      }
    };
    await Promise.all([worker(), worker(), worker()]);
    // Otherwise nothing was tried.
    expect(killed).toBeGreaterThan(RUNS / 10);
    expect(killed).toBeLessThan(RUNS);
    const records = await assertWhole(folder);
    const ids = new Set(records.map(({ recordId }) => recordId));
    for (const recordId of allowed.values()) expect(ids).toContain(recordId);
    // Whoever asks again gets the one record that there is.
    for (const [id, recordId] of [...allowed].slice(0, 5)) {
      const again = await folder.gate(['--json', '--request-id', id]);
      expect(ResultSchema.parse(JSON.parse(again.stdout)).results[0]?.recordId).toBe(recordId);
    }
  }, 600_000);

  it('EVL-09 before and after each write: the same request asked again is answered, with one record', async () => {
    const answers: string[] = [];
    for (let point = 0; answers.at(-1) !== 'not reached'; point++) answers.push(await killAt(point));
    // Transaction, rows, pin and sink, each before and after.
    expect(answers).toEqual([...Array.from({ length: 8 }, () => 'killed'), 'not reached']);
  }, 300_000);
});

/** Kills one run at a point, in a log of its own, and asks again. */
async function killAt(point: number): Promise<'killed' | 'not reached'> {
  const own = await createGateFolder(['--sink', 'archive=archive']);
  try {
    mkdirSync(own.file('archive'), { recursive: true });
    const work = (at: string) =>
      promisify(execFile)(NODE, [WORKER, own.path, at, REAL.artifact, REAL.bundle]).then(
        ({ stdout }) => stdout.trim(),
        (error: { signal?: string; stderr?: string }) => error.signal ?? `failed: ${error.stderr ?? ''}`,
      );
    const first = await work(String(point));
    expect(first).toMatch(/^(?:SIGKILL|allow rec_\w+ \d+)$/);
    await assertWhole(own);
    const again = await work('none');
    expect(again).toMatch(/^allow rec_\w+ \d+$/);
    const decisions = await assertWhole(own);
    expect(decisions.map(({ recordId }) => recordId)).toEqual([again.split(' ')[1]]);
    return first === 'SIGKILL' ? 'killed' : 'not reached';
  } finally {
    own.remove();
  }
}

/** Starts the command and kills it within the time of a whole run and a bit more. */
function killAfter(
  words: readonly string[],
  whole: number,
): Promise<{ readonly exit: number | null; readonly stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(NODE, [BIN, ...words], {
      cwd: ROOT,
      env: { PATH: process.env.PATH ?? '', XDG_CACHE_HOME: '/nonexistent/cache' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    // Three run side by side, so each takes longer than one alone.
    const timer = setTimeout(() => child.kill('SIGKILL'), Math.random() * whole * 3);
    child.on('error', reject);
    child.on('close', (exit) => {
      clearTimeout(timer);
      resolve({ exit, stdout });
    });
  });
}
