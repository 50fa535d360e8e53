import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryDatabase, createMemoryStore } from '../../../../src/adapters/evidence/memory/index.ts';
import { attachRecord } from '../../../../src/app/evidence/attach.ts';
import { type ListRequest, listRecords } from '../../../../src/app/evidence/list.ts';
import { envelopeOf, showRecord, summaryOf } from '../../../../src/app/evidence/show.ts';
import { verifyProof } from '../../../../src/core/log/proof.ts';
import { createDecidedLog, DECIDED_AT, type DecidedLog } from '../../../kit/decided-log.ts';
import { decisionOf } from '../../../kit/forged-record.ts';
import { hash } from '../../../kit/keys.ts';

const refusal = (finding: string, more: object = {}) => expect.objectContaining({ finding, ...more });

let database: ReturnType<typeof createMemoryDatabase>;
let log: DecidedLog;
let now: Date;
beforeEach(async () => {
  database = createMemoryDatabase();
  now = DECIDED_AT;
  log = await createDecidedLog({ store: createMemoryStore(database), now: () => now });
});

/** Seconds after the first record. */
const at = (seconds: number): Date => new Date(DECIDED_AT.getTime() + seconds * 1000);
const list = (request: Partial<ListRequest> = {}) =>
  listRecords({ filter: {}, limit: 10, verify: false, ...request }, log.evidence);
const positions = async (filter: ListRequest['filter']): Promise<readonly number[]> =>
  (await list({ filter })).records.map(({ seq }) => seq);

describe('a list', () => {
  it('is of what is asked for, newest first', async () => {
    now = at(1);
    const first = await log.gate({ requestId: 'a' });
    now = at(2);
    await log.gate({ requestId: 'b', version: '2.0.0', environment: 'staging' });
    now = at(3);
    await log.gate({ requestId: 'c', package: 'pkg:npm/other@1', environment: 'staging' });
    expect(await positions({})).toEqual([3, 2, 1, 0]);
    expect(await positions({ artifactDigest: String(first.artifact.digest) })).toEqual([3, 1]);
    expect(await positions({ environment: 'staging' })).toEqual([3, 2]);
    expect(await positions({ environment: 'staging', verdict: 'deny' })).toEqual([3]);
    expect(await positions({ code: 'policy.no-match' })).toEqual([3]);
    expect(await positions({ type: 'genesis' })).toEqual([0]);
    expect(await positions({ since: at(2).toISOString() })).toEqual([3, 2]);
    expect(await positions({ until: at(2).toISOString() })).toEqual([1, 0]);
    expect(await positions({ environment: 'nowhere' })).toEqual([]);
  });

  it('goes on where the last page ended, to the first record', async () => {
    for (const requestId of ['a', 'b', 'c', 'd']) await log.gate({ requestId });
    const seen: number[] = [];
    let before: number | null | undefined;
    do {
      const filter = before == null ? {} : { before };
      const page = await list({ filter, limit: 2 });
      seen.push(...page.records.map(({ seq }) => seq));
      before = page.before;
    } while (before !== null);
    expect(seen).toEqual([4, 3, 2, 1, 0]);
  });

  it('says what the store says, and is refused for the same rows when it is to be proven', async () => {
    await log.gate({ requestId: 'a', bundles: [] });
    const rows = database.rows as NonNullable<typeof database.rows>;
    rows.records = rows.records.map((row) => (row.seq === 1 ? { ...row, verdict: 'allow' as const } : row));
    expect(await list()).toMatchObject({
      verified: false,
      records: [{ seq: 1, verdict: 'allow' }, { seq: 0 }],
    });
    await expect(list({ verify: true })).rejects.toThrow(
      refusal('evidence.tampered', { exitCode: 3, details: { seq: 1 } }),
    );
  });

  it('is of no log that is gone', async () => {
    database.rows = undefined;
    const reopened = log.kit.open();
    await expect(reopened).rejects.toThrow(refusal('evidence.rollback', { exitCode: 3 }));
  });
});

describe('what is shown of a record', () => {
  it('is what was signed, with materials and a proof that others can check', async () => {
    const { recordId } = await log.gate({ requestId: 'a' });
    const shown = await showRecord(String(recordId), log.evidence);
    expect(shown.document.decision).toEqual(await decisionOf(log, String(recordId)));
    expect(
      shown.document.materials.map(({ kind, name, prunedBy }) => [kind, name.split('/').at(-1), prunedBy]),
    ).toEqual([
      ['policy', 'sigstore.yaml', null],
      ['catalogue', 'builders.json', null],
      ['trust-root', 'public-good', null],
      ['attestation', 'provenance.sigstore.json', null],
    ]);
    const trust = { origin: log.log.origin, keys: [log.kit.key] };
    expect(verifyProof(shown.proof, shown.row.leaf, trust).index).toBe(1);
    expect(hash('sha256', envelopeOf(shown)).toString('hex')).toBe(shown.row.recordDigest);
    expect(hash('sha256', summaryOf(shown)).toString('hex')).toBe(shown.row.vsaDigest);
  });

  it('is refused for what the log does not have, and for what a record does not have', async () => {
    await expect(showRecord('rec_01J8ZQ4Y7M3K5N6P8R9S0T1V2W', log.evidence)).rejects.toThrow(
      refusal('evidence.not-found', { exitCode: 64 }),
    );
    const genesis = await showRecord(String((await log.log.store.recordAt(0))?.recordId), log.evidence);
    expect(() => envelopeOf(genesis)).toThrow(refusal('evidence.not-found'));
    expect(() => summaryOf(genesis)).toThrow(refusal('evidence.not-found'));
  });

  it.each([
    ['verdict', 'deny'],
    ['environment', 'staging'],
    ['appendTime', '2020-01-01T00:00:00.000Z'],
    ['recordDigest', 'ab'.repeat(32)],
    ['leaf', '{}'],
    ['seq', 2],
  ] as const)('is refused where the %s of its row was changed', async (column, value) => {
    const { recordId } = await log.gate({ requestId: 'a' });
    await log.gate({ requestId: 'b', version: '2.0.0' });
    const rows = database.rows as NonNullable<typeof database.rows>;
    rows.records = rows.records
      .filter(({ seq }) => seq !== 2 || column !== 'seq')
      .map((row) => (row.recordId === recordId ? { ...row, [column]: value } : row));
    await expect(showRecord(String(recordId), log.evidence)).rejects.toThrow(
      refusal('evidence.tampered', { exitCode: 3 }),
    );
  });

  it('is refused where the leaf was changed together with the row', async () => {
    const { recordId } = await log.gate({ requestId: 'a' });
    await log.gate({ requestId: 'b', version: '2.0.0' });
    const rows = database.rows as NonNullable<typeof database.rows>;
    const leafOf = (leaf: string) => leaf.replace(/"salt":"[0-9a-f]{4}/, '"salt":"0000');
    rows.records = rows.records.map((row) =>
      row.recordId === recordId ? { ...row, leaf: leafOf(row.leaf) } : row,
    );
    await expect(showRecord(String(recordId), log.evidence)).rejects.toThrow(
      refusal('evidence.tampered', { exitCode: 3, details: { seq: 1 } }),
    );
  });
});

describe('what is attached to a change request', () => {
  it('is the signed record, the summary, the leaf and its proof', async () => {
    const { recordId } = await log.gate({ requestId: 'a' });
    const { files } = await attachRecord(String(recordId), log.evidence);
    expect(files.map(({ path }) => path)).toEqual(
      ['record.dsse.json', 'vsa.dsse.json', 'leaf.json', 'tlog-proof'].map((name) => `${recordId}.${name}`),
    );
    for (const { bytes, digest } of files)
      expect(digest).toBe(`sha256:${hash('sha256', Buffer.from(bytes)).toString('hex')}`);
    const [, , leaf, proof] = files.map(({ bytes }) => Buffer.from(bytes).toString());
    const trust = { origin: log.log.origin, keys: [log.kit.key] };
    expect(verifyProof(String(proof), String(leaf), trust).index).toBe(1);
  });

  it('is nothing for the first leaf, which decides nothing', async () => {
    const genesis = await log.log.store.recordAt(0);
    await expect(attachRecord(String(genesis?.recordId), log.evidence)).rejects.toThrow(
      refusal('evidence.not-found'),
    );
  });
});
