import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryDatabase, createMemoryStore } from '../../../../src/adapters/evidence/memory/index.ts';
import { verifyEvidence } from '../../../../src/app/evidence/verify.ts';
import type { Json } from '../../../../src/core/model/json.ts';
import { createDecidedLog, type DecidedLog, VERIFIER_ID } from '../../../kit/decided-log.ts';
import { MemoryPin, toSigner } from '../../../kit/evidence.ts';
import { decisionOf, type Forgery, forge } from '../../../kit/forged-record.ts';
import { createKeyPair } from '../../../kit/keys.ts';

const refusal = (finding: string, more: object = {}) => expect.objectContaining({ finding, ...more });

let database: ReturnType<typeof createMemoryDatabase>;
let log: DecidedLog;
beforeEach(async () => {
  database = createMemoryDatabase();
  log = await createDecidedLog({ store: createMemoryStore(database) });
});

const verify = (
  request: Partial<Parameters<typeof verifyEvidence>[0]> = {},
  verifierId: string | undefined = VERIFIER_ID,
  pins = [log.kit.pin],
) =>
  verifyEvidence(
    { fromPinned: false, withMaterial: true, ...request },
    { ...log.kit.options, pins },
    { recordKeys: log.evidence.recordKeys, verifierId },
  );

const hexOf = (digest: string | undefined): string => String(digest).slice('sha256:'.length);

describe('the verification of a log', () => {
  it('counts what it found intact', async () => {
    await log.gate({ requestId: 'first' });
    await log.gate({ requestId: 'second', bundles: [], environment: 'staging' });
    expect(await verify()).toMatchObject({
      origin: 'example.com/releases',
      size: 3,
      from: 0,
      checkpoints: 3,
      withMaterial: true,
      // Policy, catalogue, root and one attestation: the second record shares the first three.
      records: { genesis: 1, decisions: 2, overrides: 0, prunes: 0, pruned: 0, materials: 4 },
    });
  });

  it('looks from the pinned head on only at what came after it', async () => {
    await log.gate({ requestId: 'first' });
    const pinned = new MemoryPin('pin:old', log.kit.pin.note);
    await log.gate({ requestId: 'second', version: '2.0.0' });
    const row = await log.log.store.recordAt(1);
    database.rows?.payloads.delete(String(row?.recordDigest));
    await expect(verify()).rejects.toThrow(refusal('evidence.material-missing', { details: { seq: 1 } }));
    expect(await verify({ fromPinned: true }, VERIFIER_ID, [log.kit.pin, pinned])).toMatchObject({
      size: 3,
      from: 2,
      records: { genesis: 0, decisions: 1 },
    });
  });

  it('refuses a pin that holds nothing', async () => {
    await expect(verify({ fromPinned: true }, VERIFIER_ID, [new MemoryPin()])).rejects.toThrow(
      refusal('evidence.pin-unreadable'),
    );
  });

  it('leaves out materials only when asked, and signatures never', async () => {
    await log.gate({ requestId: 'first' });
    const row = await log.log.store.recordAt(1);
    const { inputs } = await decisionOf(log, String(row?.recordId));
    database.rows?.payloads.set(hexOf(inputs.policy.digest), Buffer.from('another policy'));
    await expect(verify()).rejects.toThrow(refusal('evidence.tampered', { details: { seq: 1 } }));
    expect((await verify({ withMaterial: false })).records).toMatchObject({ decisions: 1, materials: 0 });
    database.rows?.payloads.set(String(row?.recordDigest), Buffer.from('{}'));
    await expect(verify({ withMaterial: false })).rejects.toThrow(
      refusal('evidence.tampered', { details: { seq: 1 } }),
    );
  });

  it('names the first record that misses a material, not the last', async () => {
    for (const requestId of ['a', 'b', 'c']) await log.gate({ requestId });
    const { inputs } = await decisionOf(log, String((await log.log.store.recordAt(3))?.recordId));
    for (const { digest } of [inputs.policy, ...inputs.trust]) database.rows?.payloads.delete(hexOf(digest));
    await expect(verify()).rejects.toThrow(
      refusal('evidence.material-missing', { exitCode: 3, details: { seq: 1 } }),
    );
  });

  it('knows whose decisions these must be', async () => {
    await log.gate({ requestId: 'first' });
    await expect(verify({}, 'https://example.com/another-gate')).rejects.toThrow(
      refusal('evidence.origin', {
        expected: 'https://example.com/another-gate',
        actual: VERIFIER_ID,
        details: { seq: 1 },
      }),
    );
  });
});

/** What somebody signs who has the key of checkpoints, or that of records, and lies. */
describe('a record that was appended as the log wants it', () => {
  const stranger = toSigner(createKeyPair('P-256'));
  const edit =
    (change: (predicate: Record<string, Json>) => Record<string, Json>) =>
    (right: Buffer): Buffer => {
      const statement = JSON.parse(right.toString());
      return Buffer.from(JSON.stringify({ ...statement, predicate: change(statement.predicate) }));
    };

  it.each<[string, string, Forgery]>([
    ['signed by a stranger', 'evidence.signature', { signer: stranger }],
    ['whose summary a stranger signed', 'evidence.signature', { summarySigner: stranger }],
    ['without the summary that it should have', 'evidence.tampered', { summary: () => null }],
    [
      'whose summary says PASSED where it denied',
      'evidence.tampered',
      {
        summary: edit((predicate) => ({ ...predicate, verificationResult: 'FAILED' })),
      },
    ],
    [
      'whose summary is for another resource',
      'evidence.tampered',
      { summary: edit((predicate) => ({ ...predicate, resourceUri: 'pkg:npm/other' })) },
    ],
    [
      'whose summary names another policy',
      'evidence.tampered',
      {
        summary: edit((predicate) => ({
          ...predicate,
          policy: { uri: 'other', digest: { sha256: 'ab'.repeat(32) } },
        })),
      },
    ],
    [
      'whose summary names another verifier',
      'evidence.tampered',
      { summary: edit((predicate) => ({ ...predicate, verifier: { id: 'https://example.com/other' } })) },
    ],
    [
      'whose summary names another record',
      'evidence.tampered',
      { summary: edit((predicate) => ({ ...predicate, inputAttestations: [] })) },
    ],
    [
      'whose summary is about another subject',
      'evidence.tampered',
      {
        summary: (right) =>
          Buffer.from(right.toString().replace('3718e9a74a5a824a785b5f3930f767a4', '0'.repeat(32))),
      },
    ],
    ['whose row says allow where it says deny', 'evidence.tampered', { row: { verdict: 'deny' } }],
    ['whose row names another environment', 'evidence.tampered', { row: { environment: 'staging' } }],
    [
      'whose row names another artifact',
      'evidence.tampered',
      { row: { artifactDigest: `sha256:${'ab'.repeat(32)}` } },
    ],
    ['whose row answers another request', 'evidence.tampered', { row: { requestKey: 'ab'.repeat(32) } }],
    ['whose row has codes', 'evidence.tampered', { row: { codes: ['source.ref'] } }],
    ['under another id', 'evidence.tampered', { row: { recordId: 'rec_01J8ZQ4Y7M3K5N6P8R9S0T1V2W' } }],
    ['of another decision', 'evidence.tampered', { row: { decisionDigest: 'ab'.repeat(32) } }],
    ['that calls itself an override', 'evidence.tampered', { row: { type: 'override' } }],
    ['that calls itself a record of pruning', 'evidence.tampered', { row: { type: 'prune' } }],
    [
      'of another verifier',
      'evidence.origin',
      {
        change: (record) => ({
          ...record,
          inputs: { ...record.inputs, verifierId: 'https://example.com/other' },
        }),
      },
    ],
    [
      'that names a policy which is not there',
      'evidence.material-missing',
      {
        change: (record) => ({
          ...record,
          inputs: {
            ...record.inputs,
            policy: { ...record.inputs.policy, digest: `sha256:${'ab'.repeat(32)}` },
          },
        }),
      },
    ],
  ])('and is %s is found at its position', async (_, code, forgery) => {
    const { recordId } = await log.gate({ requestId: 'first' });
    const { seq } = await forge(log, String(recordId), forgery);
    await log.gate({ requestId: 'after', version: '2.0.0' });
    await expect(verify()).rejects.toThrow(
      refusal(code, { exitCode: 3, details: expect.objectContaining({ seq }) }),
    );
  });

  it('and is right is found intact', async () => {
    const { recordId } = await log.gate({ requestId: 'first' });
    await forge(log, String(recordId), {});
    expect((await verify()).records.decisions).toBe(2);
  });
});
