import { describe, expect, it } from 'vitest';
import { signEnvelope } from '../../../../src/core/evidence/envelope.ts';
import {
  type OverrideRecord,
  openOverrideRecord,
  toOverrideStatement,
} from '../../../../src/core/evidence/override-record.ts';
import {
  openPruneRecord,
  type PruneRecord,
  toPruneStatement,
} from '../../../../src/core/evidence/prune-record.ts';
import type { StoredRecord } from '../../../../src/core/model/evidence.ts';
import { parsePublicKey } from '../../../../src/core/verify/public-key.ts';
import { createKeyPair, type KeyPair } from '../../../kit/keys.ts';
import { signerOf } from '../../../kit/signer.ts';

const OWN = createKeyPair('P-256');
const OTHER = createKeyPair('P-256');
const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
const AT = '2026-05-04T12:00:00.000Z';

const OVERRIDE: OverrideRecord = {
  recordId: 'rec_01J8ZQ4Y7M3K5N6P8R9S0T1V2W',
  lifts: 'rec_01J8ZQ4Y7M3K5N6P8R9S0T1V2X',
  artifactDigest: digest('a'),
  environment: 'production',
  override: digest('b'),
  reason: 'hot fix',
  owner: 'owner',
  approver: 'approver',
  expires: AT,
  acceptedAt: AT,
};
const PRUNE: PruneRecord = {
  recordId: OVERRIDE.recordId,
  prunedAt: AT,
  cutoff: AT,
  environment: 'production',
  reason: 'retention',
  records: [{ recordId: OVERRIDE.lifts, row: digest('c') }],
  payloads: [digest('d'), digest('e')],
};
const rowOf = (type: StoredRecord['type'], artifactDigest: string | null): StoredRecord => ({
  seq: 7,
  recordId: OVERRIDE.recordId,
  type,
  leaf: '',
  recordDigest: null,
  vsaDigest: null,
  requestKey: null,
  decisionDigest: null,
  artifactDigest,
  environment: 'production',
  verdict: null,
  codes: [],
  appendTime: AT,
});

const KINDS = {
  override: {
    record: OVERRIDE,
    statement: toOverrideStatement(OVERRIDE),
    row: rowOf('override', OVERRIDE.artifactDigest),
    open: openOverrideRecord,
  },
  prune: {
    record: PRUNE,
    statement: toPruneStatement(PRUNE),
    row: rowOf('prune', null),
    open: openPruneRecord,
  },
} as const;
const NAMES = ['override', 'prune'] as const;
type Kind = (typeof NAMES)[number];

async function open(
  kind: Kind,
  {
    payload = KINDS[kind].statement,
    row = {},
    keys = OWN,
  }: { payload?: Buffer; row?: Partial<StoredRecord>; keys?: KeyPair } = {},
): Promise<unknown> {
  const envelope = await signEnvelope('application/vnd.in-toto+json', payload, signerOf(keys));
  return KINDS[kind].open(envelope, { ...KINDS[kind].row, ...row }, [
    parsePublicKey(OWN.spki, 'key.malformed'),
  ]);
}
const tampered = (message: string) =>
  expect.objectContaining({
    finding: 'evidence.tampered',
    exitCode: 3,
    message: expect.stringContaining(message),
  });
const altered = (
  kind: Kind,
  change: (statement: { predicate: object; predicateType: string }) => object,
): Buffer => Buffer.from(JSON.stringify(change(JSON.parse(KINDS[kind].statement.toString()))));

describe.each(NAMES)('the record of an %s', (kind) => {
  it('opens as it was written', async () => {
    expect(await open(kind)).toEqual(KINDS[kind].record);
  });

  it('signed with another key is refused', async () => {
    await expect(open(kind, { keys: OTHER })).rejects.toMatchObject({
      finding: 'evidence.signature',
      exitCode: 3,
    });
  });

  it.each([
    ['no JSON', () => Buffer.from('{')],
    ['no object', () => Buffer.from('[]')],
    ['nothing', () => Buffer.from('{}')],
    ['another kind', (name: Kind) => KINDS[name === 'prune' ? 'override' : 'prune'].statement],
    ['another predicate type', (name: Kind) => altered(name, (said) => ({ ...said, predicateType: 'x' }))],
    [
      'one more field',
      (name: Kind) => altered(name, (said) => ({ ...said, predicate: { ...said.predicate, more: 1 } })),
    ],
    ['another spelling', (name: Kind) => Buffer.concat([KINDS[name].statement, Buffer.from('\n')])],
  ])('of which the payload is %s is tampered with', async (_, payload) => {
    await expect(open(kind, { payload: payload(kind) })).rejects.toEqual(
      tampered('record 7 is no record of '),
    );
  });

  it.each<[string, Partial<StoredRecord>]>([
    ['id', { recordId: OVERRIDE.lifts }],
    ['environment', { environment: 'staging' }],
    ['artifact', { artifactDigest: digest('f') }],
  ])('is tampered with where its row has another %s', async (_, row) => {
    await expect(open(kind, { row })).rejects.toEqual(tampered('record 7 says something else than its row'));
  });
});

it.each([
  ['in another order', [digest('e'), digest('d')]],
  ['twice', [digest('d'), digest('d')]],
])('the record of a prune that names payloads %s is tampered with', async (_, payloads) => {
  const payload = toPruneStatement({ ...PRUNE, payloads });
  await expect(open('prune', { payload })).rejects.toEqual(tampered('names what it pruned in another order'));
});
