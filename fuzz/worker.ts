import { parentPort, workerData } from 'node:worker_threads';
import type { Job } from './main.ts';
import { fuzz } from './run.ts';
import { TARGETS } from './targets/index.ts';

/** Runs one target; what it works on lies in shared memory, so that an input that never ends can still be named. */
const { target, limits, shared, input } = workerData as Job;
const progress = new Int32Array(shared, 0, 2);
const room = new Uint8Array(shared, 8);
const make = TARGETS[target];
if (make === undefined) throw new Error(`no target ${target}`);
const made = await make();
const subject = input === undefined ? made : { ...made, draw: () => Buffer.from(input) };
const report = fuzz(subject, limits, (iteration, bytes) => {
  room.set(bytes.subarray(0, room.length));
  Atomics.store(progress, 1, Math.min(bytes.length, room.length));
  Atomics.store(progress, 0, iteration + 1);
});
parentPort?.postMessage(report);
