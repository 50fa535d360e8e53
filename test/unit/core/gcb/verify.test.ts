import { describe, expect, it } from 'vitest';
import {
  type CloudBuildDocument,
  parseCloudBuild,
  parseCloudBuildKeys,
  type VerifiedCloudBuild,
  verifyCloudBuild,
} from '../../../../src/core/gcb/index.ts';
import {
  CLOUD_BUILD_KEY_IDS,
  cloudBuildDocument,
  cloudBuildProvenance,
  cloudBuildStatementV1,
  cloudBuildStatementV01,
  createCloudBuildSigners,
  type ProvenanceOptions,
  regionalKeyId,
  type SignatureOptions,
} from '../../../kit/cloud-build.ts';
import { createKeyPair } from '../../../kit/keys.ts';
import { refusalOf } from './refusal.ts';

const signers = createCloudBuildSigners();
const keys = parseCloudBuildKeys(signers.files);

const documentOf = (...provenances: readonly ProvenanceOptions[]): CloudBuildDocument =>
  parseCloudBuild(Buffer.from(JSON.stringify(cloudBuildDocument(provenances.map(cloudBuildProvenance)))));

const verify = (options: ProvenanceOptions): VerifiedCloudBuild =>
  verifyCloudBuild(documentOf(options).provenances[0], keys);

const signedBy = (...signatures: readonly SignatureOptions[]): VerifiedCloudBuild => verify({ signatures });

describe('verifying Cloud Build provenance', () => {
  it('DSS-01 accepts a regional key over the payload itself', () => {
    const verified = signedBy(signers.regional);
    expect(verified.signedBy).toEqual(['us-west2']);
    expect(verified.signed.version).toBe('v0.1');
    expect(verified.payload.toString()).toContain('"_type":"https://in-toto.io/Statement/v0.1"');
  });

  it('DSS-01 accepts a global key over the pre-authentication encoding', () => {
    expect(signedBy(signers.globalV01).signedBy).toEqual(['global-pae-provenanceSigner_1']);
    const v1 = verify({ statement: cloudBuildStatementV1(), signatures: [signers.globalV1] });
    expect(v1.signedBy).toEqual(['global-pae-google-hosted-worker_1']);
    expect(v1.signed.version).toBe('v1.0');
  });

  it.each([
    ['a regional key over the encoding', { ...signers.regional, covers: 'pre-auth-encoding' as const }],
    ['a global key over the payload', { ...signers.globalV01, covers: 'payload' as const }],
  ])('DSS-01 denies %s', (_, signature) => {
    const refusal = refusalOf(() => signedBy(signature));
    expect(refusal.finding).toBe('gcb.signature');
    expect(refusal.actual).toBe(`mismatch: ${signature.keyid}`);
    expect(refusal.path).toBe('provenance_summary.provenance[0].envelope.signatures');
  });

  it('DSS-02 counts the signature of a pinned key and only lists the others', () => {
    const stranger = { ...signers.regional, key: createKeyPair(), keyid: 'projects/evil/keys/1' };
    const forged = { ...signers.globalV01, key: createKeyPair() };
    const verified = signedBy(stranger, forged, signers.regional);
    expect(verified.signedBy).toEqual(['us-west2']);
    expect(verified.signatures).toEqual([
      { keyid: 'projects/evil/keys/1', outcome: 'unknown-key' },
      { keyid: CLOUD_BUILD_KEY_IDS.globalV01, outcome: 'mismatch' },
      { keyid: regionalKeyId('us-west2'), outcome: 'verified' },
    ]);
  });

  it('DSS-02 denies several signatures of which none is by a pinned key', () => {
    const refusal = refusalOf(() =>
      signedBy(
        { ...signers.regional, keyid: '' },
        { ...signers.regional, key: createKeyPair() },
        { ...signers.globalV1, keyid: regionalKeyId('us-west2') },
      ),
    );
    expect(refusal.finding).toBe('gcb.signature');
    expect(refusal.actual).toBe(
      `unknown-key: no key id; mismatch: ${regionalKeyId('us-west2')}; mismatch: ${regionalKeyId('us-west2')}`,
    );
  });

  it('DSS-02 counts a key once, however often it signed', () => {
    const verified = signedBy(signers.regional, signers.regional, signers.globalV01);
    expect(verified.signedBy).toEqual(['us-west2', 'global-pae-provenanceSigner_1']);
    expect(verified.signatures).toHaveLength(3);
  });

  it('denies an envelope without signatures', () => {
    const refusal = refusalOf(() => signedBy());
    expect([refusal.finding, refusal.actual]).toEqual(['gcb.signature', 'no signature']);
  });

  it.each([
    ['a region without a pinned key', regionalKeyId('us-west9')],
    ['no region', regionalKeyId('')],
    ['a region with a path behind it', regionalKeyId('us-west2/invalid')],
    ['a stem of a global key as region', regionalKeyId('global-pae-provenanceSigner_1')],
    ['another version of the key', regionalKeyId('us-west2').replace(/1$/, '2')],
    ['another project', regionalKeyId('us-west2').replace('verified-builder', 'argo-qa')],
    ['something before the name', `x${regionalKeyId('us-west2')}`],
    ['something behind the name', `${regionalKeyId('us-west2')}/x`],
    ['a line end behind the name', `${regionalKeyId('us-west2')}\n`],
    ['a region in capitals', regionalKeyId('US-WEST2')],
  ])('denies a key id with %s', (_, keyid) => {
    const refusal = refusalOf(() => signedBy({ ...signers.regional, keyid }));
    expect([refusal.finding, refusal.actual]).toEqual(['gcb.signature', `unknown-key: ${keyid}`]);
  });

  it('does not let a key of provenance v0.1 sign provenance v1, or the other way round', () => {
    const v1 = refusalOf(() =>
      verify({ statement: cloudBuildStatementV1(), signatures: [signers.regional] }),
    );
    expect([v1.finding, v1.expected, v1.actual]).toEqual([
      'predicate.type',
      'provenance v0.1',
      'provenance v1.0',
    ]);
    expect(refusalOf(() => signedBy(signers.globalV1)).finding).toBe('predicate.type');
  });

  it('reads base64url, and no text in both alphabets', () => {
    const verified = verify({ signatures: [signers.regional], encoding: 'base64url' });
    expect(verified.signedBy).toEqual(['us-west2']);
    const mixed = { ...signers.regional, edit: (sig: string) => `+-${sig.slice(2)}` };
    expect(refusalOf(() => signedBy(mixed)).actual).toBe(`malformed: ${signers.regional.keyid}`);
  });

  it.each([
    ['white space', (sig: string) => `${sig.slice(0, 8)}\n${sig.slice(8)}`],
    ['text that is no base64', () => 'no base64!'],
    ['nothing', () => ''],
  ])('denies a signature that is %s', (_, edit) => {
    const refusal = refusalOf(() => signedBy({ ...signers.regional, edit }));
    expect([refusal.finding, refusal.actual]).toEqual([
      'gcb.signature',
      `malformed: ${signers.regional.keyid}`,
    ]);
  });

  it('DSS-03 denies another payload type, rightly signed', () => {
    const refusal = refusalOf(() => verify({ payloadType: 'text/plain', signatures: [signers.globalV01] }));
    expect([refusal.finding, refusal.actual]).toEqual(['dsse.payload-type', 'text/plain']);
  });

  it.each([
    ['not json', 'statement.malformed'],
    ['[]', 'statement.malformed'],
    ['null', 'statement.malformed'],
    ['{"_type":"https://in-toto.io/Statement/v2"}', 'statement.type'],
  ])('DSS-04 denies the signed payload %s', (payload, code) => {
    const refusal = refusalOf(() =>
      verify({ payload: Buffer.from(payload), signatures: [signers.regional] }),
    );
    expect(refusal.finding).toBe(code);
  });

  it('denies an empty payload before anything is verified', () => {
    const refusal = refusalOf(() => verify({ payload: Buffer.alloc(0), signatures: [signers.regional] }));
    expect([refusal.finding, refusal.path]).toEqual([
      'gcb.malformed',
      'provenance_summary.provenance[0].envelope.payload',
    ]);
  });

  it('denies a predicate type that Cloud Build does not write', () => {
    const statement = { ...cloudBuildStatementV1(), predicateType: 'https://slsa.dev/provenance/v0.2' };
    const refusal = refusalOf(() => verify({ statement, signatures: [signers.regional] }));
    expect([refusal.finding, refusal.actual]).toEqual(['predicate.type', 'https://slsa.dev/provenance/v0.2']);
  });

  it('denies a field that provenance v0.1 does not have', () => {
    const statement = cloudBuildStatementV01();
    const refusal = refusalOf(() =>
      verify({
        statement: { ...statement, predicate: { ...statement.predicate, extra: 1 } },
        signatures: [signers.regional],
      }),
    );
    expect([refusal.finding, refusal.actual]).toEqual(['predicate.schema', 'extra']);
  });

  it('verifies each provenance of a document for itself', () => {
    const document = documentOf(
      { signatures: [{ ...signers.regional, key: createKeyPair() }] },
      { statement: cloudBuildStatementV1(), signatures: [signers.globalV1] },
    );
    const [bad, good] = document.provenances;
    expect(refusalOf(() => verifyCloudBuild(bad, keys)).finding).toBe('gcb.signature');
    expect(good && verifyCloudBuild(good, keys).signedBy).toEqual(['global-pae-google-hosted-worker_1']);
  });

  it('refuses to work without a pinned key', () => {
    expect(refusalOf(() => parseCloudBuildKeys(new Map())).finding).toBe('trust.unavailable');
    const broken = new Map([['us-west2', Buffer.from('no key')]]);
    expect(refusalOf(() => parseCloudBuildKeys(broken)).finding).toBe('key.malformed');
  });
});
