import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryDatabase, createMemoryStore } from '../../../../src/adapters/evidence/memory/index.ts';
import { attachRecord } from '../../../../src/app/evidence/attach.ts';
import { packTrust } from '../../../../src/app/evidence/pack-trust.ts';
import { pruneEvidence } from '../../../../src/app/evidence/prune.ts';
import { replayExit, replayRecord } from '../../../../src/app/evidence/replay.ts';
import { showRecord, summaryOf } from '../../../../src/app/evidence/show.ts';
import { verifyEvidence } from '../../../../src/app/evidence/verify.ts';
import { verifyPack } from '../../../../src/app/evidence/verify-pack.ts';
import { signEnvelope } from '../../../../src/core/evidence/envelope.ts';
import { toOverride } from '../../../../src/core/evidence/override.ts';
import type { RecordAuthority, RecordIdentity } from '../../../../src/core/evidence/record-authority.ts';
import { STATEMENT_PAYLOAD_TYPE } from '../../../../src/core/evidence/statements.ts';
import type { IdentitySigner } from '../../../../src/core/evidence-ports.ts';
import { parseBundle } from '../../../../src/core/model/bundle.ts';
import type { ArtifactResult } from '../../../../src/core/model/result.ts';
import { parsePublicKey } from '../../../../src/core/verify/public-key.ts';
import {
  createDecidedLog,
  DECIDED_AT,
  type DecidedLog,
  SIGSTORE_POLICY,
  toDecidedLog,
  VERIFIER_ID,
} from '../../../kit/decided-log.ts';
import { toSigner } from '../../../kit/evidence.ts';
import { identitySigner, recordIdentity } from '../../../kit/identity-signer.ts';
import { createKeyPair } from '../../../kit/keys.ts';
import { exportTo, type MemoryPack, readerOf } from '../../../kit/memory-pack.ts';
import { type SigstoreServices, startSigstoreServices } from '../../../kit/servers/sigstore-services.ts';
import { GATE_IDENTITY } from '../../../kit/servers/sigstore-token.ts';
import { createSigstore } from '../../../kit/sigstore.ts';
import { refusal } from '../../cli/command.ts';

const DAY_MS = 86_400_000;

let now: Date;
const clock = (): Date => now;
let services: SigstoreServices;
let signer: IdentitySigner;
let database: ReturnType<typeof createMemoryDatabase>;
let log: DecidedLog;

beforeEach(async () => {
  now = DECIDED_AT;
  services = await startSigstoreServices({ now: clock });
  signer = await identitySigner(services, services.profile(2), clock);
  database = createMemoryDatabase();
  const begun = await createDecidedLog({ store: createMemoryStore(database), now: clock });
  log = toDecidedLog(begun.kit, begun.log, { recordSigner: signer, recordKeys: [identity()] });
});
afterEach(async () => {
  await signer.close();
  await services.close();
});

const identity = (changes: Parameters<typeof recordIdentity>[2] = {}): RecordIdentity =>
  recordIdentity(services.sigstore, clock, changes);
const verify = (recordKeys: readonly RecordAuthority[] = [identity()]) =>
  verifyEvidence({ fromPinned: false, withMaterial: true }, log.kit.options, {
    recordKeys,
    verifierId: VERIFIER_ID,
  });
const trust = (recordIdentities: readonly RecordIdentity[]) =>
  packTrust({
    origin: log.kit.options.origin,
    recordKeys: [],
    recordIdentities,
    checkpointKeys: log.kit.options.checkpointKeys,
    verifierId: VERIFIER_ID,
  });
const withKeys = (recordKeys: readonly RecordAuthority[]) =>
  toDecidedLog(log.kit, log.log, { recordSigner: signer, recordKeys });
/** What came of putting the decision on record. */
const recordingOf = ({ verdict, recordId, findings }: ArtifactResult) => ({
  verdict,
  recordId,
  ...findings.find(({ rule }) => rule === 'evidence-record'),
});
const failed = (code: string, more: object = {}) =>
  expect.objectContaining({ verdict: 'indeterminate', recordId: null, code, ...more });
const payloadsOf = async (seq: number) => {
  const row = await log.log.store.recordAt(seq);
  const bytes = (digest: string | null | undefined) => log.log.store.payload(String(digest));
  return { row, record: await bytes(row?.recordDigest), summary: await bytes(row?.vsaDigest) };
};

describe('a log whose records an identity signs', () => {
  it('holds Sigstore bundles, for the record and for its summary', async () => {
    expect((await log.gate({ requestId: 'first' })).verdict).toBe('allow');
    const { record, summary } = await payloadsOf(1);
    for (const bytes of [record, summary])
      expect(parseBundle(bytes ?? Buffer.alloc(0))).toMatchObject({
        version: '0.3',
        content: { kind: 'dsse', payloadType: STATEMENT_PAYLOAD_TYPE },
      });
    // One key and token for both; each is in the log by itself.
    expect(['oidc', 'fulcio', 'rekor2', 'tsa'].map((name) => services.asked(name as 'tsa').length)).toEqual([
      1, 1, 2, 2,
    ]);
  });

  it('is verified, replayed, shown, attached, exported and proven elsewhere', async () => {
    const { recordId } = await log.gate({ requestId: 'first' });
    const id = String(recordId);
    expect((await verify()).records).toMatchObject({ decisions: 1, materials: 4 });
    expect(replayExit(await replayRecord(id, log.evidence))).toBe(0);
    const shown = await showRecord(id, log.evidence);
    expect(parseBundle(summaryOf(shown)).content.kind).toBe('dsse');
    expect((await attachRecord(id, log.evidence)).files.length).toBe(4);
    const pack = await exportTo(log, [id]);
    const document = await verifyPack(readerOf(pack), trust([identity()]), { environment: 'production' });
    expect(document.records.map(({ verdict }) => verdict)).toEqual(['allow']);
  });

  it('is read back by the gate: the same request, and a denial', async () => {
    const first = await log.gate({ requestId: 'first' });
    const again = await log.gate({ requestId: 'first' });
    expect([again.verdict, again.recordId]).toEqual(['allow', first.recordId]);
    const denied = await log.gate({ requestId: 'denied', bundles: [], version: '2.0.0' });
    const still = await log.gate({ requestId: 'later', bundles: [], version: '2.0.0' });
    expect([denied.verdict, still.verdict]).toEqual(['deny', 'deny']);
    expect((await verify()).records.decisions).toBe(3);
  });

  it('takes overrides that a key signed, and puts them on record itself', async () => {
    const approver = createKeyPair('P-256');
    const policy = `${SIGSTORE_POLICY}overrides:\n  keys:\n    - pem: |\n${approver.pem.trimEnd().replace(/^/gm, '        ')}\n`;
    const other = SIGSTORE_POLICY.replace('sigstore/sigstore-js\n', 'sigstore/other\n');
    const denied = await log.gate({ requestId: 'denied', policy: other });
    expect(denied.verdict).toBe('deny');
    const override = await signEnvelope(
      STATEMENT_PAYLOAD_TYPE,
      toOverride(
        {
          artifactDigest: String(denied.artifact.digest),
          environment: 'production',
          recordId: String(denied.recordId),
          reason: 'INC-1',
          owner: 'ada@example.com',
          approver: 'grace@example.com',
          expires: '2027-01-01T00:00:00Z',
        },
        now,
      ),
      toSigner(approver),
    );
    const lifted = await log.gate({ requestId: 'lifted', policy, override });
    expect(lifted.verdict).toBe('allow');
    expect((await verify()).records).toMatchObject({ decisions: 2, overrides: 1 });
  });

  it('is pruned by a record that the identity signs, when the old certificates have long ended', async () => {
    await log.gate({ requestId: 'first' });
    await log.gate({ requestId: 'second' });
    now = new Date(DECIDED_AT.getTime() + 401 * DAY_MS);
    const later = await identitySigner(services, services.profile(2), clock);
    const document = await pruneEvidence(
      { olderThanSeconds: 400 * 86_400, environment: null, reason: 'old', dryRun: false },
      { ...log.evidence, recordSigner: later },
      { now: clock, random: log.kit.options.random },
    );
    await later.close();
    expect(document.records.length).toBe(1);
    expect((await verify()).records).toMatchObject({ decisions: 2, prunes: 1, pruned: 1 });
  });

  it('may go on with a key, and with another identity, when both are configured', async () => {
    await log.gate({ requestId: 'first' });
    const keys = createKeyPair('P-256');
    const key = parsePublicKey(keys.spki, 'evidence.config');
    const both = [identity(), key];
    const byKey = toDecidedLog(log.kit, log.log, { recordSigner: toSigner(keys), recordKeys: both });
    await byKey.gate({ requestId: 'second' });
    expect((await verify(both)).records.decisions).toBe(2);
    await expect(verify([identity()])).rejects.toEqual(
      refusal('evidence.signature', { details: { seq: 2 } }),
    );
    await expect(verify([key])).rejects.toEqual(refusal('evidence.signature', { details: { seq: 1 } }));
  });
});

describe('a record that is signed by the wrong one', () => {
  const refused: readonly [string, () => readonly RecordAuthority[]][] = [
    ['another subject', () => [identity({ subject: `${GATE_IDENTITY.subject}x` })]],
    ['a part of the subject', () => [identity({ subject: GATE_IDENTITY.subject.slice(0, -1) })]],
    ['the subject in other case', () => [identity({ subject: GATE_IDENTITY.subject.toUpperCase() })]],
    ['another issuer', () => [identity({ issuer: `${GATE_IDENTITY.issuer}/` })]],
    ['another root', () => [recordIdentity(createSigstore(), clock)]],
    ['a key alone', () => [parsePublicKey(createKeyPair('P-256').spki, 'evidence.config')]],
    ['nobody', () => []],
    [
      'the subject under one root and the issuer’s root under another',
      () => [identity({ subject: 'https://example.com/other' }), recordIdentity(createSigstore(), clock)],
    ],
    ['a root without the log', () => [recordIdentity(services.sigstore, clock, {}, { rekor2: null })]],
    [
      'a root without the authority of times',
      () => [recordIdentity(services.sigstore, clock, {}, { tsa: null })],
    ],
    [
      'a root without certificate logs',
      () => [recordIdentity(services.sigstore, clock, {}, { ctLog: null })],
    ],
  ];
  it.each(refused)('EVL-10 is refused where configuration names %s', async (_, authorities) => {
    const { recordId } = await log.gate({ requestId: 'first' });
    const is = refusal('evidence.signature', { exitCode: 3 });
    await expect(verify(authorities())).rejects.toEqual(is);
    await expect(showRecord(String(recordId), withKeys(authorities()).evidence)).rejects.toEqual(is);
    const pack = await exportTo(log, [String(recordId)]);
    await expect(
      verifyPack(
        readerOf(pack),
        { ...trust([]), records: { recordKeys: authorities(), verifierId: VERIFIER_ID } },
        {},
      ),
    ).rejects.toEqual(is);
  });

  it('EVL-10 is refused although the pack brings identity and root of its own', async () => {
    const { recordId } = await log.gate({ requestId: 'first' });
    const pack = await exportTo(log, [String(recordId)]);
    expect([...pack.keys()].filter((path) => path.startsWith('keys/record'))).toEqual([
      'keys/record-1.identity.json',
      'keys/record-1.trusted-root.json',
    ]);
    await expect(verifyPack(readerOf(pack), trust([]), {})).rejects.toEqual(refusal('evidence.signature'));
  });

  it('is refused by a gate that should remember its denial', async () => {
    await log.gate({ requestId: 'denied', bundles: [] });
    const other = withKeys([identity({ subject: 'https://example.com/other' })]);
    expect(recordingOf(await other.gate({ requestId: 'second' }))).toEqual(failed('evidence.signature'));
  });
});

describe('a record whose bytes are others', () => {
  const tampered: readonly [string, (bytes: Buffer) => Buffer | string][] = [
    ['written in another order', (bytes) => JSON.stringify(JSON.parse(bytes.toString()), null, 1)],
    ['followed by a line feed', (bytes) => `${bytes.toString()}\n`],
    ['of another media type', (bytes) => bytes.toString().replace('bundle.v0.3+json', 'bundle.v0.4+json')],
    ['without a certificate', (bytes) => bytes.toString().replace(/"certificate":\{[^}]*\},/, '')],
    ['without log entries', (bytes) => edit(bytes, ({ verificationMaterial: m }) => delete m.tlogEntries)],
    [
      'without times',
      (bytes) => edit(bytes, ({ verificationMaterial: m }) => delete m.timestampVerificationData),
    ],
    ['with a member of its own', (bytes) => edit(bytes, (bundle) => Object.assign(bundle, { note: 'x' }))],
    ['that are the bare envelope', (bytes) => JSON.stringify(JSON.parse(bytes.toString()).dsseEnvelope)],
    ['that are no JSON', () => 'nothing'],
    ['that are an empty object', () => '{}'],
  ];
  interface BundleText {
    verificationMaterial: Record<string, unknown>;
  }
  const edit = (bytes: Buffer, change: (bundle: BundleText) => unknown): string => {
    const bundle = JSON.parse(bytes.toString()) as BundleText;
    change(bundle);
    return JSON.stringify(bundle);
  };

  it.each(tampered)('EVL-06 is refused: %s', async (_, change) => {
    const { recordId } = await log.gate({ requestId: 'first' });
    const pack: MemoryPack = await exportTo(log, [String(recordId)]);
    const path = `records/${recordId}/record.dsse.json`;
    pack.set(path, Buffer.from(change(pack.get(path) ?? Buffer.alloc(0))));
    await expect(verifyPack(readerOf(pack), trust([identity()]), {})).rejects.toEqual(
      refusal('evidence.tampered', { exitCode: 3 }),
    );
  });
});

describe('a signer that fails in the middle of a decision', () => {
  it.each(['fulcio', 'rekor2', 'tsa'] as const)(
    'EVL-08 leaves nothing on record and answers indeterminate: %s',
    async (name) => {
      services.lies.answer = { [name]: () => ({ status: 503 }) };
      expect(recordingOf(await log.gate({ requestId: 'first' }))).toEqual(failed('signer.failed'));
      expect((await verify()).size).toBe(1);
      services.lies.answer = {};
      expect((await log.gate({ requestId: 'first' })).verdict).toBe('allow');
      expect((await verify()).size).toBe(2);
    },
  );

  it('leaves nothing on record when the summary alone fails', async () => {
    let asked = 0;
    services.lies.answer = { rekor2: (_, right) => (++asked === 2 ? { status: 500 } : right) };
    expect(recordingOf(await log.gate({ requestId: 'first' }))).toEqual(failed('signer.failed'));
    expect((await verify()).size).toBe(1);
  });

  it('leaves nothing on record when the token is that of another workflow', async () => {
    const other = await startSigstoreServices({
      now: clock,
      sigstore: services.sigstore,
      claims: { job_workflow_ref: 'octo-org/release/.github/workflows/other.yml@refs/heads/main' },
    });
    const wrong = await identitySigner(other, other.profile(1), clock);
    const decided = toDecidedLog(log.kit, log.log, { recordSigner: wrong, recordKeys: [identity()] });
    expect(recordingOf(await decided.gate({ requestId: 'first' }))).toEqual(
      failed('signer.failed', { message: expect.stringContaining('another identity') }),
    );
    expect([(await verify()).size, other.asked('rekor1').length]).toEqual([1, 0]);
    await wrong.close();
    await other.close();
  });
});

describe('a clock that is wrong', () => {
  it('is told as such when records are from after its now, and is no fault of theirs', async () => {
    await log.gate({ requestId: 'first' });
    for (const behindMs of [61_000, DAY_MS]) {
      now = new Date(DECIDED_AT.getTime() - behindMs);
      await expect(verify()).rejects.toEqual(refusal('clock.skew', { exitCode: 2 }));
    }
  });

  it('may be behind by a minute', async () => {
    await log.gate({ requestId: 'first' });
    now = new Date(DECIDED_AT.getTime() - 59_000);
    expect((await verify()).records.decisions).toBe(1);
  });

  it('that is behind those of the services fails the signature, with what to do', async () => {
    const behind = (): Date => new Date(DECIDED_AT.getTime() - 120_000);
    const authority = { ...identity(), now: behind };
    const slow = await identitySigner(services, services.profile(2), behind);
    const decided = toDecidedLog(log.kit, log.log, { recordSigner: slow, recordKeys: [authority] });
    expect(recordingOf(await decided.gate({ requestId: 'first' }))).toEqual(
      failed('signer.failed', { message: expect.stringContaining('clock') }),
    );
    await slow.close();
  });
});
