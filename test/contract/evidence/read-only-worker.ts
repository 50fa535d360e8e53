/** Reads and appends where it may not write: as a user who has no rights, since for root there are no limits. */
import { createSqliteStore } from '../../../src/adapters/evidence/sqlite/index.ts';
import { verifyLog } from '../../../src/app/evidence/verify-log.ts';
import { SlsaGateError } from '../../../src/errors.ts';
import { MemoryPin } from '../../kit/evidence.ts';

export interface ReadOnlyJob {
  readonly path: string;
  readonly origin: string;
  readonly vkey: string;
  readonly pinned: string;
}

/** Size of the log that was verified, or the code of what refused it; the code of what refused a transaction. */
export interface ReadOnlyAnswer {
  readonly verified: number | string;
  readonly written: string;
}

const job = JSON.parse(process.argv[2] ?? '') as ReadOnlyJob;
const NOBODY = 65534;
if (process.getuid?.() === 0) {
  process.setgid?.(NOBODY);
  process.setuid?.(NOBODY);
}
const codeOf = (error: unknown): string => (error instanceof SlsaGateError ? error.finding : String(error));
const store = createSqliteStore({ path: job.path });
const { origin, vkey, pinned } = job;
const answer: ReadOnlyAnswer = {
  verified: await verifyLog({
    store,
    origin,
    checkpointKeys: [vkey],
    pins: [new MemoryPin('pin:test', pinned)],
  }).then(({ size }) => size, codeOf),
  written: await store
    .transact((transaction) => transaction.dropPayloads(['aa']))
    .then(() => 'written', codeOf),
};
console.log(JSON.stringify(answer));
await store.close();
