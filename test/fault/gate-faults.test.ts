import { describe, expect, it } from 'vitest';
import {
  copyRows,
  createMemoryDatabase,
  createMemoryStore,
} from '../../src/adapters/evidence/memory/index.ts';
import { verifyLog } from '../../src/app/evidence/verify-log.ts';
import { decisionExit } from '../../src/app/verdict.ts';
import type { EvidenceSink } from '../../src/core/evidence-ports.ts';
import type { ArtifactResult } from '../../src/core/model/result.ts';
import { SlsaGateError } from '../../src/errors.ts';
import { createDecidedLog, type DecidedLog, toDecidedLog } from '../kit/decided-log.ts';
import { createFaultyStore, type Fault, type StoreCall } from '../kit/faulty-store.ts';

/** Disks that are full, read-only, slow or lose their last write: what the gate then answers, and what it leaves behind. */

const CALLS: readonly StoreCall[] = ['transact', 'add', 'checkpoint', 'list', 'recordOfRequest'];
const FAULTS: readonly Exclude<Fault, (...args: never) => unknown>[] = ['failed', 'stored'];

async function faulty(): Promise<{
  readonly decided: DecidedLog;
  readonly store: ReturnType<typeof createFaultyStore>;
}> {
  const store = createFaultyStore(createMemoryStore());
  return { decided: await createDecidedLog({ store }), store };
}

const record = ({ findings }: ArtifactResult) => findings.find(({ rule }) => rule === 'evidence-record');

/** The log verifies and has at most one record of the one request. */
async function assertWhole({ log, kit }: DecidedLog): Promise<number> {
  const { store } = log;
  const { origin, checkpointKeys, pins } = kit.options;
  await verifyLog({ store, origin, checkpointKeys, pins });
  const decisions = await store.list({ type: 'decision' }, 10);
  expect(decisions.length).toBeLessThanOrEqual(1);
  return decisions.length;
}

describe('gate on a store that fails', () => {
  it.each(CALLS.flatMap((call) => FAULTS.map((fault) => [call, fault] as const)))(
    'EVL-08 in %s, which %s: no allow without a record, and the next run is answered with one',
    async (call, fault) => {
      for (let afterCalls = 0; afterCalls < 4; afterCalls++) {
        const { decided, store } = await faulty();
        store.fail(call, fault, afterCalls);
        const result = await decided.gate({ requestId: 'one' });
        store.mend();
        const stored = await assertWhole(decided);
        if (result.verdict === 'allow') {
          expect(stored).toBe(1);
          expect(record(result)).toMatchObject({ outcome: 'pass' });
          expect(await store.record(String(result.recordId))).toBeDefined();
        } else {
          expect(result.verdict).toBe('indeterminate');
          expect(record(result)?.outcome).toBe('error');
          expect(result.recordId).toBeNull();
        }
        const again = await decided.gate({ requestId: 'one' });
        expect(again.verdict).toBe('allow');
        expect(await assertWhole(decided)).toBe(1);
      }
    },
  );

  it('EVL-08 that is slow answers when it has written, not before', async () => {
    const { decided, store } = await faulty();
    let isWritten = false;
    store.fail('transact', async (call) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      const value = await call();
      isWritten = true;
      return value;
    });
    expect((await decided.gate({ requestId: 'one' })).verdict).toBe('allow');
    expect(isWritten).toBe(true);
  });

  it('EVL-02 that lost its last write is an older log: the gate stops and says that its evidence is not intact', async () => {
    const database = createMemoryDatabase();
    const decided = await createDecidedLog({ store: createMemoryStore(database) });
    const before = database.rows;
    if (before === undefined) throw new Error('the log was not made');
    const kept = copyRows(before);
    expect((await decided.gate({ requestId: 'one' })).verdict).toBe('allow');
    database.rows = kept;
    const reopened = decided.kit.open();
    await expect(reopened).rejects.toMatchObject({ finding: 'evidence.rollback', exitCode: 3 });
    const result = await decided.gate({ requestId: 'one' });
    expect(record(result)).toMatchObject({ code: 'evidence.rollback', outcome: 'error' });
    expect(decisionExit({ schemaVersion: 1, verdict: result.verdict, results: [result] })).toBe(3);
  });
});

describe('gate with a sink', () => {
  const sinkThat = (store: EvidenceSink['store']): EvidenceSink => ({ name: 'archive', store });
  const failing = sinkThat(async () => {
    throw new SlsaGateError('evidence.unwritable', 'disk full');
  });

  async function withSink(sink: EvidenceSink, isRequired: boolean): Promise<DecidedLog> {
    const decided = await createDecidedLog();
    const own = toDecidedLog(decided.kit, decided.log);
    Object.assign(own.evidence, { sinks: [{ sink, isRequired }] });
    return own;
  }

  it('EVL-08 that is required and fails allows nothing; the record stands and is found again', async () => {
    const decided = await withSink(failing, true);
    const result = await decided.gate({ requestId: 'one' });
    expect(result.verdict).toBe('indeterminate');
    expect(record(result)).toMatchObject({ code: 'evidence.sink', outcome: 'error' });
    expect(result.recordId).toMatch(/^rec_/);
    const packs: string[] = [];
    Object.assign(decided.evidence, {
      sinks: [{ sink: sinkThat(async ({ recordId }) => void packs.push(recordId)), isRequired: true }],
    });
    const again = await decided.gate({ requestId: 'one' });
    expect([again.verdict, again.recordId]).toEqual(['allow', result.recordId]);
    expect(packs).toEqual([result.recordId]);
  });

  it('that is not required and fails holds nothing up', async () => {
    const decided = await withSink(failing, false);
    expect((await decided.gate({ requestId: 'one' })).verdict).toBe('allow');
  });

  it('hands over everything that the record names, each under the digest of its bytes', async () => {
    const packs: Parameters<EvidenceSink['store']>[0][] = [];
    const decided = await withSink(
      sinkThat(async (pack) => void packs.push(pack)),
      true,
    );
    const result = await decided.gate({ requestId: 'one' });
    const [pack] = packs;
    const row = await decided.log.store.record(String(result.recordId));
    const digests = new Set(pack?.payloads.map(({ digest }) => digest));
    expect(digests).toContain(row?.recordDigest);
    expect(digests).toContain(row?.vsaDigest);
    for (const { digest } of result.attestations) expect(digests).toContain(digest.slice('sha256:'.length));
    for (const { digest } of result.trust) expect(digests).toContain(digest.slice('sha256:'.length));
  });
});
