import { describe, expect, it } from 'vitest';
import type { SummaryInput } from '../../src/app/requests.ts';
import { emailSigner } from '../kit/identity.ts';
import { createKeyPair } from '../kit/keys.ts';
import { ARTIFACT, type SignStatementOptions } from '../kit/sigstore.ts';
import { PREDICATE, subjectOf, verificationSummary } from '../kit/statement.ts';
import { ALLOWED, ask, BUILT, denied, judged, NOW } from './app.ts';
import { refusal, sigstore } from './verify.ts';

const ISSUER = 'https://accounts.local';
const VERIFIER = 'https://verifier.local/gate';
const RESOURCE = 'pkg:generic/widget@1.2.3';
const POLICY = 'sha256:823412d1eacb67956220e532959f0104603057c88704863ca38e7cd188fda812';
const SIGNER = { certificateIdentity: 'gate@verifier.local', certificateOidcIssuer: ISSUER };

/** A summary with some members replaced, signed by the verifier. */
const summary = (overrides: Record<string, unknown> = {}, options: SignStatementOptions = {}) =>
  sigstore.signStatement({
    statement: verificationSummary([subjectOf('widget', ARTIFACT)], overrides),
    certificate: emailSigner(SIGNER.certificateIdentity, ISSUER),
    ...options,
  });

const flags = (changes: Partial<SummaryInput> = {}) => ({
  ...SIGNER,
  summary: {
    verifierId: VERIFIER,
    resourceUri: RESOURCE,
    verifiedLevels: ['SLSA_BUILD_LEVEL_3'],
    ...changes,
  },
});
const EXPECTED = `PASSED for ${RESOURCE} by ${VERIFIER} at SLSA_BUILD_LEVEL_3`;
const AGREES = 'what is stated agrees with what the certificate proves';
const noForm = (path: string): string =>
  `predicate does not have the form of a verification summary v1 at predicate.${path}`;

const judge = (overrides: Record<string, unknown>, changes: Partial<SummaryInput> = {}) =>
  judged({ evidence: [summary(overrides)], flags: flags(changes) });

describe('a verification summary', () => {
  it('is allowed when the expected verifier let this resource pass', async () => {
    expect(await judge({})).toEqual(ALLOWED);
    expect(await judge({}, { policyDigest: POLICY, maxAgeSeconds: 3_600 })).toEqual(ALLOWED);
    expect(await judge({ verifiedLevels: ['SLSA_BUILD_LEVEL_3', 'X'] }, { verifiedLevels: ['X'] })).toEqual(
      ALLOWED,
    );
    expect(await judge({}, { verifiedLevels: ['SLSA_BUILD_LEVEL_2'] })).toEqual(ALLOWED);
  });

  it.each([
    `${VERIFIER}/`,
    `${VERIFIER}.evil`,
    'https://verifier.local/Gate',
    'http://verifier.local/gate',
    'https://verifier.local/',
    'https://evil.local/https://verifier.local/gate',
    ` ${VERIFIER}`,
    `${VERIFIER}\n`,
  ])('VSA-01 is denied by the verifier %j', async (id) => {
    expect(await judge({ verifier: { id } })).toEqual(
      denied('verification-summary', 'vsa.verifier', EXPECTED, id),
    );
  });

  it('VSA-01 is denied when it names the verifier and somebody else signed', async () => {
    const certificate = emailSigner('mallory@verifier.local', ISSUER);
    expect(await judged({ evidence: [summary({}, { certificate })], flags: flags() })).toEqual(
      denied(
        'signer-identity',
        'identity.mismatch',
        `gate@verifier.local, issuer ${ISSUER}`,
        `mallory@verifier.local, issuer ${ISSUER}`,
      ),
    );
    const elsewhere = emailSigner(SIGNER.certificateIdentity, `${ISSUER}/`);
    expect(await judged({ evidence: [summary({}, { certificate: elsewhere })], flags: flags() })).toEqual(
      denied(
        'signer-identity',
        'identity.issuer',
        `gate@verifier.local, issuer ${ISSUER}`,
        `gate@verifier.local, issuer ${ISSUER}/`,
      ),
    );
  });

  it('VSA-01 is denied when another key signed, with the key named or not', async () => {
    const key = createKeyPair();
    const { verifierId, resourceUri } = flags().summary;
    const wanted = {
      key: { path: 'gate.pem', id: 'gate' },
      summary: { verifierId, resourceUri, verifiedLevels: [] },
    };
    const signed = (keys = key, hint = 'gate') =>
      sigstore.signStatement({
        statement: verificationSummary([subjectOf('widget', ARTIFACT)]),
        publicKeyHint: hint,
        keys,
      });
    expect(await judged({ evidence: [signed()], flags: wanted, key })).toEqual(ALLOWED);
    const codes = [];
    for (const evidence of [signed(createKeyPair()), signed(key, 'other'), summary()]) {
      const { verdict, faults } = await judged({ evidence: [evidence], flags: wanted, key });
      codes.push([verdict, faults[0]?.rule, faults[0]?.code, faults[0]?.actual]);
    }
    expect(codes).toEqual([
      ['deny', 'signature', 'dsse.signature', 'signature of the envelope does not verify'],
      ['deny', 'signature', 'key.unknown', 'other'],
      ['deny', 'signer-identity', 'identity.mismatch', `gate@verifier.local, issuer ${ISSUER}`],
    ]);
  });

  it('VSA-02 is denied when it says FAILED', async () => {
    expect(await judge({ verificationResult: 'FAILED' })).toEqual(
      denied('verification-summary', 'vsa.result', EXPECTED, 'FAILED'),
    );
  });

  it.each([
    ['passed'],
    ['Passed'],
    ['PASSED '],
    ['OK'],
    [''],
    [true],
    [1],
    [null],
    [undefined],
    [['PASSED']],
  ])('VSA-02 is denied with the result %j', async (verificationResult) => {
    expect(await judge({ verificationResult })).toEqual(
      denied('provenance', 'predicate.schema', AGREES, noForm('verificationResult')),
    );
  });

  it.each([
    'SLSA_BUILD_LEVEL_2',
    'SLSA_BUILD_LEVEL_0',
    'SLSA_BUILD_LEVEL_4',
    'SLSA_BUILD_LEVEL_10',
    'SLSA_BUILD_LEVEL_30',
    'SLSA_BUILD_LEVEL_03',
    'SLSA_BUILD_LEVEL_3 ',
    'SLSA_BUILD_LEVEL_3.0',
    'SLSA_BUILD_LEVEL_+3',
    'SLSA_BUILD_LEVEL_３',
    'SLSA_BUILD_LEVEL_',
    'SLSA_BUILD_LEVEL_UNEVALUATED',
    'SLSA_LEVEL_3',
    'SLSA_SOURCE_LEVEL_3',
    'slsa_build_level_3',
    'XSLSA_BUILD_LEVEL_3',
    'FAILED',
  ])('VSA-02 is denied with the level %j alone', async (level) => {
    expect(await judge({ verifiedLevels: [level] })).toEqual(
      denied('verification-summary', 'vsa.level', EXPECTED, level),
    );
  });

  it.each([
    [[], 'verifiedLevels'],
    [undefined, 'verifiedLevels'],
    [null, 'verifiedLevels'],
    ['SLSA_BUILD_LEVEL_3', 'verifiedLevels'],
    [{ 0: 'SLSA_BUILD_LEVEL_3' }, 'verifiedLevels'],
    [[3], 'verifiedLevels.0'],
    [[''], 'verifiedLevels.0'],
    [[['SLSA_BUILD_LEVEL_3']], 'verifiedLevels.0'],
  ])('VSA-02 is denied with the levels %j', async (verifiedLevels, path) => {
    expect(await judge({ verifiedLevels })).toEqual(
      denied('provenance', 'predicate.schema', AGREES, noForm(path)),
    );
  });

  it('VSA-02 is denied when one of several wanted levels is not reached', async () => {
    const verifiedLevels = ['SLSA_BUILD_LEVEL_3', 'SLSA_SOURCE_LEVEL_2'];
    expect(await judge({}, { verifiedLevels })).toEqual(
      denied(
        'verification-summary',
        'vsa.level',
        `PASSED for ${RESOURCE} by ${VERIFIER} at SLSA_BUILD_LEVEL_3, SLSA_SOURCE_LEVEL_2`,
        'SLSA_BUILD_LEVEL_3',
      ),
    );
  });

  it.each([
    'pkg:generic/widget@1.2.30',
    'pkg:generic/widget',
    'pkg:generic/widget@1.2.3?x=y',
    'pkg:generic/other@1.2.3',
    'https://environments.local/staging/widget@1.2.3',
    `${RESOURCE}/`,
    RESOURCE.toUpperCase(),
  ])('VSA-03 is denied for the resource %j', async (resourceUri) => {
    expect(await judge({ resourceUri })).toEqual(
      denied('verification-summary', 'vsa.resource', EXPECTED, resourceUri),
    );
  });

  it('VSA-03 is denied for the right resource and another artifact', async () => {
    const other = sigstore.signStatement({
      statement: verificationSummary([subjectOf('widget', Buffer.from('other'))]),
      certificate: emailSigner(SIGNER.certificateIdentity, ISSUER),
    });
    const { verdict, faults } = await judged({ evidence: [other], flags: flags() });
    expect([verdict, faults.map(({ rule, code }) => [rule, code])]).toEqual([
      'deny',
      [['subject-digest', 'subject.mismatch']],
    ]);
  });

  it('VSA-04 is never believed by its signature and type alone', async () => {
    for (const verificationResult of ['PASSED', 'FAILED']) {
      const question = {
        evidence: [summary({ verificationResult })],
        flags: { ...SIGNER, predicateType: PREDICATE.vsaV1 },
      };
      const error = await ask(question).catch((thrown: unknown) => thrown);
      expect(refusal(() => raise(error))).toMatchObject({
        finding: 'policy.identity-missing',
        exitCode: 64,
        message: 'a verification summary is believed for one verifier and one resource only',
        hint: 'Give --verifier-id and --resource-uri together.',
      });
    }
  });

  it.each([
    [{ verifierId: VERIFIER, verifiedLevels: [] }],
    [{ resourceUri: RESOURCE, verifiedLevels: [] }],
    [{ verifierId: '', resourceUri: RESOURCE, verifiedLevels: [] }],
    [{ verifiedLevels: ['SLSA_BUILD_LEVEL_3'] }],
    [{ maxAgeSeconds: 60, verifiedLevels: [] }],
  ])('VSA-04 is not asked for by half of its content: %j', async (half) => {
    const error = await ask({ evidence: [summary()], flags: { ...SIGNER, summary: half } }).catch(
      (thrown: unknown) => thrown,
    );
    expect(refusal(() => raise(error)).finding).toBe('policy.identity-missing');
  });

  it('VSA-04 is denied with a field that the specification does not have', async () => {
    expect(await judge({ override: 'PASSED' })).toEqual(
      denied('provenance', 'predicate.schema', AGREES, 'override'),
    );
  });

  it('VSA-05 is denied when it was made under another policy, or does not say which', async () => {
    const other = `sha256:${'0'.repeat(64)}`;
    expect(await judge({}, { policyDigest: other })).toEqual(
      denied('verification-summary', 'vsa.policy-digest', EXPECTED, POLICY),
    );
    for (const policy of [{ uri: 'https://policies.local/release.json' }, { uri: 'x', digest: {} }, {}]) {
      expect(await judge({ policy }, { policyDigest: POLICY })).toEqual(
        denied('verification-summary', 'vsa.policy-digest', EXPECTED, 'none'),
      );
    }
    const relabelled = { uri: 'x', digest: { sha512: POLICY.slice('sha256:'.length) } };
    expect(await judge({ policy: relabelled }, { policyDigest: POLICY })).toEqual(
      denied('verification-summary', 'vsa.policy-digest', EXPECTED, POLICY.replace('sha256:', 'sha512:')),
    );
  });

  it('VSA-05 never stands in for provenance, even when the trusted builder signed it', async () => {
    const byBuilder = sigstore.signStatement({
      statement: verificationSummary([subjectOf('widget', ARTIFACT)]),
    });
    const { verdict, faults } = await judged({
      evidence: [byBuilder],
      flags: { ...BUILT, minLevel: 3 },
    });
    expect([verdict, faults[0]]).toEqual([
      'deny',
      {
        rule: 'predicate-type',
        code: 'predicate.type',
        expected: 'SLSA provenance v0.1, v0.2 or v1',
        actual: PREDICATE.vsaV1,
      },
    ]);
    const { results } = await ask({ evidence: [byBuilder] });
    expect(results.map(({ slsaBuildLevel }) => slsaBuildLevel)).toEqual([0]);
  });

  it('VSA-06 is denied when it is from the future', async () => {
    const at = (ms: number): string => new Date(NOW.getTime() + ms).toISOString();
    expect(await judge({ timeVerified: at(301_000) })).toEqual(
      denied('verification-summary', 'vsa.stale', EXPECTED, at(301_000)),
    );
    expect(await judge({ timeVerified: at(299_000) })).toEqual(ALLOWED);
    expect(await judge({ timeVerified: '2999-01-01T00:00:00Z' }, { maxAgeSeconds: 1 })).toEqual(
      denied('verification-summary', 'vsa.stale', EXPECTED, '2999-01-01T00:00:00.000Z'),
    );
  });

  it('VSA-06 is denied when it is older than asked, or undated when an age is asked', async () => {
    expect(await judge({}, { maxAgeSeconds: 3_599 })).toEqual(
      denied('verification-summary', 'vsa.stale', EXPECTED, '2026-03-01T12:00:00.000Z'),
    );
    expect(await judge({ timeVerified: undefined }, { maxAgeSeconds: 3_600 })).toEqual(
      denied('verification-summary', 'vsa.stale', EXPECTED, 'none'),
    );
    expect(await judge({ timeVerified: undefined })).toEqual(ALLOWED);
  });

  it.each([
    'yesterday',
    '2026-03-01',
    '2026-03-01 12:00:00Z',
    '2026-03-01T12:00:00',
    '2026-02-30T12:00:00Z',
    1,
  ])('VSA-06 is denied with the time %j', async (timeVerified) => {
    expect(await judge({ timeVerified })).toEqual(
      denied('provenance', 'predicate.schema', AGREES, noForm('timeVerified')),
    );
  });
});

const raise = (error: unknown): never => {
  throw error;
};
