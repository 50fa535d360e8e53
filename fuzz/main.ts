import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { FuzzLimits, FuzzReport } from './run.ts';
import { TARGETS } from './targets/index.ts';

/** What a worker is told. */
export interface Job {
  readonly target: string;
  readonly limits: FuzzLimits;
  readonly shared: SharedArrayBuffer;
  /** Tries this one input instead. */
  readonly input: Uint8Array | undefined;
}

const USAGE = 'usage: npm run fuzz -- TARGET|all [--seconds N] [--seed S] [--input FILE]';
const DIRECTORY = '.cache/fuzz';
const SLOW_MS = 2000;
/** An input that takes this long is taken to never end. */
const HANG_MS = 30_000;
const ROOM_BYTES = 4 * 1024 * 1024;

process.env.SLSA_GATE_FUZZ_SEEDS ??= `${DIRECTORY}/seeds.json`;

function report({ target, iterations, slowestMs, answers }: FuzzReport): void {
  const counted = [...answers].sort(([, a], [, b]) => b - a);
  console.log(`${target}: ${iterations} inputs, slowest ${slowestMs.toFixed(0)} ms`);
  for (const [answer, count] of counted) console.log(`  ${String(count).padStart(8)}  ${answer}`);
}

function keep(target: string, seed: number, iteration: number, input: Uint8Array, reason: string): void {
  mkdirSync(DIRECTORY, { recursive: true });
  const file = `${DIRECTORY}/${target}-${createHash('sha256').update(input).digest('hex').slice(0, 16)}`;
  writeFileSync(file, input);
  console.error(`${target}: input ${iteration} of seed ${seed} fails: ${reason}`);
  console.error(`${target}: again with: npm run fuzz -- ${target} --input ${file}`);
}

/** Runs one target in a thread of its own. @returns whether it held */
function runTarget(target: string, limits: FuzzLimits, input: Uint8Array | undefined): Promise<boolean> {
  const shared = new SharedArrayBuffer(8 + ROOM_BYTES);
  const progress = new Int32Array(shared, 0, 2);
  const workerData: Job = { target, limits, shared, input };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData });
  return new Promise((resolve) => {
    let last = 0;
    let since = performance.now();
    const watch = setInterval(() => {
      const iteration = Atomics.load(progress, 0);
      if (iteration !== last || iteration === 0) {
        last = iteration;
        since = performance.now();
      } else if (performance.now() - since > HANG_MS) {
        const bytes = new Uint8Array(shared, 8, Atomics.load(progress, 1)).slice();
        end(false);
        keep(target, limits.seed, iteration - 1, bytes, `no answer within ${HANG_MS} ms`);
      }
    }, 1000);
    const end = (held: boolean): void => {
      clearInterval(watch);
      void worker.terminate();
      resolve(held);
    };
    worker.once('message', (message: FuzzReport) => {
      report(message);
      const { failure } = message;
      if (failure !== undefined) keep(target, limits.seed, failure.iteration, failure.input, failure.reason);
      end(failure === undefined && message.iterations > 0);
    });
    worker.once('error', (error) => {
      console.error(`${target}: cannot run:`, error);
      end(false);
    });
  });
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      input: { type: 'string' },
    },
  });
  const [name = ''] = positionals;
  const names = name === 'all' ? Object.keys(TARGETS) : [name];
  const seconds = Number(values.seconds);
  const seed = Number(values.seed);
  const known = names.every((each) => Object.hasOwn(TARGETS, each)) && positionals.length === 1;
  if (!known || !(seconds > 0) || !Number.isSafeInteger(seed) || seed < 0) {
    console.error(`${USAGE}\ntargets: ${Object.keys(TARGETS).join(', ')}`);
    return 64;
  }
  const input = values.input === undefined ? undefined : readFileSync(values.input);
  const iterations = input === undefined ? Number.POSITIVE_INFINITY : 1;
  const limits: FuzzLimits = { seed, iterations, milliseconds: seconds * 1000, slowMs: SLOW_MS };
  let held = true;
  for (const each of names) held = (await runTarget(each, limits, input)) && held;
  return held ? 0 : 1;
}

process.exitCode = 1;
process.exitCode = await main();
