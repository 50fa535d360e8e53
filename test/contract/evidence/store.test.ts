import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EvidenceReader, EvidenceStore, EvidenceWrite } from '../../../src/core/evidence-ports.ts';
import type { RecordFilter, StoredRecord } from '../../../src/core/model/evidence.ts';
import { sha256 } from '../../kit/keys.ts';
import { type Place, storeKinds } from './stores.ts';

/** What every store does, whatever it is made of. Nothing here is a real log: a store knows nothing of trees or keys. */

const hex = (text: string): string => sha256(Buffer.from(text)).toString('hex');

function recordAt(seq: number, changes: Partial<StoredRecord> = {}): StoredRecord {
  return {
    seq,
    recordId: `rec_${String(seq).padStart(26, '0')}`,
    type: seq === 0 ? 'genesis' : 'decision',
    leaf: `{"leaf":"${seq} \u00fc"}`,
    recordDigest: seq === 0 ? null : hex(`record ${seq}`),
    vsaDigest: seq % 2 === 0 ? null : hex(`vsa ${seq}`),
    requestKey: seq === 0 ? null : hex(`request ${seq}`),
    decisionDigest: seq === 0 ? null : hex(`decision ${seq}`),
    artifactDigest: seq === 0 ? null : `sha256:${hex(`artifact ${seq % 3}`)}`,
    environment: seq === 0 ? null : seq % 2 === 0 ? 'production' : 'staging',
    verdict: seq === 0 ? null : seq % 3 === 0 ? 'deny' : 'allow',
    codes: seq % 3 === 0 && seq > 0 ? ['builder.mismatch', 'source.mismatch'] : [],
    appendTime: new Date(Date.UTC(2026, 0, 1, 0, 0, seq)).toISOString(),
    ...changes,
  };
}

const leafHashes = (from: number, to: number): Buffer =>
  Buffer.concat(Array.from({ length: to - from }, (_, at) => sha256(Buffer.from(`leaf ${from + at}`))));

/** A write of these records, with the tiles that grow by them. */
function writeOf(records: readonly StoredRecord[], from: number): EvidenceWrite {
  const size = from + records.length;
  const tiles: EvidenceWrite['tiles'][number][] = [];
  for (let index = Math.floor(from / 256); index * 256 < size; index++) {
    const hashes = leafHashes(index * 256, Math.min(size, (index + 1) * 256));
    tiles.push({ level: 0, index, hashes });
  }
  const full = Math.floor(size / 256);
  if (full > Math.floor(from / 256))
    tiles.push({
      level: 1,
      index: 0,
      hashes: Buffer.concat(upTo(full - 1).map((at) => sha256(Buffer.of(at)))),
    });
  return {
    records,
    payloads: records.map(({ seq }) => ({
      digest: hex(`payload ${seq}`),
      bytes: Buffer.from([0, seq & 255, 255]),
    })),
    tiles,
    checkpoint: { size, note: `note of ${size}\n` },
  };
}

const upTo = (last: number): number[] => Array.from({ length: last + 1 }, (_, at) => at);
const rangeOf = (from: number, to: number): StoredRecord[] =>
  Array.from({ length: to - from }, (_, at) => recordAt(from + at));

const GENESIS = writeOf([recordAt(0)], 0);
const add = (store: EvidenceStore, write: EvidenceWrite): Promise<void> =>
  store.transact((transaction) => transaction.add(write));
async function collect<T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
}
async function sizes(reader: EvidenceReader, from = 0): Promise<number[]> {
  const all: number[] = [];
  for await (const { size, note } of reader.checkpoints(from)) {
    expect(note).toBe(`note of ${size}\n`);
    all.push(size);
  }
  return all;
}
/** All that a store holds, to be compared. */
const contentsOf = async (store: EvidenceReader) => ({
  checkpoint: await store.checkpoint(),
  sizes: await sizes(store),
  records: await collect(store.records(0)),
  payloads: await collect(store.payloadDigests()),
  tile: (await store.tile(0, 0))?.toString('hex'),
});

describe.each(storeKinds())('the $name store', (kind) => {
  let place: Place;
  let store: EvidenceStore;
  beforeAll(() => kind.start());
  afterAll(() => kind.stop());
  beforeEach(() => {
    place = kind.place();
    store = place.open();
  });

  describe('in which nothing was made', () => {
    it('reads as empty', async () => {
      expect(await contentsOf(store)).toEqual({
        checkpoint: undefined,
        sizes: [],
        records: [],
        payloads: [],
        tile: undefined,
      });
      expect(await store.record('rec_x')).toBeUndefined();
      expect(await store.recordAt(0)).toBeUndefined();
      expect(await store.recordOfRequest(hex('a'))).toBeUndefined();
      expect(await store.recordOfDecision(hex('a'), hex('b'))).toBeUndefined();
      expect(await store.list({}, 10)).toEqual([]);
      expect(await store.payload(hex('a'))).toBeUndefined();
    });

    it('has no transactions, and makes nothing by being asked for one', async () => {
      await expect(add(store, GENESIS)).rejects.toMatchObject({ finding: 'evidence.rollback' });
      expect(await place.open().checkpoint()).toBeUndefined();
      await place.open().create(GENESIS);
    });
  });

  describe('that was created', () => {
    beforeEach(() => store.create(GENESIS));

    it('has what it was created with, for every handle', async () => {
      for (const handle of [store, place.open()]) {
        expect(await handle.checkpoint()).toBe('note of 1\n');
        expect(await handle.recordAt(0)).toEqual(recordAt(0));
        expect(await handle.tile(0, 0)).toEqual(leafHashes(0, 1));
      }
    });

    it('is never created again', async () => {
      const before = await contentsOf(store);
      for (const handle of [store, place.open()]) {
        await expect(handle.create(writeOf([recordAt(0, { leaf: 'other' })], 0))).rejects.toMatchObject({
          finding: 'evidence.exists',
        });
      }
      expect(await contentsOf(place.open())).toEqual(before);
    });

    it('gives back every field, hash and byte that was added', async () => {
      await add(store, writeOf(rangeOf(1, 4), 1));
      const reader = place.open();
      expect(await collect(reader.records(0))).toEqual(rangeOf(0, 4));
      expect(await collect(reader.records(2))).toEqual(rangeOf(2, 4));
      expect(await reader.recordAt(2)).toEqual(recordAt(2));
      expect(await reader.record(recordAt(3).recordId)).toEqual(recordAt(3));
      expect(await reader.recordOfRequest(hex('request 3'))).toEqual(recordAt(3));
      expect(await reader.recordOfDecision(hex('request 3'), hex('decision 3'))).toEqual(recordAt(3));
      expect(await reader.recordOfDecision(hex('request 3'), hex('decision 2'))).toBeUndefined();
      expect(await reader.payload(hex('payload 2'))).toEqual(Buffer.from([0, 2, 255]));
      expect(await reader.tile(0, 0)).toEqual(leafHashes(0, 4));
      expect(await reader.tile(0, 1)).toBeUndefined();
      expect(await reader.tile(1, 0)).toBeUndefined();
      expect(await sizes(reader)).toEqual([1, 4]);
      expect(await sizes(reader, 2)).toEqual([4]);
      expect(await sizes(reader, 5)).toEqual([]);
    });

    it('answers what is asked at the same time, each with its own', async () => {
      await add(store, writeOf(rangeOf(1, 40), 1));
      const asked = upTo(60);
      const newest = await Promise.all(asked.map((seq) => store.recordOfRequest(hex(`request ${seq}`))));
      const decided = await Promise.all(
        asked.map((seq) => store.recordOfDecision(hex(`request ${seq}`), hex(`decision ${seq}`))),
      );
      const wanted = asked.map((seq) => (seq >= 1 && seq < 40 ? recordAt(seq) : undefined));
      expect(newest).toEqual(wanted);
      expect(decided).toEqual(wanted);
    });

    it('finds the newest record of a request', async () => {
      const [first, second] = [1, 2].map((seq) => recordAt(seq, { requestKey: hex('same') }));
      await add(store, writeOf([first as StoredRecord], 1));
      await add(store, writeOf([second as StoredRecord], 2));
      expect((await store.recordOfRequest(hex('same')))?.seq).toBe(2);
      expect((await store.recordOfDecision(hex('same'), hex('decision 1')))?.seq).toBe(1);
    });

    it('lets tiles grow over several levels', async () => {
      let size = 1;
      for (const next of [200, 256, 257, 600]) {
        await add(store, writeOf(rangeOf(size, next), size));
        size = next;
      }
      const reader = place.open();
      expect(await reader.tile(0, 0)).toEqual(leafHashes(0, 256));
      expect(await reader.tile(0, 1)).toEqual(leafHashes(256, 512));
      expect(await reader.tile(0, 2)).toEqual(leafHashes(512, 600));
      expect(await reader.tile(1, 0)).toEqual(Buffer.concat([0, 1].map((at) => sha256(Buffer.of(at)))));
    });

    it('walks more records, checkpoints and payloads than one batch holds', async () => {
      await add(store, writeOf(rangeOf(1, 2501), 1));
      expect(await collect(store.records(0))).toEqual(rangeOf(0, 2501));
      const digests = await collect(store.payloadDigests());
      expect(digests).toHaveLength(2501);
      expect(new Set(digests).size).toBe(2501);
    });

    it.each<[string, RecordFilter, (record: StoredRecord) => boolean]>([
      ['nothing', {}, () => true],
      [
        'an artifact',
        { artifactDigest: recordAt(2).artifactDigest ?? '' },
        ({ artifactDigest }) => artifactDigest === recordAt(2).artifactDigest,
      ],
      ['an environment', { environment: 'staging' }, ({ environment }) => environment === 'staging'],
      ['a verdict', { verdict: 'deny' }, ({ verdict }) => verdict === 'deny'],
      ['a code', { code: 'source.mismatch' }, ({ codes }) => codes.includes('source.mismatch')],
      ['a part of a code', { code: 'source' }, () => false],
      ['a type', { type: 'genesis' }, ({ type }) => type === 'genesis'],
      ['a first time', { since: recordAt(5).appendTime }, ({ seq }) => seq >= 5],
      ['a last time', { until: recordAt(5).appendTime }, ({ seq }) => seq < 5],
      ['a position', { before: 7 }, ({ seq }) => seq < 7],
      [
        'everything together',
        { environment: 'production', verdict: 'allow', since: recordAt(2).appendTime, before: 9 },
        ({ seq, environment, verdict }) =>
          environment === 'production' && verdict === 'allow' && seq >= 2 && seq < 9,
      ],
    ])('lists by %s, newest first', async (_, filter, isWanted) => {
      await add(store, writeOf(rangeOf(1, 20), 1));
      const wanted = rangeOf(0, 20).filter(isWanted).reverse();
      expect(await store.list(filter, 100)).toEqual(wanted);
      expect(await store.list(filter, 3)).toEqual(wanted.slice(0, 3));
    });

    it('leaves a payload that it has as it is', async () => {
      const write = writeOf([recordAt(1)], 1);
      await add(store, write);
      const again = { digest: hex('payload 1'), bytes: Buffer.from('other') };
      await add(store, { ...writeOf([recordAt(2)], 2), payloads: [again] });
      expect(await store.payload(hex('payload 1'))).toEqual(Buffer.from([0, 1, 255]));
    });

    it('takes payloads away, and nothing else', async () => {
      await add(store, writeOf(rangeOf(1, 4), 1));
      await store.transact((transaction) =>
        transaction.dropPayloads([hex('payload 1'), hex('payload 3'), hex('never there')]),
      );
      const reader = place.open();
      expect((await collect(reader.payloadDigests())).sort()).toEqual(
        [hex('payload 0'), hex('payload 2')].sort(),
      );
      expect(await collect(reader.records(0))).toEqual(rangeOf(0, 4));
      expect(await reader.checkpoint()).toBe('note of 4\n');
    });

    it('keeps nothing of a transaction that throws', async () => {
      const before = await contentsOf(store);
      const failure = new Error('changed my mind');
      const work = store.transact(async (transaction) => {
        await transaction.add(writeOf(rangeOf(1, 3), 1));
        await transaction.dropPayloads([hex('payload 0')]);
        throw failure;
      });
      await expect(work).rejects.toBe(failure);
      expect(await contentsOf(store)).toEqual(before);
      expect(await contentsOf(place.open())).toEqual(before);
      await add(store, writeOf([recordAt(1)], 1));
    });

    it('shows a transaction to itself, and to nobody else before it is over', async () => {
      const other = place.open();
      await store.transact(async (transaction) => {
        await transaction.add(writeOf([recordAt(1)], 1));
        expect(await transaction.checkpoint()).toBe('note of 2\n');
        expect(await transaction.recordAt(1)).toEqual(recordAt(1));
        expect(await transaction.recordOfRequest(hex('request 1'))).toEqual(recordAt(1));
        for (const reader of [store, other]) {
          expect(await reader.checkpoint()).toBe('note of 1\n');
          expect(await reader.recordAt(1)).toBeUndefined();
        }
      });
      for (const reader of [store, other]) expect(await reader.checkpoint()).toBe('note of 2\n');
    });

    it('gives back what a transaction returns', async () => {
      expect(await store.transact(async (transaction) => transaction.checkpoint())).toBe('note of 1\n');
    });

    it.each<[string, Partial<StoredRecord>]>([
      ['position', { seq: 1 }],
      ['record id', { recordId: recordAt(1).recordId }],
      ['decision of a request', { requestKey: hex('request 1'), decisionDigest: hex('decision 1') }],
    ])('EVL-07 refuses a %s that is taken, and keeps nothing of that', async (_, changes) => {
      await add(store, writeOf([recordAt(1)], 1));
      const before = await contentsOf(store);
      const write = writeOf([recordAt(2, changes)], 2);
      await expect(add(store, write)).rejects.toMatchObject({ finding: 'evidence.tampered', exitCode: 3 });
      expect(await contentsOf(store)).toEqual(before);
    });

    it('EVL-07 refuses a second checkpoint of one size', async () => {
      const write = { ...writeOf([recordAt(1)], 1), checkpoint: { size: 1, note: 'other' } };
      await expect(add(store, write)).rejects.toMatchObject({ finding: 'evidence.tampered' });
      expect(await sizes(store)).toEqual([1]);
    });

    it('EVL-07 runs the transactions of 16 writers one after the other', async () => {
      const writers = Array.from({ length: 16 }, () => place.open());
      const rounds = 8;
      await Promise.all(
        writers.map(async (writer) => {
          for (let round = 0; round < rounds; round++) {
            await writer.transact(async (transaction) => {
              const note = await transaction.checkpoint();
              const size = Number(note?.match(/\d+/)?.[0]);
              // What was read must still hold when it is built upon.
              await new Promise((resolve) => setTimeout(resolve, round % 3));
              await transaction.add(writeOf([recordAt(size)], size));
            });
          }
        }),
      );
      const size = 1 + writers.length * rounds;
      expect(await collect(store.records(0))).toEqual(rangeOf(0, size));
      expect(await sizes(store)).toEqual(upTo(size).slice(1));
    });

    it('says its name without a secret', () => {
      expect(store.name).toMatch(/^(?:memory:|sqlite:|postgres:)/);
      expect(store.name).not.toContain(process.env.PGPASSWORD ?? 'no password');
    });

    it('is what it was after it was closed and opened again', async () => {
      await add(store, writeOf(rangeOf(1, 4), 1));
      const before = await contentsOf(store);
      await store.close();
      expect(await contentsOf(place.open())).toEqual(before);
    });
  });
});
