import type {
  EvidenceReader,
  EvidenceStore,
  EvidenceTransaction,
  EvidenceWrite,
} from '../../src/core/evidence-ports.ts';
import { SlsaGateError } from '../../src/errors.ts';

/** A call of a store that can be made to fail; `transact` fails where it commits. */
export type StoreCall = keyof EvidenceReader | 'create' | 'transact' | 'add' | 'dropPayloads';

/**
 * How: `failed` as it says, `stored` reports a failure of what was done all the same; a function is called in its place and
 * may do what it likes with the real call.
 */
export type Fault = 'failed' | 'stored' | ((call: () => Promise<unknown>) => Promise<unknown>);

export interface FaultyStore extends EvidenceStore {
  /** The call fails the next time, or after it has worked so many times. */
  fail(call: StoreCall, fault: Fault, afterCalls?: number): void;
  /** Every call from now on works. */
  mend(): void;
  /** Calls so far, in their order. */
  readonly calls: readonly StoreCall[];
}

const failure = (call: StoreCall): SlsaGateError =>
  new SlsaGateError(
    call === 'create' || call === 'transact' || call === 'add' || call === 'dropPayloads'
      ? 'evidence.unwritable'
      : 'evidence.unreadable',
    `${call} failed`,
  );

/** Undoes what a transaction has done; never seen by the caller. */
const UNDO = Symbol('undo');

/** A store whose calls fail when a test says so. What it holds is what the given store holds. */
export function createFaultyStore(store: EvidenceStore): FaultyStore {
  const planned = new Map<StoreCall, { fault: Fault; afterCalls: number }>();
  const calls: StoreCall[] = [];

  /** The fault of this very call, if it has come to that. */
  const take = (call: StoreCall): Fault | undefined => {
    calls.push(call);
    const plan = planned.get(call);
    if (plan === undefined || plan.afterCalls-- > 0) return undefined;
    planned.delete(call);
    return plan.fault;
  };
  async function run<T>(call: StoreCall, work: () => Promise<T>): Promise<T> {
    const fault = take(call);
    if (fault === undefined) return work();
    if (typeof fault === 'function') return (await fault(work)) as T;
    if (fault === 'stored') await work();
    throw failure(call);
  }
  async function* walk<T>(call: StoreCall, source: AsyncIterable<T>): AsyncIterable<T> {
    await run(call, async () => undefined);
    yield* source;
  }
  const reading = (reader: EvidenceReader): EvidenceReader => ({
    checkpoint: () => run('checkpoint', () => reader.checkpoint()),
    checkpoints: (fromSize) => walk('checkpoints', reader.checkpoints(fromSize)),
    tile: (level, index) => run('tile', () => reader.tile(level, index)),
    record: (recordId) => run('record', () => reader.record(recordId)),
    recordAt: (seq) => run('recordAt', () => reader.recordAt(seq)),
    recordOfRequest: (key) => run('recordOfRequest', () => reader.recordOfRequest(key)),
    recordOfDecision: (key, digest) => run('recordOfDecision', () => reader.recordOfDecision(key, digest)),
    list: (filter, limit) => run('list', () => reader.list(filter, limit)),
    records: (fromSeq) => walk('records', reader.records(fromSeq)),
    payload: (digest) => run('payload', () => reader.payload(digest)),
    payloadDigests: () => walk('payloadDigests', reader.payloadDigests()),
  });
  const writing = (transaction: EvidenceTransaction): EvidenceTransaction => ({
    ...reading(transaction),
    add: (write: EvidenceWrite) => run('add', () => transaction.add(write)),
    dropPayloads: (digests) => run('dropPayloads', () => transaction.dropPayloads(digests)),
  });

  return {
    name: store.name,
    ...reading(store),
    create: (first) => run('create', () => store.create(first)),
    async transact(work) {
      const fault = take('transact');
      const done = (): ReturnType<typeof work> => store.transact((transaction) => work(writing(transaction)));
      if (fault === undefined) return done();
      if (typeof fault === 'function') return (await fault(done)) as Awaited<ReturnType<typeof work>>;
      if (fault === 'stored') await done();
      else {
        const undone = store.transact(async (transaction) => {
          await work(writing(transaction));
          throw UNDO;
        });
        await undone.catch((error: unknown) => {
          if (error !== UNDO) throw error;
        });
      }
      throw failure('transact');
    },
    close: () => store.close(),
    fail: (call, fault, afterCalls = 0) => {
      planned.set(call, { fault, afterCalls });
    },
    mend: () => planned.clear(),
    calls,
  };
}
