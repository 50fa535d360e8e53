import { describe, expect, it } from 'vitest';
import type { ExpectationInput } from '../../src/app/requests.ts';
import { EXPECTATION_FLAGS } from '../../src/cli/spec/expectation-flags.ts';
import { SIGNER_FLAGS } from '../../src/cli/spec/verification-flags.ts';
import type { Code } from '../../src/codes.ts';
import type { RuleId } from '../../src/core/model/finding.ts';
import { emailSigner } from '../kit/identity.ts';
import { createKeyPair } from '../kit/keys.ts';
import { ARTIFACT } from '../kit/sigstore.ts';
import { subjectOf, verificationSummary } from '../kit/statement.ts';
import { ALLOWED, BUILT, judged, type Question } from './app.ts';
import { sigstore } from './verify.ts';

const ISSUER = 'https://token.actions.githubusercontent.com';
const SAN = `${BUILT.builderId}@refs/tags/v2.0.0`;
const PURL = 'pkg:npm/widget@1.2.3';
const key = createKeyPair();

const good = sigstore.signStatement();
const dispatched = sigstore.signStatement({
  run: { eventName: 'workflow_dispatch' },
  statement: (right) => {
    const invocation = right.predicate?.invocation as { environment: Record<string, unknown> };
    invocation.environment.github_event_payload = { inputs: { target: 'release' } };
  },
});
const npm = sigstore.signStatement({ subject: [subjectOf(PURL, ARTIFACT)] });
const byKey = sigstore.signStatement({ publicKeyHint: 'ours', keys: key });
const summary = sigstore.signStatement({
  statement: verificationSummary([subjectOf('widget', ARTIFACT)]),
  certificate: emailSigner('gate@verifier.local', 'https://accounts.local'),
});
const ofBranch = sigstore.signStatement({ run: { ref: 'refs/heads/main' } });
const byDigest = sigstore.signStatement({ subject: [{ name: 'image', digest: { imageId: 'i-1' } }] });

const BY_VERIFIER = {
  certificateIdentity: 'gate@verifier.local',
  certificateOidcIssuer: 'https://accounts.local',
};
const ASKED = {
  verifierId: 'https://verifier.local/gate',
  resourceUri: 'pkg:generic/widget@1.2.3',
  verifiedLevels: ['SLSA_BUILD_LEVEL_3'],
};
const ofSummary = (changes: object): Partial<ExpectationInput> => ({
  ...BY_VERIFIER,
  summary: { ...ASKED, ...changes },
});
const given = (changes: Partial<ExpectationInput>): Partial<ExpectationInput> => ({ ...BUILT, ...changes });
const POLICY = 'sha256:823412d1eacb67956220e532959f0104603057c88704863ca38e7cd188fda812';

interface Row {
  readonly evidence: Question['evidence'][number];
  /** Expectations that hold of the evidence, and the same with this one wrong. */
  readonly right: Partial<ExpectationInput>;
  readonly wrong: Partial<ExpectationInput>;
  readonly fault: readonly [RuleId, Code];
}

const signer = (identity: Partial<ExpectationInput>, wrong: Partial<ExpectationInput>, code: Code): Row => ({
  evidence: good,
  right: identity,
  wrong,
  fault: ['signer-identity', code],
});
const build = (
  right: Partial<ExpectationInput>,
  wrong: Partial<ExpectationInput>,
  fault: Row['fault'],
  evidence: Row['evidence'] = good,
): Row => ({ evidence, right: given(right), wrong: given(wrong), fault });

const PERSONAL = { certificateIdentity: SAN, certificateOidcIssuer: ISSUER };
const OURS = { path: 'k.pem', id: 'ours' };

/** Every flag that says what is expected, wrong in one value. */
const ROWS: Readonly<Record<string, Row>> = {
  'certificate-identity': signer(PERSONAL, { ...PERSONAL, certificateIdentity: `${SAN}x` }, 'identity.ref'),
  'certificate-identity-regexp': signer(
    { certificateIdentityRegexp: `^${SAN.replaceAll('.', '\\.')}$`, certificateOidcIssuer: ISSUER },
    { certificateIdentityRegexp: '^https://github\\.com/octo-org/.+$', certificateOidcIssuer: ISSUER },
    'identity.mismatch',
  ),
  'certificate-oidc-issuer': signer(
    PERSONAL,
    { ...PERSONAL, certificateOidcIssuer: `${ISSUER}/` },
    'identity.issuer',
  ),
  'certificate-oidc-issuer-regexp': signer(
    { certificateIdentity: SAN, certificateOidcIssuerRegexp: '^https://token\\.actions\\..+$' },
    { certificateIdentity: SAN, certificateOidcIssuerRegexp: '^https://token\\.actions$' },
    'identity.issuer',
  ),
  key: {
    evidence: byKey,
    right: { key: OURS },
    wrong: { key: OURS },
    fault: ['signature', 'dsse.signature'],
  },
  'key-id': {
    evidence: byKey,
    right: { key: OURS },
    wrong: { key: { ...OURS, id: 'theirs' } },
    fault: ['signature', 'key.unknown'],
  },
  'key-not-before': {
    evidence: byKey,
    right: { key: { ...OURS, notBefore: '2026-03-01T12:00:00Z' } },
    wrong: { key: { ...OURS, notBefore: '2026-03-01T12:00:01Z' } },
    fault: ['signature', 'key.window'],
  },
  'key-not-after': {
    evidence: byKey,
    right: { key: { ...OURS, notAfter: '2026-03-01T12:00:00Z' } },
    wrong: { key: { ...OURS, notAfter: '2026-03-01T11:59:59Z' } },
    fault: ['signature', 'key.window'],
  },
  'source-uri': build({}, { sourceUri: 'github.com/octo-org/widget2' }, ['source-uri', 'source.mismatch']),
  'source-branch': build(
    { sourceBranch: 'main' },
    { sourceBranch: 'Main' },
    ['source-branch', 'source.branch'],
    ofBranch,
  ),
  'source-tag': build({ sourceTag: 'v1.2.3' }, { sourceTag: 'v1.2.4' }, ['source-tag', 'source.tag']),
  'source-versioned-tag': build({ sourceVersionedTag: 'v1' }, { sourceVersionedTag: 'v2' }, [
    'source-versioned-tag',
    'source.version',
  ]),
  'source-commit': build({ sourceCommit: sigstore.run.sha }, { sourceCommit: '0'.repeat(40) }, [
    'source-commit',
    'source.commit',
  ]),
  'source-repository-id': build(
    { sourceRepositoryId: sigstore.run.repositoryId },
    { sourceRepositoryId: '1' },
    ['source-repository-id', 'source.repo-id'],
  ),
  'source-owner-id': build({ sourceOwnerId: sigstore.run.repositoryOwnerId }, { sourceOwnerId: '1' }, [
    'source-repository-id',
    'source.repo-id',
  ]),
  'builder-id': build({}, { builderId: `${BUILT.builderId}@v2.0.1` }, ['builder-id', 'builder.ref']),
  'build-workflow-input': build(
    { buildWorkflowInputs: ['target=release'] },
    { buildWorkflowInputs: ['target=debug'] },
    ['workflow-inputs', 'params.unexpected'],
    dispatched,
  ),
  'build-trigger': build({ buildTrigger: 'push' }, { buildTrigger: 'release' }, [
    'build-trigger',
    'build.trigger',
  ]),
  'runner-environment': build({ runnerEnvironment: 'github-hosted' }, { runnerEnvironment: 'self-hosted' }, [
    'runner-environment',
    'runner.self-hosted',
  ]),
  'predicate-type': build(
    { predicateType: 'https://slsa.dev/provenance/v0.2' },
    { predicateType: 'https://slsa.dev/provenance/v1' },
    ['predicate-type', 'predicate.type'],
  ),
  'min-level': build({ minLevel: 1 }, { minLevel: 2 }, ['min-level', 'level.too-low']),
  'npm-package': build(
    { npmPackage: 'widget' },
    { npmPackage: 'gadget' },
    ['npm-package', 'npm.package'],
    npm,
  ),
  'npm-version': build(
    { npmPackage: 'widget', npmVersion: '1.2.3' },
    { npmPackage: 'widget', npmVersion: '1.2.4' },
    ['npm-package', 'npm.package'],
    npm,
  ),
  'pypi-repository': build(
    { pypiRepository: 'github.com/octo-org/widget' },
    { pypiRepository: 'github.com/octo-org/gadget' },
    ['pypi-publisher', 'pypi.publisher'],
  ),
  'pypi-workflow': build(
    { pypiRepository: 'github.com/octo-org/widget', pypiWorkflow: 'release.yml' },
    { pypiRepository: 'github.com/octo-org/widget', pypiWorkflow: 'release.yaml' },
    ['pypi-publisher', 'pypi.publisher'],
  ),
  'subject-name': build({ subjectName: 'widget' }, { subjectName: 'gadget' }, [
    'subject-name',
    'subject.name',
  ]),
  'subject-digest': build(
    { subjectDigest: 'imageId:i-1' },
    { subjectDigest: 'imageId:i-2' },
    ['subject-digest', 'subject.mismatch'],
    byDigest,
  ),
  'verifier-id': {
    evidence: summary,
    right: ofSummary({}),
    wrong: ofSummary({ verifierId: 'https://verifier.local/gate2' }),
    fault: ['verification-summary', 'vsa.verifier'],
  },
  'resource-uri': {
    evidence: summary,
    right: ofSummary({}),
    wrong: ofSummary({ resourceUri: 'pkg:generic/widget@1.2.4' }),
    fault: ['verification-summary', 'vsa.resource'],
  },
  'verified-level': {
    evidence: summary,
    right: ofSummary({}),
    wrong: ofSummary({ verifiedLevels: ['SLSA_SOURCE_LEVEL_3'] }),
    fault: ['verification-summary', 'vsa.level'],
  },
  'policy-digest': {
    evidence: summary,
    right: ofSummary({ policyDigest: POLICY }),
    wrong: ofSummary({ policyDigest: `${POLICY.slice(0, -1)}0` }),
    fault: ['verification-summary', 'vsa.policy-digest'],
  },
  'summary-max-age': {
    evidence: summary,
    right: ofSummary({ maxAgeSeconds: 3_600 }),
    wrong: ofSummary({ maxAgeSeconds: 3_599 }),
    fault: ['verification-summary', 'vsa.stale'],
  },
};

describe('expectations', () => {
  it('IDN-10 are all here: no flag that says what is expected has no row', () => {
    expect(Object.keys(ROWS).sort()).toEqual(
      [...Object.keys(SIGNER_FLAGS), ...Object.keys(EXPECTATION_FLAGS)].sort(),
    );
  });

  it.each(Object.entries(ROWS))('IDN-10 can each deny by itself: --%s', async (flag, row) => {
    const { evidence, right, wrong, fault } = row;
    const artifacts = right.subjectDigest === undefined ? {} : { artifacts: [] };
    const question: Question = { evidence: [evidence], flags: right, key, ...artifacts };
    expect(await judged(question)).toEqual(ALLOWED);
    const { verdict, faults } = await judged({
      ...question,
      flags: wrong,
      ...(flag === 'key' ? { key: createKeyPair() } : {}),
    });
    expect([verdict, faults.map(({ rule, code }) => [rule, code])]).toEqual(['deny', [fault]]);
  });
});
