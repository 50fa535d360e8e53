import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryDatabase, createMemoryStore } from '../../../../src/adapters/evidence/memory/index.ts';
import { exportRecords } from '../../../../src/app/evidence/export.ts';
import { listRecords } from '../../../../src/app/evidence/list.ts';
import { type PruneRequest, pruneEvidence } from '../../../../src/app/evidence/prune.ts';
import { replayAll, replayExit, replayRecord } from '../../../../src/app/evidence/replay.ts';
import { envelopeOf, showRecord } from '../../../../src/app/evidence/show.ts';
import { verifyEvidence } from '../../../../src/app/evidence/verify.ts';
import {
  createDecidedLog,
  DECIDED_AT,
  type DecidedLog,
  SIGSTORE_POLICY,
  VERIFIER_ID,
} from '../../../kit/decided-log.ts';
import { decisionOf } from '../../../kit/forged-record.ts';

const DAY_MS = 86_400_000;
const refusal = (finding: string, more: object = {}) => expect.objectContaining({ finding, ...more });

let database: ReturnType<typeof createMemoryDatabase>;
let log: DecidedLog;
let now: Date;
beforeEach(async () => {
  database = createMemoryDatabase();
  now = DECIDED_AT;
  log = await createDecidedLog({ store: createMemoryStore(database), now: () => now });
});

const laterDays = (days: number): void => {
  now = new Date(DECIDED_AT.getTime() + days * DAY_MS);
};
const prune = (
  request: Partial<PruneRequest> = {},
  access: Parameters<typeof pruneEvidence>[1] = log.evidence,
) =>
  pruneEvidence(
    { olderThanSeconds: 400 * 86_400, environment: null, reason: 'old', dryRun: false, ...request },
    access,
    { now: () => now, random: log.kit.options.random },
  );
const verify = () =>
  verifyEvidence({ fromPinned: false, withMaterial: true }, log.kit.options, {
    recordKeys: log.evidence.recordKeys,
    verifierId: VERIFIER_ID,
  });
const payloads = (): readonly string[] => [...(database.rows?.payloads.keys() ?? [])].sort();
const idsOf = (records: readonly { readonly recordId: string }[]): readonly string[] =>
  records.map(({ recordId }) => recordId);

/** Two decisions about one release, of which the older may go, and one about another release. */
async function threeDecisions(): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const [requestId, version] of [
    ['first', '5.0.0'],
    ['second', '5.0.0'],
    ['other', '2.0.0'],
  ] as const)
    ids.push(String((await log.gate({ requestId, version })).recordId));
  return ids;
}

describe('pruning', () => {
  it('takes what is past its retention and shared with nothing that is kept', async () => {
    const [old = '', newest = ''] = await threeDecisions();
    const before = payloads();
    laterDays(401);
    const document = await prune();
    expect(idsOf(document.records)).toEqual([old]);
    // Its envelope and summary; policy, root and attestation are those of the newer one too.
    expect(document).toMatchObject({ dryRun: false, payloads: 2, hasMore: false });
    const row = await log.log.store.record(old);
    const gone = before.filter((digest) => !payloads().includes(digest));
    expect(gone.sort()).toEqual([String(row?.recordDigest), String(row?.vsaDigest)].sort());
    expect((await verify()).records).toMatchObject({ decisions: 3, prunes: 1, pruned: 1 });
    expect(replayExit(await replayRecord(newest, log.evidence))).toBe(0);
  });

  it('is on record, signed: what went, until when, and why', async () => {
    const [old = ''] = await threeDecisions();
    laterDays(401);
    const { prunedBy, cutoff } = await prune({ reason: 'the retention of our auditors' });
    const { document } = await showRecord(String(prunedBy[0]), log.evidence);
    expect(document.prune).toMatchObject({
      cutoff,
      environment: null,
      reason: 'the retention of our auditors',
      records: [{ recordId: old }],
    });
    expect(document.prune?.payloads).toHaveLength(2);
    expect(cutoff).toBe(new Date(DECIDED_AT.getTime() + DAY_MS).toISOString());
  });

  it('takes materials with the last record that names them', async () => {
    const old = await log.gate({ requestId: 'first', policy: `${SIGSTORE_POLICY}# an older policy\n` });
    await log.gate({ requestId: 'second' });
    laterDays(401);
    const { policy } = (await decisionOf(log, String(old.recordId))).inputs;
    expect(payloads()).toContain(policy.digest.slice(7));
    expect((await prune()).payloads).toBe(3);
    expect(payloads()).not.toContain(policy.digest.slice(7));
    await verify();
  });

  it('keeps denials, overrides, the newest of each place, and what is younger', async () => {
    await log.gate({ requestId: 'denied', bundles: [], environment: 'staging' });
    await log.gate({ requestId: 'allowed', environment: 'staging' });
    await log.gate({ requestId: 'only one', environment: 'production' });
    laterDays(401);
    expect((await prune()).records).toEqual([]);
    await log.gate({ requestId: 'young', environment: 'production' });
    await log.gate({ requestId: 'younger', environment: 'production' });
    expect((await prune()).records.map(({ seq }) => seq)).toEqual([3]);
    // The denial is still remembered.
    const again = await log.gate({ requestId: 'again', bundles: [], environment: 'staging' });
    expect(again.verdict).toBe('deny');
    await verify();
  });

  it('keeps to one environment where that is asked', async () => {
    for (const environment of ['staging', 'production'])
      for (const requestId of ['a', 'b'])
        await log.gate({ requestId: `${requestId} ${environment}`, environment });
    laterDays(401);
    const document = await prune({ environment: 'staging' });
    expect(document.records.map(({ environment }) => environment)).toEqual(['staging']);
    expect(await log.log.store.record(String(document.prunedBy[0]))).toMatchObject({
      environment: 'staging',
    });
    await verify();
  });

  it('takes nothing on a dry run, and says the same', async () => {
    await threeDecisions();
    laterDays(401);
    const before = payloads();
    const dry = await prune({ dryRun: true }, { ...log.evidence, recordSigner: undefined });
    expect(dry).toMatchObject({ dryRun: true, prunedBy: [] });
    expect(payloads()).toEqual(before);
    const wet = await prune();
    expect({ ...wet, dryRun: true, prunedBy: [] }).toEqual(dry);
  });

  it('needs the key of records, and a log that is whole', async () => {
    const [old = '', newest = ''] = await threeDecisions();
    laterDays(401);
    await expect(prune({}, { ...log.evidence, recordSigner: undefined })).rejects.toThrow(
      refusal('evidence.config'),
    );
    const row = await log.log.store.record(newest);
    database.rows?.payloads.set(String(row?.recordDigest), Buffer.from('{}'));
    await expect(prune()).rejects.toThrow(refusal('evidence.tampered'));
    expect(payloads()).toContain((await log.log.store.record(old))?.recordDigest);
  });

  it('keeps what a decision names that came in between', async () => {
    const policy = `${SIGSTORE_POLICY}# an older policy\n`;
    await log.gate({ requestId: 'first', policy });
    await log.gate({ requestId: 'second' });
    laterDays(401);
    // Between the plan and the transaction.
    const wrapped = {
      ...{ origin: log.log.origin, store: log.log.store, head: () => log.log.head() },
      append: async (request: Parameters<typeof log.log.append>[0]) => {
        await log.gate({ requestId: 'in between', policy });
        return log.log.append(request);
      },
    };
    const evidence = { ...log.evidence, log: wrapped as unknown as typeof log.log };
    const { payloads: taken } = await prune({}, evidence);
    expect(taken).toBe(2);
    const recordId = String((await log.log.store.recordAt(3))?.recordId);
    expect(replayExit(await replayRecord(recordId, log.evidence))).toBe(0);
    await verify();
  });

  it('does not take twice what was taken', async () => {
    await threeDecisions();
    laterDays(401);
    expect((await prune()).records).toHaveLength(1);
    expect(await prune()).toMatchObject({ records: [], payloads: 0, prunedBy: [] });
    await verify();
  });
});

describe('a record that was pruned', () => {
  let old: string;
  beforeEach(async () => {
    [old = ''] = await threeDecisions();
    laterDays(401);
    await prune();
  });

  it('can still be proven, and no longer shown, decided again or handed out', async () => {
    const shown = await showRecord(old, log.evidence);
    const by = shown.document.prunedBy;
    expect((await log.log.store.record(String(by)))?.type).toBe('prune');
    expect(shown.document).toMatchObject({ recordId: old, decision: null, materials: [] });
    expect(shown.proof).toMatch(/^c2sp.org\/tlog-proof@v1\n/);
    expect(() => envelopeOf(shown)).toThrow(refusal('evidence.pruned', { exitCode: 2 }));
    await expect(replayRecord(old, log.evidence)).rejects.toThrow(
      refusal('evidence.pruned', { exitCode: 2 }),
    );
    const write = async (files: AsyncIterable<unknown>): Promise<void> => {
      for await (const _ of files);
    };
    await expect(
      exportRecords([old], log.evidence, { checkpointKeys: [], describe: () => '', write }),
    ).rejects.toThrow(refusal('evidence.pruned', { exitCode: 2 }));
  });

  it('is counted by a replay of all, which exits 2', async () => {
    const document = await replayAll(log.evidence, () => {});
    expect(document.totals).toMatchObject({ records: 5, same: 2, pruned: 1, notDecisions: 2, failed: 0 });
    expect(document.results).toMatchObject([{ recordId: old, outcome: 'pruned', code: 'evidence.pruned' }]);
    expect(replayExit(document)).toBe(2);
  });

  it('is marked in a verified list', async () => {
    const { records } = await listRecords({ filter: {}, limit: 10, verify: true }, log.evidence);
    expect(records.filter(({ prunedBy }) => prunedBy !== null).map(({ recordId }) => recordId)).toEqual([
      old,
    ]);
  });

  it('is no reason to allow: its request is told so', async () => {
    const again = await log.gate({ requestId: 'first' });
    expect([again.verdict, again.findings.at(-1)?.code]).toEqual(['indeterminate', 'evidence.pruned']);
  });

  it.each([
    ['verdict', 'deny'],
    ['environment', 'staging'],
    ['artifactDigest', `sha256:${'ab'.repeat(32)}`],
    ['requestKey', 'ab'.repeat(32)],
    ['codes', ['source.ref']],
  ] as const)('EVL-01 has a row whose %s nobody can change', async (column, value) => {
    const rows = database.rows as NonNullable<typeof database.rows>;
    rows.records = rows.records.map((row) => (row.recordId === old ? { ...row, [column]: value } : row));
    const tampered = refusal('evidence.tampered', { exitCode: 3, details: { seq: 1 } });
    await expect(verify()).rejects.toThrow(tampered);
    await expect(showRecord(old, log.evidence)).rejects.toThrow(tampered);
    await expect(listRecords({ filter: {}, limit: 10, verify: true }, log.evidence)).rejects.toThrow(
      tampered,
    );
  });

  it('is missing where the record of pruning is', async () => {
    const rows = database.rows as NonNullable<typeof database.rows>;
    const act = rows.records.find(({ type }) => type === 'prune');
    rows.payloads.delete(String(act?.recordDigest));
    const missing = refusal('evidence.material-missing', { exitCode: 3, details: { seq: act?.seq } });
    await expect(verify()).rejects.toThrow(missing);
    await expect(replayRecord(old, log.evidence)).rejects.toThrow(missing);
  });
});
