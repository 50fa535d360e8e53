import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exportRecords } from '../../src/app/evidence/export.ts';
import { verifyPack } from '../../src/app/evidence/verify-pack.ts';
import { sha256Hex } from '../../src/core/evidence/canonical.ts';
import { createDecidedLog, type DecidedLog, sigstorePackage } from '../kit/decided-log.ts';
import { decisionOf } from '../kit/forged-record.ts';
import { exportTo, type MemoryPack, readerOf, trustOfLog } from '../kit/memory-pack.ts';

/** What somebody hands to an auditor in place of an export. */

const refusal = (finding: string, more: object = {}) => expect.objectContaining({ finding, ...more });

let log: DecidedLog;
let stranger: DecidedLog;
/** A release that was allowed for production, another one that was denied, and one that was allowed for staging. */
let ids: readonly [string, string, string];
let exported: MemoryPack;
let pack: MemoryPack;

async function decideThree(into: DecidedLog): Promise<readonly [string, string, string]> {
  const allowed = await into.gate({ requestId: 'allowed' });
  const bundles = [sigstorePackage('2.0.0').bundle];
  const denied = await into.gate({
    requestId: 'denied',
    package: 'pkg:npm/other@1.0.0',
    version: '2.0.0',
    bundles,
  });
  const staging = await into.gate({ requestId: 'staging', environment: 'staging' });
  expect([allowed, denied, staging].map(({ verdict }) => verdict)).toEqual(['allow', 'deny', 'allow']);
  return [String(allowed.recordId), String(denied.recordId), String(staging.recordId)];
}

beforeAll(async () => {
  log = await createDecidedLog();
  stranger = await createDecidedLog();
  ids = await decideThree(log);
  await decideThree(stranger);
  exported = await exportTo(log, ids.slice(0, 2));
});
beforeEach(() => {
  pack = new Map(exported);
});

const verify = (expected: Parameters<typeof verifyPack>[2] = {}, trust = trustOfLog(log)) =>
  verifyPack(readerOf(pack), trust, expected);
const fileOf = (id: string, name: string): string => `records/${id}/${name}`;
const FILES = ['leaf.json', 'record.dsse.json', 'vsa.dsse.json', 'proof.tlog-proof'] as const;

describe('an export', () => {
  it('is proven without the store, and says what was decided about what', async () => {
    const document = await verify();
    expect(document).toMatchObject({ origin: 'example.com/releases', size: 4 });
    expect(document.records.map(({ seq, verdict, environment }) => [seq, verdict, environment])).toEqual([
      [1, 'allow', 'production'],
      [2, 'deny', 'production'],
    ]);
    expect(document.records[0]?.decision).toEqual(await decisionOf(log, ids[0]));
    // A policy, a catalogue, a root, and two attestations.
    expect(document.materials).toBe(5);
  });

  it('EVL-11 counts for the artifact and the environment that are in it, whatever it is handed out as', async () => {
    const { artifactDigest } = (await verify()).records[0] ?? {};
    pack = await exportTo(log, [ids[0]]);
    await expect(
      verify({ artifactDigest: String(artifactDigest), environment: 'production' }),
    ).resolves.toBeDefined();
    const other = `sha256:${'ab'.repeat(32)}`;
    await expect(verify({ artifactDigest: other })).rejects.toThrow(
      refusal('replay.audience', { exitCode: 1, expected: other, actual: artifactDigest }),
    );
    await expect(verify({ environment: 'staging' })).rejects.toThrow(
      refusal('replay.audience', { expected: 'staging', actual: 'production' }),
    );
  });

  it('EVL-11 of one record under the id of another is refused', async () => {
    pack = await exportTo(log, [ids[0]]);
    for (const name of FILES) {
      pack.set(fileOf(ids[1], name), pack.get(fileOf(ids[0], name)) as Buffer);
      pack.delete(fileOf(ids[0], name));
    }
    await expect(verify()).rejects.toThrow(
      refusal('evidence.tampered', { exitCode: 3, expected: ids[1], actual: ids[0] }),
    );
  });

  it.each(FILES)('EVL-11 whose %s is that of another record is refused', async (name) => {
    pack.set(fileOf(ids[1], name), pack.get(fileOf(ids[0], name)) as Buffer);
    await expect(verify()).rejects.toThrow(refusal('evidence.tampered', { exitCode: 3 }));
  });

  it('EVL-11 whose record is that of the same request in another log is refused', async () => {
    const theirs = await exportTo(stranger, [String((await stranger.log.store.recordAt(1))?.recordId)]);
    for (const [path, bytes] of theirs) pack.set(path, bytes);
    await expect(verify()).rejects.toThrow(refusal('evidence.signature', { exitCode: 3 }));
  });

  it('EVL-10 brings no keys: those that lie in it are for people', async () => {
    pack = await exportTo(stranger, [String((await stranger.log.store.recordAt(1))?.recordId)]);
    expect([...pack.keys()].filter((path) => path.startsWith('keys/'))).toHaveLength(2);
    await expect(verify()).rejects.toThrow(refusal('evidence.signature', { exitCode: 3 }));
    await expect(verify({}, trustOfLog(stranger))).resolves.toMatchObject({
      records: [{ verdict: 'allow' }],
    });
    // Its checkpoint alone under the right key makes no difference either.
    const { checkpoint } = trustOfLog(stranger);
    const { records } = trustOfLog(log);
    await expect(verify({}, { checkpoint, records })).rejects.toThrow(refusal('evidence.signature'));
  });

  it('of another verifier is refused', async () => {
    const { checkpoint, records } = trustOfLog(log);
    await expect(
      verify({}, { checkpoint, records: { ...records, verifierId: 'https://example.com/other' } }),
    ).rejects.toThrow(refusal('evidence.origin', { exitCode: 3 }));
  });

  it('EVL-04 of a log with another name is refused', async () => {
    const { checkpoint, records } = trustOfLog(log);
    await expect(
      verify({}, { checkpoint: { ...checkpoint, origin: 'example.com/other' }, records }),
    ).rejects.toThrow(refusal('evidence.origin', { exitCode: 3 }));
  });

  it.each([
    ['beside the others', 'materials/notes.txt'],
    ['beside a record', () => fileOf(ids[0], 'verdict.txt')],
    ['as a record with no id', 'records/latest/leaf.json'],
    ['beside all', 'RESULT.md'],
    ['as a material that nobody names', `materials/${sha256Hex('x')}`],
  ])('with a file %s that nothing vouches for is refused', async (_, path) => {
    pack.set(typeof path === 'string' ? path : path(), Buffer.from('x'));
    await expect(verify()).rejects.toThrow(refusal('evidence.tampered', { exitCode: 3 }));
  });

  it('without one of its files is refused, each of them', async () => {
    for (const path of exported.keys()) {
      pack = new Map(exported);
      pack.delete(path);
      const isForPeople = path === 'README.md' || path.startsWith('keys/');
      if (isForPeople) await expect(verify(), path).resolves.toBeDefined();
      else {
        const code = /^materials|dsse/.test(path) ? 'evidence.material-missing' : 'evidence.tampered';
        await expect(verify(), path).rejects.toThrow(refusal(code, { exitCode: 3 }));
      }
    }
  });

  it('of which one bit is changed is refused, wherever it is', async () => {
    let count = 0;
    for (const [path, bytes] of exported) {
      if (path === 'README.md' || path.startsWith('keys/')) continue;
      const step = Math.max(1, Math.floor(bytes.length / 16));
      for (let at = 0; at < bytes.length; at += step) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
        pack = new Map(exported).set(path, changed);
        const error = await verify().then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(error, `${path} at ${at}`).toMatchObject({ exitCode: 3 });
        count++;
      }
    }
    expect(count).toBeGreaterThan(150);
  });

  it('without a record is none', async () => {
    pack = new Map([...exported].filter(([path]) => !path.startsWith('records/') && !path.startsWith('mat')));
    await expect(verify()).rejects.toThrow(refusal('evidence.tampered'));
  });

  it('that is older than the pinned log is still proven: a head once signed stays true', async () => {
    await log.gate({ requestId: 'afterwards', version: '2.0.0' });
    await expect(verify()).resolves.toMatchObject({ size: 4 });
  });

  it('is refused for ids that the log does not have', async () => {
    await expect(exportTo(log, ['rec_01J8ZQ4Y7M3K5N6P8R9S0T1V2W'])).rejects.toThrow(
      refusal('evidence.not-found', { exitCode: 64 }),
    );
    await expect(exportTo(log, [])).rejects.toThrow(refusal('evidence.not-found'));
  });

  it('holds every kind of record', async () => {
    const genesis = String((await log.log.store.recordAt(0))?.recordId);
    pack = await exportTo(log, [genesis, ...ids]);
    expect((await verify()).records.map(({ type }) => type)).toEqual([
      'genesis',
      'decision',
      'decision',
      'decision',
    ]);
  });

  it('writes nothing when a record cannot be handed out', async () => {
    const written: string[] = [];
    const write = async (files: AsyncIterable<{ readonly path: string }>): Promise<void> => {
      for await (const { path } of files) written.push(path);
      throw new Error('the end was reached');
    };
    const ports = { checkpointKeys: [], describe: () => '', write };
    await expect(exportRecords([ids[0], 'rec_x'], log.evidence, ports)).rejects.toThrow(
      refusal('evidence.not-found'),
    );
    expect(written).toEqual([]);
  });
});
