import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EvidenceLog } from '../../../src/app/evidence/log.ts';
import { verifyLog } from '../../../src/app/evidence/verify-log.ts';
import { verifyCheckpoint } from '../../../src/core/log/checkpoint.ts';
import { isConsistent } from '../../../src/core/log/merkle.ts';
import { verifyProof } from '../../../src/core/log/proof.ts';
import { createEntry, createLogKit, type LogKit, requestOf } from '../../kit/evidence.ts';
import { createFaultyStore, type FaultyStore } from '../../kit/faulty-store.ts';
import { type Place, storeKinds } from './stores.ts';

/** The log on every store: one answer for each request, proofs that hold, and one transaction for all who wait. */

describe.each(storeKinds())('a log on the $name store', (kind) => {
  let place: Place;
  let store: FaultyStore;
  let kit: LogKit;
  let log: EvidenceLog;
  beforeAll(() => kind.start());
  afterAll(() => kind.stop());
  beforeEach(async () => {
    place = kind.place();
    store = createFaultyStore(place.open());
    kit = createLogKit({ store });
    log = await kit.create();
  });
  const trust = () => ({ origin: log.origin, keys: [kit.key] });
  const commits = (): number => store.calls.filter((call) => call === 'transact').length;

  it('begins with its genesis, and is opened by whoever has its configuration', async () => {
    const { head } = await log.head();
    expect(head.size).toBe(1);
    const genesis = await store.recordAt(0);
    expect(JSON.parse(genesis?.leaf ?? '')).toMatchObject({ type: 'genesis', origin: log.origin });
    const again = await kit.open({ store: place.open() });
    expect(await again.head()).toEqual(await log.head());
  });

  it('is not opened where there is none', async () => {
    await expect(kit.open({ store: kind.place().open() })).rejects.toMatchObject({
      finding: 'evidence.rollback',
      exitCode: 3,
    });
  });

  it('appends many at once in few transactions, each with a proof that holds', async () => {
    const entries = Array.from({ length: 600 }, () => createEntry());
    const appended = await Promise.all(entries.map((entry) => log.append(requestOf(entry))));
    expect(appended.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 600 }, (_, index) => index + 1),
    );
    for (const [index, { seq, record, isNew, proof, checkpoint }] of appended.entries()) {
      expect([isNew, record.recordId]).toEqual([true, entries[index]?.record.recordId]);
      expect(verifyProof(proof, record.leaf, trust()).index).toBe(seq);
      expect(proof.endsWith(checkpoint)).toBe(true);
      expect(verifyCheckpoint(checkpoint, trust()).size).toBeGreaterThan(seq);
    }
    expect(commits()).toBeLessThanOrEqual(4);
    expect(await verifyLog(kit.options)).toMatchObject({ size: 601, from: 0 });
    expect(kit.pin.note).toBe(await store.checkpoint());
  });

  it('gives a request that was answered its record again, with a proof under the newest head', async () => {
    const entry = createEntry();
    const first = await log.append(requestOf(entry));
    for (let count = 0; count < 3; count++) await log.append(requestOf(createEntry()));
    const before = (await log.head()).head.size;
    for (const handle of [log, await kit.open({ store: place.open() })]) {
      const again = await handle.append(requestOf(createEntry('', entry.record)));
      expect([again.isNew, again.seq, again.record]).toEqual([false, first.seq, first.record]);
      expect(verifyProof(again.proof, first.record.leaf, trust())).toMatchObject({ head: { size: before } });
    }
    expect((await log.head()).head.size).toBe(before);
  });

  it('gives requests that come together one record, also beside others', async () => {
    const same = createEntry('same');
    const requests = [
      createEntry(),
      same,
      createEntry(),
      createEntry('same'),
      createEntry('same'),
      createEntry(),
    ];
    const appended = await Promise.all(requests.map((entry) => log.append(requestOf(entry))));
    expect(new Set(appended.map(({ seq }) => seq)).size).toBe(4);
    expect(appended.filter(({ isNew }) => isNew)).toHaveLength(4);
    for (const { record, proof, seq } of appended)
      expect(verifyProof(proof, record.leaf, trust()).index).toBe(seq);
    expect(commits()).toBe(1);
  });

  it('shows a decision what was decided before it, in the same transaction too', async () => {
    const { artifactDigest } = createEntry('artifact').record;
    const seen: number[] = [];
    const decide = (count: number) => ({
      keys: ['artifact'],
      decide: async (reader: Parameters<Parameters<EvidenceLog['append']>[0]['decide']>[0]) => {
        const known = await reader.list({ artifactDigest: artifactDigest ?? '' }, 100);
        seen.push(known.length);
        return createEntry(`decision ${count}`, { artifactDigest });
      },
    });
    await log.append(decide(0));
    await Promise.all([decide(1), decide(2), decide(3)].map((request) => log.append(request)));
    expect(seen).toEqual([0, 1, 2, 3]);
    expect(commits()).toBe(2);
  });

  it('is read by a decision with everything that is pending', async () => {
    const first = createEntry('first');
    const found: unknown[] = [];
    await Promise.all([
      log.append({ decide: async () => first }),
      log.append({
        decide: async (reader) => {
          const { recordId, requestKey, decisionDigest, recordDigest } = first.record;
          const record = await reader.record(recordId);
          found.push(
            record?.seq,
            (await reader.recordAt(1))?.recordId === recordId,
            (await reader.recordOfRequest(requestKey))?.recordId === recordId,
            (await reader.recordOfDecision(requestKey, decisionDigest))?.recordId === recordId,
            (await reader.payload(recordDigest ?? ''))?.equals(first.payloads[0]?.bytes as Buffer),
          );
          const seqs: number[] = [];
          for await (const batch of reader.records(0)) seqs.push(...batch.map(({ seq }) => seq));
          const digests: string[] = [];
          for await (const batch of reader.payloadDigests()) digests.push(...batch);
          found.push(seqs, digests.includes(recordDigest ?? ''));
          return { existing: record as NonNullable<typeof record> };
        },
      }),
    ]);
    expect(found).toEqual([1, true, true, true, true, [0, 1], true]);
  });

  it('EVL-07 keeps the order of 16 logs that are open at once', async () => {
    const logs = await Promise.all(Array.from({ length: 16 }, () => kit.open({ store: place.open() })));
    const appended = await Promise.all(
      logs.flatMap((each) => Array.from({ length: 6 }, () => each.append(requestOf(createEntry())))),
    );
    expect(appended.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 96 }, (_, index) => index + 1),
    );
    for (const { record, proof } of appended) verifyProof(proof, record.leaf, trust());
    expect(await verifyLog(kit.options)).toMatchObject({ size: 97 });
  });

  it('proves every leaf, and that each of its trees continues the ones before', async () => {
    for (let count = 0; count < 20; count++) await log.append(requestOf(createEntry()));
    for (let seq = 0; seq <= 20; seq++)
      verifyProof(await log.prove(seq), (await store.recordAt(seq))?.leaf ?? '', trust());
    const heads = [];
    for await (const { note } of store.checkpoints(0)) heads.push(verifyCheckpoint(note, trust()));
    expect(heads).toHaveLength(21);
    for (const first of heads)
      for (const second of heads.filter(({ size }) => size >= first.size))
        expect(isConsistent(first, second, await log.consistency(first.size, second.size))).toBe(true);
    await expect(log.prove(21)).rejects.toMatchObject({ finding: 'evidence.not-found', exitCode: 64 });
    await expect(log.prove(-1)).rejects.toMatchObject({ finding: 'evidence.not-found' });
    await expect(log.consistency(0, 3)).rejects.toMatchObject({ finding: 'evidence.not-found' });
    await expect(log.consistency(3, 2)).rejects.toMatchObject({ finding: 'evidence.not-found' });
    await expect(log.consistency(3, 22)).rejects.toMatchObject({ finding: 'evidence.not-found' });
  });

  it('goes on over the edges of tiles, in one process and in the next', async () => {
    for (const count of [200, 55, 1, 1, 300]) {
      const handle = await kit.open({ store: place.open() });
      const entries = Array.from({ length: count }, () => createEntry());
      for (const { record, proof } of await Promise.all(
        entries.map((entry) => handle.append(requestOf(entry))),
      ))
        verifyProof(proof, record.leaf, trust());
    }
    expect(await verifyLog(kit.options)).toMatchObject({ size: 558 });
  });

  it('is verified from a checkpoint on that was kept', async () => {
    for (let count = 0; count < 5; count++) await log.append(requestOf(createEntry()));
    const kept = (await log.head()).note;
    const entries = Array.from({ length: 300 }, () => createEntry());
    await Promise.all(entries.map((entry) => log.append(requestOf(entry))));
    const seen: number[] = [];
    const progress: [number, number][] = [];
    const verified = await verifyLog({
      ...kit.options,
      fromPinned: kept,
      onRecord: ({ seq }) => void seen.push(seq),
      onProgress: (done, size) => void progress.push([done, size]),
    });
    expect(verified).toMatchObject({ size: 306, from: 6 });
    expect(seen).toEqual(Array.from({ length: 300 }, (_, index) => index + 6));
    expect(progress.at(-1)).toEqual([306, 306]);
  });

  it('is followed by a verification while it grows', async () => {
    for (let count = 0; count < 3; count++) await log.append(requestOf(createEntry()));
    let grown = 0;
    const verified = await verifyLog({
      ...kit.options,
      onRecord: async () => {
        if (grown++ < 40) await log.append(requestOf(createEntry()));
      },
    });
    expect(grown).toBeGreaterThan(40);
    expect(verified.size).toBe(grown);
    expect(verified.checkpoint).toBe(await store.checkpoint());
  });

  it('takes payloads away with the record that says so', async () => {
    const entry = createEntry();
    await log.append(requestOf(entry));
    const [{ digest } = { digest: '' }] = entry.payloads;
    const prune = createEntry('prune', { type: 'prune' });
    await log.append({ decide: async () => ({ ...prune, drop: [digest] }) });
    expect(await store.payload(digest)).toBeUndefined();
    expect(await store.payload(prune.payloads[0]?.digest ?? '')).toBeDefined();
    expect(await verifyLog(kit.options)).toMatchObject({ size: 3 });
  });

  it.each<[string, (entry: ReturnType<typeof createEntry>) => ReturnType<typeof createEntry>]>([
    ['whose envelope is not given', (entry) => ({ ...entry, payloads: [] })],
    [
      'whose summary is not given',
      (entry) => ({ ...entry, record: { ...entry.record, vsaDigest: 'aa'.repeat(32) } }),
    ],
    [
      'with bytes of another digest',
      (entry) => ({
        ...entry,
        payloads: entry.payloads.map(({ digest }) => ({ digest, bytes: Buffer.from('x') })),
      }),
    ],
    [
      'with another form of record id',
      (entry) => ({ ...entry, record: { ...entry.record, recordId: 'rec_1' } }),
    ],
    [
      'with capital hex',
      (entry) => ({ ...entry, record: { ...entry.record, decisionDigest: 'AA'.repeat(32) } }),
    ],
  ])('does not append an entry %s', async (_, spoil) => {
    await expect(log.append(requestOf(spoil(createEntry())))).rejects.toThrow(TypeError);
    expect(await verifyLog(kit.options)).toMatchObject({ size: 1 });
    expect((await log.append(requestOf(createEntry()))).seq).toBe(1);
  });

  it('without a signer is read, and not appended to', async () => {
    const reading = await kit.open({ checkpointSigner: undefined });
    await expect(reading.append(requestOf(createEntry()))).rejects.toMatchObject({
      finding: 'evidence.config',
      exitCode: 64,
    });
    expect((await reading.head()).head.size).toBe(1);
  });

  it('whose signer signs something else stores nothing', async () => {
    const broken = { ...kit.options.checkpointSigner, sign: async () => Buffer.alloc(64) };
    const handle = await kit.open({ checkpointSigner: broken });
    await expect(handle.append(requestOf(createEntry()))).rejects.toMatchObject({ finding: 'signer.failed' });
    expect(await verifyLog(kit.options)).toMatchObject({ size: 1 });
  });

  it('brings up a pin that a crash left behind, once it was shown to be continued', async () => {
    const behind = kit.pin.note;
    for (let count = 0; count < 3; count++) await log.append(requestOf(createEntry()));
    const last = kit.pin.note;
    kit.pin.note = behind;
    const handle = await kit.open({ store: place.open() });
    expect(kit.pin.note).toBe(behind);
    const { checkpoint } = await handle.append(requestOf(createEntry()));
    expect(kit.pin.note).toBe(checkpoint);
    expect(checkpoint).not.toBe(last);
  });
});
