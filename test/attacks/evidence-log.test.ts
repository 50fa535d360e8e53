import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  copyRows,
  createMemoryDatabase,
  createMemoryStore,
  type MemoryDatabase,
  type MemoryRows,
} from '../../src/adapters/evidence/memory/index.ts';
import type { EvidenceLog } from '../../src/app/evidence/log.ts';
import { verifyLog } from '../../src/app/evidence/verify-log.ts';
import { signCheckpoint, toVkey, verifyCheckpoint } from '../../src/core/log/checkpoint.ts';
import { TreeEdge } from '../../src/core/log/edge.ts';
import { isConsistent, leafHash } from '../../src/core/log/merkle.ts';
import { verifyProof } from '../../src/core/log/proof.ts';
import type { StoredRecord } from '../../src/core/model/evidence.ts';
import { createEntry, createLogKit, type LogKit, MemoryPin, requestOf, toSigner } from '../kit/evidence.ts';
import { createFaultyStore, type FaultyStore, type StoreCall } from '../kit/faulty-store.ts';
import { createKeyPair } from '../kit/keys.ts';

const refusal = (finding: string, more: object = {}) => expect.objectContaining({ finding, ...more });

async function append(log: EvidenceLog, count: number): Promise<void> {
  for (let appended = 0; appended < count; appended++) await log.append(requestOf(createEntry()));
}

/** A log of `count` decisions, and the rows that it lies in. */
async function begin(count: number, kitOptions: Parameters<typeof createLogKit>[0] = {}) {
  const database = createMemoryDatabase();
  const kit = createLogKit({ store: createMemoryStore(database), ...kitOptions });
  const log = await kit.create();
  await append(log, count);
  return { database, kit, log };
}
const rowsOf = (database: MemoryDatabase): MemoryRows => database.rows as MemoryRows;
const copyOf = (database: MemoryDatabase): MemoryDatabase => ({
  rows: copyRows(rowsOf(database)),
  turn: Promise.resolve(),
});
const verify = (kit: LogKit, changes: Partial<Parameters<typeof verifyLog>[0]> = {}) =>
  verifyLog({ ...kit.options, ...changes });
const replaceRecord = (database: MemoryDatabase, seq: number, changes: Partial<StoredRecord>): void => {
  const rows = rowsOf(database);
  rows.records = rows.records.map((record) => (record.seq === seq ? { ...record, ...changes } : record));
};

/** What whoever has the checkpoint key can do: a new head, signed and pinned, over whatever leaves. */
async function signOver(
  kit: LogKit,
  database: MemoryDatabase,
  records: readonly StoredRecord[],
): Promise<void> {
  const edge = TreeEdge.empty();
  for (const { leaf } of records) edge.append(leafHash(Buffer.from(leaf)));
  const { origin, checkpointSigner } = kit.options;
  const head = { origin, size: edge.size, rootHash: edge.rootHash() };
  const note = await signCheckpoint(head, kit.key, checkpointSigner.sign);
  database.rows = {
    ...rowsOf(database),
    records: [...records],
    tiles: new Map(edge.grown().map(({ level, index, hashes }) => [`${level}/${index}`, hashes])),
    checkpoints: [{ size: edge.size, note }],
  };
  kit.pin.note = note;
}

describe('a fork', () => {
  /** Two stores out of one snapshot of five leaves, under one key, each with a pin of its own. */
  async function fork(ours: number, theirs: number) {
    const { database, kit, log } = await begin(4);
    const { note } = await log.head();
    const otherDatabase = copyOf(database);
    const otherStore = createMemoryStore(otherDatabase);
    const other = await kit.open({ store: otherStore, pins: [new MemoryPin('pin:other', note)] });
    await append(log, ours);
    await append(other, theirs);
    return { kit, database, log, otherDatabase, otherStore, other, note };
  }

  it.each([
    ['as long', 2, 2],
    ['longer', 1, 3],
  ])(
    'EVL-03 that is %s than the pinned log is found when it is opened or verified',
    async (_, ours, theirs) => {
      const { kit, otherStore: store } = await fork(ours, theirs);
      await expect(kit.open({ store })).rejects.toThrow(refusal('evidence.fork', { exitCode: 3 }));
      await expect(verify(kit, { store })).rejects.toThrow(refusal('evidence.fork', { exitCode: 3 }));
    },
  );

  it('EVL-03 that is shorter than the pinned log is a rollback', async () => {
    const { kit, otherStore: store } = await fork(3, 1);
    await expect(kit.open({ store })).rejects.toThrow(refusal('evidence.rollback', { exitCode: 3 }));
    await expect(verify(kit, { store })).rejects.toThrow(refusal('evidence.rollback', { exitCode: 3 }));
  });

  it('EVL-03 is not appended to', async () => {
    const { kit, database, log, otherDatabase } = await fork(1, 1);
    database.rows = rowsOf(otherDatabase);
    await expect(log.append(requestOf(createEntry()))).rejects.toThrow(refusal('evidence.fork'));
    expect(rowsOf(database).records).toHaveLength(6);
    expect(rowsOf(database).checkpoints.at(-1)?.note).not.toBe(kit.pin.note);
  });

  it('EVL-03 put in place of a log is found by a process that saw the log, though the pin knows neither', async () => {
    const { kit, database, otherDatabase, note } = await fork(1, 2);
    const log = await kit.open({ pins: [new MemoryPin('pin:stuck', note)] });
    database.rows = rowsOf(otherDatabase);
    await expect(log.head()).rejects.toThrow(refusal('evidence.fork'));
  });

  it('EVL-03 has no consistency proof between its signed heads', async () => {
    const { kit, log, other, note } = await fork(1, 4);
    const ours = (await log.head()).head;
    const theirs = (await other.head()).head;
    expect(isConsistent(ours, theirs, await other.consistency(ours.size, theirs.size))).toBe(false);
    const shared = verifyCheckpoint(note, { origin: log.origin, keys: [kit.key] });
    expect(isConsistent(shared, theirs, await other.consistency(shared.size, theirs.size))).toBe(true);
  });

  it('EVL-03 of which one head was put into the log is found, with the first leaf in doubt', async () => {
    const { kit, database, other } = await fork(2, 1);
    const { note } = await other.head();
    const rows = rowsOf(database);
    rows.checkpoints = rows.checkpoints.map((each) => (each.size === 6 ? { size: 6, note } : each));
    await expect(verify(kit)).rejects.toThrow(refusal('evidence.fork', { details: { seq: 5 } }));
  });
});

describe('the head of another log', () => {
  it('EVL-04 under the same key is refused by its origin', async () => {
    const keys = createKeyPair('Ed25519');
    const { kit } = await begin(2, { checkpointKeys: keys });
    const other = await begin(2, { checkpointKeys: keys, origin: 'example.com/other' });
    const store = createMemoryStore(other.database);
    await expect(kit.open({ store })).rejects.toThrow(refusal('evidence.origin', { exitCode: 3 }));
    await expect(verify(kit, { store })).rejects.toThrow(refusal('evidence.origin', { exitCode: 3 }));
  });

  it('EVL-04 alone, put into our store, is refused', async () => {
    const keys = createKeyPair('Ed25519');
    const { kit, database } = await begin(2, { checkpointKeys: keys });
    const other = await begin(2, { checkpointKeys: keys, origin: 'example.com/other' });
    const { note } = await other.log.head();
    const rows = rowsOf(database);
    rows.checkpoints = rows.checkpoints.map((each) => (each.size === 3 ? { size: 3, note } : each));
    await expect(kit.open()).rejects.toThrow(refusal('evidence.origin'));
    await expect(verify(kit)).rejects.toThrow(refusal('evidence.origin'));
  });

  it('EVL-04 as our pin is refused', async () => {
    const keys = createKeyPair('Ed25519');
    const { kit } = await begin(2, { checkpointKeys: keys });
    const other = await begin(2, { checkpointKeys: keys, origin: 'example.com/other' });
    kit.pin.note = other.kit.pin.note;
    await expect(kit.open()).rejects.toThrow(refusal('evidence.origin'));
    await expect(verify(kit)).rejects.toThrow(refusal('evidence.origin'));
  });

  it('EVL-04 of one name and key, begun anew, is found by the pin', async () => {
    const keys = createKeyPair('Ed25519');
    const { kit } = await begin(2, { checkpointKeys: keys });
    const again = await begin(4, { checkpointKeys: keys });
    const store = createMemoryStore(again.database);
    await expect(kit.open({ store })).rejects.toThrow(refusal('evidence.fork'));
    await expect(verify(kit, { store })).rejects.toThrow(refusal('evidence.fork'));
  });

  it('EVL-04 whose genesis names another origin is refused, even when all of it was signed', async () => {
    const keys = createKeyPair('Ed25519');
    const { kit, database } = await begin(0, { checkpointKeys: keys });
    const other = await begin(0, { checkpointKeys: keys, origin: 'example.com/other' });
    const [genesis] = rowsOf(other.database).records as [StoredRecord];
    // Whoever has the key signs a head of our name over the genesis of another log.
    await signOver(kit, database, [genesis]);
    await expect(verify(kit)).rejects.toThrow(refusal('evidence.origin', { details: { seq: 0 } }));
  });
});

describe('another spelling of a leaf', () => {
  const SPELLINGS: readonly (readonly [string, (leaf: string) => string])[] = [
    ['with spaces', (leaf) => leaf.replace('","', '", "')],
    ['with a newline after it', (leaf) => `${leaf}\n`],
    ['with another order of keys', (leaf) => `{"v":1,${leaf.slice(1).replace(',"v":1', '')}`],
    ['with another form of a number', (leaf) => leaf.replace('"v":1', '"v":1.0')],
    ['with an escape', (leaf) => leaf.replace('"decision"', '"decisio\\u006e"')],
  ];

  it.each(SPELLINGS)('EVL-06 %s is found, and its position named', async (_, spell) => {
    const { kit, database } = await begin(6);
    const { leaf } = rowsOf(database).records[3] as StoredRecord;
    expect(JSON.parse(spell(leaf))).toEqual(JSON.parse(leaf));
    replaceRecord(database, 3, { leaf: spell(leaf) });
    await expect(verify(kit)).rejects.toThrow(refusal('evidence.tampered', { details: { seq: 3 } }));
    await expect((await kit.open()).prove(3)).rejects.toThrow(
      refusal('evidence.tampered', { details: { seq: 3 } }),
    );
  });

  it.each(SPELLINGS)('EVL-06 %s is refused even where a signed tree commits to it', async (_, spell) => {
    const { kit, database } = await begin(6);
    const { leaf } = rowsOf(database).records[3] as StoredRecord;
    replaceRecord(database, 3, { leaf: spell(leaf) });
    await signOver(kit, database, rowsOf(database).records);
    expect(await (await kit.open()).head()).toMatchObject({ head: { size: 7 } });
    await expect(verify(kit)).rejects.toThrow(refusal('evidence.tampered', { details: { seq: 3 } }));
  });
});

describe('a store that fails', () => {
  let kit: LogKit;
  let faulty: FaultyStore;
  let database: MemoryDatabase;
  let log: EvidenceLog;
  beforeEach(async () => {
    database = createMemoryDatabase();
    faulty = createFaultyStore(createMemoryStore(database));
    kit = createLogKit({ store: faulty });
    log = await kit.create();
    await append(log, 3);
  });
  /** What must hold after everything: the log verifies, and no request has two leaves. */
  const assertSound = async (): Promise<void> => {
    faulty.mend();
    const { size } = await verify(kit);
    expect(size).toBe(rowsOf(database).records.length);
    const decisions = rowsOf(database).records.map(
      ({ requestKey, decisionDigest }) => `${requestKey} ${decisionDigest}`,
    );
    expect(new Set(decisions).size).toBe(decisions.length);
  };

  it.each<StoreCall>(['transact', 'add', 'checkpoint', 'recordOfDecision'])(
    'EVL-08 at %s gives no answer but an error, keeps nothing, and is found to be mended',
    async (call) => {
      const entry = createEntry();
      faulty.fail(call, 'failed');
      const failed = log.append(requestOf(entry));
      await expect(failed).rejects.toMatchObject({
        finding: expect.stringMatching(/^evidence\.un(?:writable|readable)$/),
        exitCode: 2,
      });
      expect(rowsOf(database).records).toHaveLength(4);
      await assertSound();
      const { seq, isNew } = await log.append(requestOf(entry));
      expect([seq, isNew]).toEqual([4, true]);
      await assertSound();
    },
  );

  it('EVL-08 that stored what it reported as failed is believed by what it holds', async () => {
    const entries = [createEntry(), createEntry(), createEntry()];
    faulty.fail('transact', 'stored');
    const appended = await Promise.all(entries.map((entry) => log.append(requestOf(entry))));
    expect(appended.map(({ seq, isNew }) => [seq, isNew])).toEqual([
      [4, true],
      [5, true],
      [6, true],
    ]);
    for (const { proof, record } of appended)
      verifyProof(proof, record.leaf, { origin: log.origin, keys: [kit.key] });
    expect(kit.pin.note).toBe(appended[0]?.checkpoint);
    await assertSound();
    const again = await log.append(requestOf(entries[1] as ReturnType<typeof createEntry>));
    expect([again.seq, again.isNew]).toEqual([5, false]);
  });

  it('EVL-08 of which nobody can tell what it stored allows nothing, and loses nothing', async () => {
    const entry = createEntry();
    faulty.fail('transact', async (commit) => {
      await commit();
      faulty.fail('transact', 'failed');
      throw new Error('connection lost');
    });
    await expect(log.append(requestOf(entry))).rejects.toMatchObject({ finding: 'evidence.unwritable' });
    await assertSound();
    const found = await log.append(requestOf(entry));
    expect([found.seq, found.isNew]).toEqual([4, false]);
    await assertSound();
  });

  it.each<[string, (rows: MemoryRows) => void]>([
    ['the record without its checkpoint', (rows) => void rows.checkpoints.pop()],
    ['the checkpoint without its record', (rows) => void rows.records.pop()],
    [
      'the record without its envelope',
      (rows) => void rows.payloads.delete([...rows.payloads.keys()].at(-1) ?? ''),
    ],
    [
      'the record without its tile',
      (rows) => void rows.tiles.set('0/0', rows.tiles.get('0/0')?.subarray(32) as Buffer),
    ],
  ])('EVL-08 that kept %s is an alarm, and no allow', async (_, halve) => {
    faulty.fail('transact', async (commit) => {
      await commit();
      halve(rowsOf(database));
      throw new Error('power lost');
    });
    await expect(log.append(requestOf(createEntry()))).rejects.toMatchObject({
      finding: 'evidence.tampered',
      exitCode: 3,
    });
  });

  it('EVL-08 with one decision that fails answers the others', async () => {
    const [first, second] = [createEntry(), createEntry()];
    const broken = new Error('no key');
    const answers = await Promise.allSettled([
      log.append(requestOf(first)),
      log.append({
        decide: () => {
          throw broken;
        },
      }),
      log.append(requestOf(second)),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(answers[1]).toEqual({ status: 'rejected', reason: broken });
    await assertSound();
  });

  it('EVL-08 whose pin cannot be read is not written to', async () => {
    const { note } = kit.pin;
    kit.pin.note = undefined;
    await expect(log.append(requestOf(createEntry()))).rejects.toMatchObject({
      finding: 'evidence.pin-unreadable',
      exitCode: 2,
    });
    expect(rowsOf(database).records).toHaveLength(4);
    kit.pin.note = note;
    await assertSound();
  });

  it('EVL-08 whose pin cannot be written allows nothing, and the next append brings the pin up', async () => {
    const entry = createEntry();
    const write = kit.pin.write.bind(kit.pin);
    kit.pin.write = async () => {
      throw new Error('read-only');
    };
    await expect(log.append(requestOf(entry))).rejects.toThrow('read-only');
    expect(kit.pin.note?.split('\n')[1]).toBe('4');
    kit.pin.write = write;
    await assertSound();
    const found = await (await kit.open()).append(requestOf(entry));
    expect([found.seq, found.isNew]).toEqual([4, false]);
    expect(kit.pin.note).toBe(found.checkpoint);
  });

  it('EVL-08 is not begun when it cannot be written, nor twice', async () => {
    const fresh = createMemoryDatabase();
    const store = createFaultyStore(createMemoryStore(fresh));
    const other = createLogKit({ store });
    store.fail('create', 'failed');
    await expect(other.create()).rejects.toMatchObject({ finding: 'evidence.unwritable' });
    expect([fresh.rows, other.pin.note]).toEqual([undefined, undefined]);
    store.fail('create', 'stored');
    const begun = await other.create();
    expect(other.pin.note).toBe(await store.checkpoint());
    await begun.append(requestOf(createEntry()));
    await expect(other.create()).rejects.toMatchObject({ finding: 'evidence.exists', exitCode: 64 });
    const { note } = other.pin;
    other.pin.note = undefined;
    await expect(other.create()).rejects.toMatchObject({ finding: 'evidence.exists', exitCode: 64 });
    expect(other.pin.note).toBeUndefined();
    other.pin.note = note;
    const elsewhere = { store: createMemoryStore() };
    await expect(other.create(elsewhere)).rejects.toMatchObject({ finding: 'evidence.exists' });
    expect(await elsewhere.store.checkpoint()).toBeUndefined();
  });

  describe('whose making was interrupted', () => {
    let interrupted: MemoryDatabase;
    let begun: LogKit;
    const second = new MemoryPin('pin:second');
    const pinsOf = () => ({ pins: [begun.pin, second] });
    const store = () => begun.options.store;

    beforeEach(async () => {
      interrupted = createMemoryDatabase();
      begun = createLogKit({ store: createMemoryStore(interrupted) });
      second.note = undefined;
      const write = vi.spyOn(second, 'write').mockRejectedValueOnce(new Error('killed'));
      await expect(begun.create(pinsOf())).rejects.toThrow('killed');
      write.mockRestore();
    });

    it('EVL-08 is finished by the next attempt, as the same log', async () => {
      const note = await store().checkpoint();
      expect([begun.pin.note, second.note]).toEqual([note, undefined]);
      await begun.create(pinsOf());
      expect([await store().checkpoint(), begun.pin.note, second.note]).toEqual([note, note, note]);
      expect((await (await begun.open(pinsOf())).append(requestOf(createEntry()))).seq).toBe(1);
    });

    it.each([
      ['another origin', { origin: 'example.com/other' }],
      ['another checkpoint key', { checkpointKeys: createKeyPair('Ed25519') }],
      ['another record key', { recordKeys: createKeyPair('P-256') }],
    ])('EVL-08 is not taken for one with %s', async (_, change) => {
      const { checkpointKeys, recordKeys } = begun;
      const other = createLogKit({ store: store(), checkpointKeys, recordKeys, ...change });
      await expect(other.create()).rejects.toMatchObject({ finding: 'evidence.exists', exitCode: 64 });
      expect(other.pin.note).toBeUndefined();
    });

    it('EVL-08 is not finished over the pin of another log', async () => {
      const other = createLogKit({ checkpointKeys: begun.checkpointKeys, recordKeys: begun.recordKeys });
      await other.create();
      second.note = other.pin.note;
      await expect(begun.create(pinsOf())).rejects.toMatchObject({ finding: 'evidence.exists' });
      expect(second.note).toBe(other.pin.note);
    });

    it('EVL-08 is not finished when its only record was altered', async () => {
      const leaf = rowsOf(interrupted).records[0]?.leaf.replace(
        /"appendTime":"\d/,
        '"appendTime":"1',
      ) as string;
      replaceRecord(interrupted, 0, { leaf });
      await expect(begun.create(pinsOf())).rejects.toMatchObject({ finding: 'evidence.exists' });
      expect(second.note).toBeUndefined();
    });
  });
});

describe('a key', () => {
  it('EVL-10 that only the store knows signs nothing, though the genesis names it', async () => {
    const { kit } = await begin(2);
    const attacker = await begin(2);
    const store = createMemoryStore(attacker.database);
    expect(rowsOf(attacker.database).records[0]?.leaf).toContain('"checkpointKeys":["');
    await expect(kit.open({ store })).rejects.toThrow(refusal('evidence.signature', { exitCode: 3 }));
    await expect(verify(kit, { store })).rejects.toThrow(refusal('evidence.signature', { exitCode: 3 }));
    kit.pin.note = attacker.kit.pin.note;
    await expect(kit.open({ store })).rejects.toThrow(refusal('evidence.signature'));
  });

  it('EVL-10 that was replaced still stands for its own checkpoints, as long as it is configured', async () => {
    const { kit, log } = await begin(2);
    const next = createKeyPair('Ed25519');
    const [old = ''] = kit.options.checkpointKeys;
    const checkpointKeys = [old, toVkey(log.origin, next.spki)];
    const rotated = await kit.open({ checkpointKeys, checkpointSigner: toSigner(next) });
    await append(rotated, 2);
    expect(await verify(kit, { checkpointKeys })).toMatchObject({ size: 5, checkpoints: 5 });
    await expect(verify(kit)).rejects.toThrow(refusal('evidence.signature'));
    await expect(verify(kit, { checkpointKeys: checkpointKeys.slice(1) })).rejects.toThrow(
      refusal('evidence.signature'),
    );
  });

  it('EVL-10 that is not configured cannot be used for signing', async () => {
    const { kit } = await begin(0);
    const checkpointSigner = toSigner(createKeyPair('Ed25519'));
    await expect(kit.open({ checkpointSigner })).rejects.toThrow(
      refusal('evidence.config', { exitCode: 64 }),
    );
  });
});
