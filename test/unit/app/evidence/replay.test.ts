import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryDatabase, createMemoryStore } from '../../../../src/adapters/evidence/memory/index.ts';
import { replayAll, replayExit, replayRecord } from '../../../../src/app/evidence/replay.ts';
import { sha256Hex } from '../../../../src/core/evidence/canonical.ts';
import { createDecidedLog, type DecidedLog, SIGSTORE_POLICY } from '../../../kit/decided-log.ts';
import { decisionOf, forge } from '../../../kit/forged-record.ts';

const refusal = (finding: string, more: object = {}) => expect.objectContaining({ finding, ...more });

let database: ReturnType<typeof createMemoryDatabase>;
let log: DecidedLog;
beforeEach(async () => {
  database = createMemoryDatabase();
  log = await createDecidedLog({ store: createMemoryStore(database) });
});

const replay = async (recordId: unknown) => {
  const document = await replayRecord(String(recordId), log.evidence);
  return { ...document.results[0], exit: replayExit(document) };
};
const nothing = (): void => {};
const payloadOf = (text: string) => ({ digest: sha256Hex(text), bytes: Buffer.from(text) });

describe('a replay', () => {
  it.each([
    ['an allow', {}, 'allow'],
    ['a denial for want of attestations', { bundles: [] }, 'deny'],
    ['a denial because of another release', { version: '2.0.0', package: 'pkg:npm/sigstore@5.0.0' }, 'deny'],
    ['a denial by no entry of the policy', { package: 'pkg:npm/other@1.0.0' }, 'deny'],
  ] as const)('of %s comes out the same', async (_, asked, verdict) => {
    const result = await log.gate({ requestId: 'first', ...asked });
    expect(result.verdict).toBe(verdict);
    expect(await replay(result.recordId)).toMatchObject({ outcome: 'same', code: null, exit: 0 });
  });

  it('takes past denials as they were recorded, whatever was recorded since', async () => {
    await log.gate({ requestId: 'denied', bundles: [] });
    const lifted = await log.gate({ requestId: 'lifted' });
    const { inputs } = await decisionOf(log, String(lifted.recordId));
    expect(inputs.denials.map(({ lifted: by }) => by)).toEqual(['evidence-changed']);
    await log.gate({ requestId: 'denied again', package: 'pkg:npm/other@1.0.0' });
    expect(await replay(lifted.recordId)).toMatchObject({ outcome: 'same' });
    const denied = await log.gate({ requestId: 'remembered' });
    expect(denied.verdict).toBe('deny');
    expect(await replay(denied.recordId)).toMatchObject({ outcome: 'same' });
  });

  it('takes the catalogue of the record', async () => {
    const catalogue = Buffer.from(
      JSON.stringify((await import('../../../../catalogue/builders.json')).default),
    );
    const result = await log.gate({ requestId: 'first', catalogue });
    expect((await decisionOf(log, String(result.recordId))).inputs.catalogue?.digest).toBe(
      `sha256:${sha256Hex(catalogue)}`,
    );
    expect(await replay(result.recordId)).toMatchObject({ outcome: 'same' });
  });

  it('says what is decided otherwise, and exits 3', async () => {
    const { recordId } = await log.gate({ requestId: 'first', bundles: [] });
    const forged = await forge(log, String(recordId), {
      change: (record) => ({ ...record, outcome: { ...record.outcome, verdict: 'allow' } }),
    });
    expect(await replay(forged.recordId)).toMatchObject({
      outcome: 'differs',
      code: 'evidence.replay-differs',
      exit: 3,
      differences: [{ path: 'outcome.verdict', recorded: '"allow"', replayed: '"deny"' }],
    });
  });

  it('says by which finding it differs', async () => {
    const { recordId } = await log.gate({ requestId: 'first', bundles: [] });
    const forged = await forge(log, String(recordId), {
      change: (record) => ({
        ...record,
        outcome: {
          ...record.outcome,
          findings: record.outcome.findings.map((finding) =>
            finding.rule === 'attestation' ? { ...finding, code: 'source.unavailable' } : finding,
          ),
        },
      }),
    });
    expect((await replay(forged.recordId)).differences).toEqual([
      {
        path: 'outcome.findings.attestation.code',
        recorded: '"source.unavailable"',
        replayed: '"attestation.missing"',
      },
    ]);
  });

  it('names rules of another version', async () => {
    const { recordId } = await log.gate({ requestId: 'first' });
    const forged = await forge(log, String(recordId), {
      change: (record) => ({ ...record, inputs: { ...record.inputs, rulesVersion: 0 } }),
    });
    expect((await replay(forged.recordId)).differences).toEqual([
      { path: 'inputs.rulesVersion', recorded: '0', replayed: '1' },
    ]);
  });

  it('names a digest that is not that of what is recorded', async () => {
    const { recordId } = await log.gate({ requestId: 'first' });
    const forged = await forge(log, String(recordId), { decisionDigest: 'ab'.repeat(32) });
    expect(await replay(forged.recordId)).toMatchObject({
      outcome: 'differs',
      differences: [{ path: 'decisionDigest', recorded: `sha256:${'ab'.repeat(32)}` }],
    });
  });

  it('is decided under the policy that was stored, which errors name as the record does', async () => {
    const { recordId } = await log.gate({ requestId: 'first' });
    const unreadable = payloadOf(SIGSTORE_POLICY.replace('schemaVersion: 1', 'schemaVersion: 9'));
    const forged = await forge(log, String(recordId), {
      payloads: [unreadable],
      change: (record) => ({
        ...record,
        inputs: {
          ...record.inputs,
          policy: {
            ...record.inputs.policy,
            fileName: 'of-back-then.yaml',
            digest: `sha256:${unreadable.digest}`,
          },
        },
      }),
    });
    const result = await replay(forged.recordId);
    expect(result).toMatchObject({ outcome: 'differs', code: 'evidence.replay-differs', exit: 3 });
    expect(result.message).toContain('of-back-then.yaml');
  });

  it('uses the clock of the record: what had expired then has expired now', async () => {
    const exception = (expires: string) =>
      `${SIGSTORE_POLICY.replace('refs/heads/main', 'refs/heads/release')}exceptions:
  - id: EX-1
    rule: source-ref
    environment: production
    digest: sha256:3718e9a74a5a824a785b5f3930f767a4efdb052b3d4db65cd7649a5e2aa2f465
    reason: a release that could not wait
    owner: alice
    approver: bob
    expires: ${expires}
`;
    const result = await log.gate({ requestId: 'first', policy: exception('2026-11-01T12:00:01Z') });
    expect(result.verdict).toBe('allow');
    expect(await replay(result.recordId)).toMatchObject({ outcome: 'same' });
  });

  it('refuses unknown ids, and records in which nothing was decided', async () => {
    await expect(replay('rec_01J8ZQ4Y7M3K5N6P8R9S0T1V2W')).rejects.toThrow(
      refusal('evidence.not-found', { exitCode: 64 }),
    );
    await expect(replay("' OR 1=1 --")).rejects.toThrow(refusal('evidence.not-found'));
    const genesis = await log.log.store.recordAt(0);
    await expect(replay(genesis?.recordId)).rejects.toThrow(refusal('evidence.not-found'));
  });

  it.each([
    ['is gone', null, 'evidence.material-missing'],
    ['has other bytes', Buffer.from('other'), 'evidence.tampered'],
  ])('stops where a material %s that no record pruned', async (_, other, code) => {
    const { recordId } = await log.gate({ requestId: 'first' });
    const { inputs } = await decisionOf(log, String(recordId));
    for (const digest of [inputs.policy.digest, inputs.candidates[0]?.digest, inputs.trust[0]?.digest]) {
      const payloads = database.rows?.payloads as Map<string, Buffer>;
      const hex = String(digest).slice(7);
      const kept = payloads.get(hex) as Buffer;
      if (other === null) payloads.delete(hex);
      else payloads.set(hex, other);
      await expect(replay(recordId)).rejects.toThrow(refusal(code, { exitCode: 3, details: { seq: 1 } }));
      payloads.set(hex, kept);
    }
    expect(await replay(recordId)).toMatchObject({ outcome: 'same' });
  });
});

describe('a replay of all', () => {
  it('has totals that add up, and exits with the worst', async () => {
    const { recordId } = await log.gate({ requestId: 'first' });
    await log.gate({ requestId: 'second', bundles: [], environment: 'staging' });
    await forge(log, String(recordId), {
      change: (record) => ({ ...record, outcome: { ...record.outcome, slsaBuildLevel: 3 } }),
    });
    const seen: number[] = [];
    const document = await replayAll(log.evidence, (done) => seen.push(done));
    const { records, same, differs, pruned, failed, notDecisions } = document.totals;
    expect(document.totals).toEqual({
      records: 4,
      same: 2,
      differs: 1,
      pruned: 0,
      failed: 0,
      notDecisions: 1,
    });
    expect(same + differs + pruned + failed + notDecisions).toBe(records);
    expect(document.results.map(({ seq }) => seq)).toEqual([3]);
    expect(replayExit(document)).toBe(3);
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  it('goes on after a record that cannot be decided, and tells it', async () => {
    await log.gate({ requestId: 'first' });
    await log.gate({ requestId: 'second', version: '2.0.0' });
    const row = await log.log.store.recordAt(1);
    database.rows?.payloads.delete(String(row?.recordDigest));
    const document = await replayAll(log.evidence, nothing);
    expect(document.totals).toMatchObject({ records: 3, same: 1, failed: 1, notDecisions: 1 });
    expect(document.results).toMatchObject([{ seq: 1, code: 'evidence.material-missing' }]);
    expect(replayExit(document)).toBe(3);
  });

  it('counts rows against the head, so that none is left out', async () => {
    await log.gate({ requestId: 'first' });
    await log.gate({ requestId: 'second', version: '2.0.0' });
    const rows = database.rows as NonNullable<typeof database.rows>;
    rows.records = rows.records.filter(({ seq }) => seq !== 1);
    await expect(replayAll(log.evidence, nothing)).rejects.toThrow(refusal('evidence.tampered'));
  });
});
