import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Code } from '../../src/codes.ts';
import { parseBuilderId } from '../../src/core/model/builder-id.ts';
import type { Expectations, SummaryExpectation } from '../../src/core/model/expectations.ts';
import type { RuleId } from '../../src/core/model/finding.ts';
import { exactly } from '../../src/core/model/matcher.ts';
import { parseSourceUri } from '../../src/core/model/source-uri.ts';
import type { SignedBundle } from '../kit/bundle.ts';
import { changed } from '../kit/json.ts';
import { ARTIFACT, SIGNED_AT } from '../kit/sigstore.ts';
import { npmSubject, statement, subjectOf, verificationSummary } from '../kit/statement.ts';
import { type DecideOptions, decideWith } from './decide.ts';
import { sigstore } from './verify.ts';

/**
 * IDN-10: every expectation can deny. Each entry is a question that is allowed, and one value of this expectation with
 * which the same question is denied, by this rule alone.
 */

interface Case {
  readonly question: DecideOptions;
  readonly denying: Partial<Expectations>;
  readonly rule: RuleId;
  readonly code: Code;
}

const ISSUER = 'https://token.actions.githubusercontent.com';
const GENERATOR =
  'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml';
const SIGNER = `${GENERATOR}@refs/tags/v2.0.0`;
const IDENTITY = { certificateIdentity: SIGNER, certificateOidcIssuer: ISSUER };

const built: DecideOptions = {
  signed: sigstore.signStatement(),
  flags: { sourceUri: 'github.com/octo-org/widget' },
};
const named: DecideOptions = { signed: sigstore.signStatement(), flags: IDENTITY };
const dispatched = sigstore.signStatement({
  run: { eventName: 'workflow_dispatch' },
  statement: (right) =>
    changed(right, 'predicate.invocation.environment.github_event_payload', { inputs: { release: '1' } }),
});
const contradicting = sigstore.signStatement({
  statement: (right) => changed(right, 'predicate.builder.id', 'https://example.com/builder@v1'),
});
const atBranch = sigstore.signStatement({
  run: { signerWorkflow: `${GENERATOR.replace('https://github.com/', '')}@refs/heads/main` },
});
const npm = sigstore.signStatement({
  subject: [npmSubject({ name: '@octo/widget', version: '1.2.3' }, ARTIFACT)],
});
const PUBLISH = 'https://docs.pypi.org/attestations/publish/v1';
const published = sigstore.signStatement({
  statement: statement(PUBLISH, {}, [subjectOf('widget-1.2.3.tar.gz', ARTIFACT)]),
});
const summarised = sigstore.signStatement({
  statement: verificationSummary([subjectOf('widget', ARTIFACT)]),
});

/** As PyPI hands an attestation out (PEP 740). */
function asPypi({ bundle }: SignedBundle): { readonly json: unknown } {
  const { verificationMaterial, dsseEnvelope } = bundle;
  return {
    json: {
      version: 1,
      verification_material: {
        certificate: verificationMaterial?.certificate?.rawBytes,
        transparency_entries: verificationMaterial?.tlogEntries,
      },
      envelope: { statement: dsseEnvelope?.payload, signature: dsseEnvelope?.signatures?.[0]?.sig },
    },
  };
}

const SUMMARY: SummaryExpectation = {
  verifierId: 'https://verifier.local/gate',
  resourceUri: exactly('pkg:generic/widget@1.2.3'),
  verifiedLevels: ['SLSA_BUILD_LEVEL_3'],
};
const byVerifier = (summary: Partial<SummaryExpectation>): Partial<Expectations> => ({
  summary: { ...SUMMARY, ...summary },
});
const summary: DecideOptions = {
  signed: summarised,
  flags: {
    ...IDENTITY,
    summary: {
      verifierId: SUMMARY.verifierId,
      resourceUri: SUMMARY.resourceUri.describe,
      verifiedLevels: SUMMARY.verifiedLevels,
    },
  },
};

const CASES: Record<keyof Required<Expectations>, Case> = {
  signer: {
    question: named,
    denying: { signer: { kind: 'certificate', subject: exactly('somebody else'), issuer: exactly(ISSUER) } },
    rule: 'signer-identity',
    code: 'identity.mismatch',
  },
  subject: {
    question: built,
    denying: { subject: { kind: 'artifact', digests: { sha256: '0'.repeat(64) } } },
    rule: 'subject-digest',
    code: 'subject.mismatch',
  },
  predicateType: {
    question: named,
    denying: { predicateType: ['https://example.com/other'] },
    rule: 'predicate-type',
    code: 'predicate.type',
  },
  meaning: {
    question: { signed: contradicting, flags: IDENTITY, expectations: { meaning: 'certificate' } },
    denying: { meaning: 'predicate' },
    rule: 'provenance',
    code: 'builder.mismatch',
  },
  builder: {
    question: built,
    denying: given('builder', parseBuilderId(`${GENERATOR}x`)),
    rule: 'builder-id',
    code: 'identity.workflow',
  },
  allowBuilderRefUnsafe: {
    question: {
      signed: atBranch,
      flags: { builderId: GENERATOR },
      weakening: { allowBuilderRefUnsafe: true },
    },
    denying: { allowBuilderRefUnsafe: false },
    rule: 'builder-id',
    code: 'builder.ref',
  },
  source: {
    question: built,
    denying: { source: parseSourceUri('github.com/octo-org/widget2') },
    rule: 'source-uri',
    code: 'source.mismatch',
  },
  sourceOwner: {
    question: built,
    denying: { sourceOwner: 'https://github.com/octo' },
    rule: 'source-uri',
    code: 'source.mismatch',
  },
  sourceRepositoryId: {
    question: built,
    denying: { sourceRepositoryId: '1' },
    rule: 'source-repository-id',
    code: 'source.repo-id',
  },
  sourceOwnerId: {
    question: built,
    denying: { sourceOwnerId: '1' },
    rule: 'source-repository-id',
    code: 'source.repo-id',
  },
  sourceBranch: {
    question: { ...built, signed: sigstore.signStatement({ run: { ref: 'refs/heads/main' } }) },
    denying: { sourceBranch: 'refs/heads/dev' },
    rule: 'source-branch',
    code: 'source.branch',
  },
  sourceTag: {
    question: built,
    denying: { sourceTag: 'refs/tags/v1.2.4' },
    rule: 'source-tag',
    code: 'source.tag',
  },
  sourceVersionedTag: {
    question: built,
    denying: { sourceVersionedTag: 'v2' },
    rule: 'source-versioned-tag',
    code: 'source.version',
  },
  sourceCommit: {
    question: built,
    denying: { sourceCommit: '0'.repeat(40) },
    rule: 'source-commit',
    code: 'source.commit',
  },
  workflowInputs: {
    question: { ...built, signed: dispatched },
    denying: { workflowInputs: new Map([['release', '2']]) },
    rule: 'workflow-inputs',
    code: 'params.unexpected',
  },
  sourceRefs: {
    question: built,
    denying: { sourceRefs: [exactly('refs/tags/v1.2.30'), exactly('refs/tags/v1.2')] },
    rule: 'source-ref',
    code: 'source.ref',
  },
  parameters: {
    question: { ...built, signed: dispatched },
    denying: {
      parameters: { expected: new Map([['release', ['2', '3']]]), free: new Set(), refused: new Set() },
    },
    rule: 'build-parameters',
    code: 'params.value',
  },
  triggers: {
    question: built,
    denying: { triggers: ['release'] },
    rule: 'build-trigger',
    code: 'build.trigger',
  },
  runnerEnvironments: {
    question: built,
    denying: { runnerEnvironments: ['self-hosted'] },
    rule: 'runner-environment',
    code: 'runner.self-hosted',
  },
  minLevel: {
    question: { signed: atBranch, flags: { builderId: `${GENERATOR}@refs/heads/main` } },
    denying: { minLevel: 2 },
    rule: 'min-level',
    code: 'level.too-low',
  },
  npmPackage: {
    question: {
      ...built,
      signed: npm,
      expectations: { npmPackage: { name: '@octo/widget', version: '1.2.3' } },
    },
    denying: { npmPackage: { name: '@octo/widgets' } },
    rule: 'npm-package',
    code: 'npm.package',
  },
  pypiPublisher: {
    question: {
      signed: asPypi(published),
      flags: { ...IDENTITY, predicateType: PUBLISH, pypiRepository: 'github.com/octo-org/widget' },
      expectations: { fileName: 'widget-1.2.3.tar.gz' },
    },
    denying: { pypiPublisher: { repository: parseSourceUri('github.com/octo-org/widgets') } },
    rule: 'pypi-publisher',
    code: 'pypi.publisher',
  },
  subjectName: {
    question: { ...built, expectations: { subjectName: 'widget' } },
    denying: { subjectName: 'widgets' },
    rule: 'subject-name',
    code: 'subject.name',
  },
  fileName: {
    question: {
      signed: asPypi(published),
      flags: { ...IDENTITY, predicateType: PUBLISH },
      expectations: { fileName: 'widget-1.2.3.tar.gz' },
    },
    denying: { fileName: 'widget-1.2.4.tar.gz' },
    rule: 'subject-name',
    code: 'subject.name',
  },
  summary: {
    question: summary,
    denying: byVerifier({ verifierId: 'https://verifier.local/other' }),
    rule: 'verification-summary',
    code: 'vsa.verifier',
  },
  minBundleVersion: {
    question: { ...built, signed: sigstore.signStatement({ version: '0.2' }) },
    denying: { minBundleVersion: '0.3' },
    rule: 'bundle-version',
    code: 'bundle.too-old',
  },
};

const SUMMARY_CASES: Record<keyof Required<SummaryExpectation>, Partial<Case>> = {
  verifierId: { denying: byVerifier({ verifierId: 'https://verifier.local/gate/' }), code: 'vsa.verifier' },
  resourceUri: {
    denying: byVerifier({ resourceUri: exactly('pkg:generic/widget@1.2.4') }),
    code: 'vsa.resource',
  },
  verifiedLevels: { denying: byVerifier({ verifiedLevels: ['SLSA_SOURCE_LEVEL_1'] }), code: 'vsa.level' },
  policyDigest: {
    denying: byVerifier({ policyDigest: { algorithm: 'sha256', value: '0'.repeat(64) } }),
    code: 'vsa.policy-digest',
  },
  maxAgeMs: { denying: byVerifier({ maxAgeMs: 60_000 }), code: 'vsa.stale' },
  logKey: {
    denying: byVerifier({ logKey: 'verifier.local/log+none' }),
    rule: 'summary-log',
    code: 'vsa.not-logged',
  },
  ownVerifierId: { denying: byVerifier({ ownVerifierId: SUMMARY.verifierId }), code: 'vsa.self' },
};

function given<K extends keyof Expectations>(
  key: K,
  value: Expectations[K] | undefined,
): Partial<Expectations> {
  if (value === undefined) throw new Error(`no value for ${key}`);
  return { [key]: value };
}

const withDenying = (question: DecideOptions, denying: Partial<Expectations>): DecideOptions => ({
  ...question,
  expectations: { ...question.expectations, ...denying },
});

describe('IDN-10 every expectation can deny', () => {
  it.each(Object.entries(CASES))('IDN-10 %s', (_, { question, denying, rule, code }) => {
    const allowed = decideWith(question);
    expect(allowed.faults).toEqual([]);
    expect(allowed.verdict).toBe('allow');
    const denied = decideWith(withDenying(question, denying));
    expect(denied.verdict).toBe('deny');
    expect(denied.faults).toMatchObject([{ rule, code }]);
    const { expected, actual, message } = denied.finding(rule);
    expect([expected, actual, message]).not.toContain('');
  });

  it.each(Object.entries(SUMMARY_CASES))(
    'IDN-10 summary.%s',
    (_, { denying = {}, rule = 'verification-summary', code }) => {
      const denied = decideWith({
        ...withDenying(summary, denying),
        context: { nowMs: SIGNED_AT.getTime() + 3_600_000 },
      });
      expect(denied.verdict).toBe('deny');
      expect(denied.faults).toMatchObject([{ rule, code }]);
    },
  );

  it.each([
    ['Expectations', CASES],
    ['SummaryExpectation', SUMMARY_CASES],
  ])('IDN-10 knows every field of %s', (name, cases) => {
    const source = readFileSync(new URL('../../src/core/model/expectations.ts', import.meta.url), 'utf8');
    const body = new RegExp(`export interface ${name} \\{([\\s\\S]*?)\\n\\}`).exec(source)?.[1] ?? '';
    const fields = [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, field]) => field);
    expect(fields.length).toBeGreaterThan(4);
    expect(Object.keys(cases).sort()).toEqual(fields.sort());
  });

  it('IDN-10 asks each expectation of a rule that is then required', () => {
    for (const { question, denying, rule } of Object.values(CASES)) {
      expect(decideWith(withDenying(question, denying)).finding(rule).required).toBe(true);
    }
  });
});
