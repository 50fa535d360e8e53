import { describe, expect, it } from 'vitest';
import type { ExpectationInput } from '../../src/app/requests.ts';
import { CLAIM, type ClaimName, onlyClaims } from '../kit/identity.ts';
import { changed, without } from '../kit/json.ts';
import type { SignStatementOptions } from '../kit/sigstore.ts';
import { type Decided, decideWith, github } from './decide.ts';
import { signedByGitlab } from './gitlab.ts';
import { sigstore } from './verify.ts';

/** CRT-10 as the decision sees it: what a certificate does not say never matches what is expected. */

const ISSUER = 'https://token.actions.githubusercontent.com';
const WIDGET = 'https://github.com/octo-org/widget';
const WORKFLOW = `${WIDGET}/.github/workflows/release.yml`;
const GENERATOR =
  'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml';
const SHA = '4d329c75e7ec1725f7c9ce917a8799d408d06be3';
const AGREES = 'what is stated agrees with what the certificate proves';

/** Each expectation of a claim, with a value that the run of the kit meets. */
const EXPECTED: readonly {
  readonly flags: Partial<ExpectationInput>;
  readonly claim: ClaimName;
  readonly rule: string;
  readonly expected: string;
}[] = [
  {
    flags: { sourceTag: 'v1.2.3' },
    claim: 'sourceRepositoryRef',
    rule: 'source-tag',
    expected: 'refs/tags/v1.2.3',
  },
  {
    flags: { sourceVersionedTag: 'v1' },
    claim: 'sourceRepositoryRef',
    rule: 'source-versioned-tag',
    expected: 'a version of v1',
  },
  { flags: { sourceCommit: SHA }, claim: 'sourceRepositoryDigest', rule: 'source-commit', expected: SHA },
  {
    flags: { sourceRepositoryId: '486325809' },
    claim: 'sourceRepositoryIdentifier',
    rule: 'source-repository-id',
    expected: 'repository 486325809',
  },
  {
    flags: { sourceOwnerId: '80431187' },
    claim: 'sourceRepositoryOwnerIdentifier',
    rule: 'source-repository-id',
    expected: 'owner 80431187',
  },
  { flags: { buildTrigger: 'push' }, claim: 'buildTrigger', rule: 'build-trigger', expected: 'push' },
  {
    flags: { runnerEnvironment: 'github-hosted' },
    claim: 'runnerEnvironment',
    rule: 'runner-environment',
    expected: 'github-hosted',
  },
];

const INSTANCES = [
  ['a generator', sigstore, { builderId: GENERATOR, sourceUri: WIDGET }],
  ["GitHub's own", github, { builderId: WORKFLOW, sourceUri: WIDGET }],
] as const;

describe.each(INSTANCES)('CRT-10 a claim that is absent (%s)', (_, instance, base) => {
  it.each(EXPECTED)(
    'CRT-10 denies a certificate without $claim for $flags',
    ({ flags, claim, rule, expected }) => {
      const right = decideWith({ signed: instance.signStatement(), flags: { ...base, ...flags } });
      expect(right.verdict).toBe('allow');
      const decided = decideWith({
        signed: instance.signStatement({ certificate: { claims: { [claim]: null } } }),
        flags: { ...base, ...flags },
      });
      expect(decided.verdict).toBe('deny');
      expect(decided.faults).toEqual([{ rule, code: 'cert.claim-missing', expected, actual: 'none' }]);
    },
  );

  it.each(EXPECTED)('CRT-10 denies an empty $claim for $flags', ({ flags, claim }) => {
    const signed = instance.signStatement({ certificate: { claims: { [claim]: '' } } });
    const decided = decideWith({ signed, flags: { ...base, ...flags } });
    expect(decided.verdict).toBe('deny');
    expect(decided.faults.length).toBeGreaterThan(0);
  });

  it.each([
    ['sourceRepositoryUri', 'certificate does not name the source repository'],
    ['buildSignerUri', 'certificate does not name the signing workflow'],
  ] as const)('CRT-10 denies a certificate without %s, whatever is expected', (claim, message) => {
    const signed = instance.signStatement({ certificate: { claims: { [claim]: null } } });
    for (const flags of [base, { builderId: base.builderId }]) {
      const decided = decideWith({ signed, flags });
      expect(decided.verdict).toBe('deny');
      expect(decided.faults).toEqual([
        { rule: 'provenance', code: 'cert.claim-missing', expected: AGREES, actual: message },
      ]);
    }
  });
});

describe('CRT-10 on GitLab', () => {
  const BUILT = {
    builderId: 'https://gitlab.com/acme/app//.gitlab-ci.yml@refs/heads/main',
    sourceUri: 'gitlab.com/acme/app',
  };

  it.each([
    ['sourceRepositoryUri', 'certificate does not name the project'],
    ['buildSignerUri', 'certificate does not name the CI configuration'],
  ] as const)('CRT-10 denies a certificate without %s', (claim, message) => {
    const signed = signedByGitlab({}, { certificate: { claims: { [claim]: null } } });
    const decided = decideWith({ signed, flags: BUILT });
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toEqual([
      { rule: 'provenance', code: 'cert.claim-missing', expected: AGREES, actual: message },
    ]);
  });

  it('CRT-10 denies a certificate whose two names of the configuration differ', () => {
    const claim = 'https://gitlab.com/evil/ci//.gitlab-ci.yml@refs/heads/main';
    const signed = signedByGitlab({}, { certificate: { claims: { buildSignerUri: claim } } });
    for (const builderId of [claim, BUILT.builderId]) {
      expect(decideWith({ signed, flags: { ...BUILT, builderId } }).faults).toEqual([
        { rule: 'provenance', code: 'builder.mismatch', expected: claim, actual: BUILT.builderId },
      ]);
    }
  });

  it.each([
    ['runnerEnvironment', { runnerEnvironment: 'gitlab-hosted' }, 'runner-environment'],
    ['sourceRepositoryIdentifier', { sourceRepositoryId: '31' }, 'source-repository-id'],
    ['sourceRepositoryRef', { sourceBranch: 'main' }, 'source-branch'],
    ['buildTrigger', { buildTrigger: 'push' }, 'build-trigger'],
  ] as const)('CRT-10 denies a certificate without %s for its expectation', (claim, flags, rule) => {
    const right = decideWith({ signed: signedByGitlab(), flags: { ...BUILT, ...flags } });
    expect(right.verdict).toBe('allow');
    const signed = signedByGitlab({}, { certificate: { claims: { [claim]: null } } });
    const decided = decideWith({ signed, flags: { ...BUILT, ...flags } });
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toMatchObject([{ rule, code: 'cert.claim-missing', actual: 'none' }]);
  });
});

describe('CRT-10 certificates from before 2023', () => {
  const STRUCTURED = (Object.keys(CLAIM) as ClaimName[]).filter((name) => CLAIM[name] >= 8);
  const OLD = Object.fromEntries(STRUCTURED.map((name) => [name, null]));
  /** The newest version that signed under such certificates; GitHub's own workflows are as old as their run. */
  const generator = { signerWorkflow: `${GENERATOR.replace('https://github.com/', '')}@refs/tags/v1.5.0` };
  const old = (options: SignStatementOptions = {}, instance = sigstore) =>
    instance.signStatement({
      ...(instance === sigstore ? { run: generator } : {}),
      ...options,
      certificate: { claims: { ...OLD, ...options.certificate?.claims } },
    });
  const decideOld = (flags: Partial<ExpectationInput>, signed = old()): Decided =>
    decideWith({ signed, flags: { sourceUri: WIDGET, ...flags } });

  it('CRT-10 takes repository, ref, commit and event of the deprecated claims', () => {
    const decided = decideOld({ sourceTag: 'v1.2.3', sourceCommit: SHA, buildTrigger: 'push' });
    expect(decided.faults).toEqual([]);
    expect(decided.verdict).toBe('allow');
  });

  it.each([
    ['repository', { deprecatedWorkflowRepository: 'evil/widget' }, 'source.inconsistent'],
    ['ref', { deprecatedWorkflowRef: 'refs/tags/v1.2.4' }, 'source.inconsistent'],
    ['commit', { deprecatedWorkflowSha: '9'.repeat(40) }, 'source.commit'],
    ['event', { deprecatedWorkflowTrigger: 'pull_request_target' }, 'source.inconsistent'],
  ])('CRT-10 denies provenance that says another %s than the deprecated claims', (_, claims, code) => {
    const decided = decideOld({}, old({ certificate: { claims } }));
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toMatchObject([{ rule: 'provenance', code }]);
  });

  it.each([
    [{ sourceRepositoryId: '486325809' }, 'source-repository-id'],
    [{ sourceOwnerId: '80431187' }, 'source-repository-id'],
    [{ runnerEnvironment: 'github-hosted' }, 'runner-environment'],
  ] as const)('CRT-10 denies %j: such a certificate has no ids and no runner', (flags, rule) => {
    const decided = decideOld(flags);
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toMatchObject([{ rule, code: 'cert.claim-missing', actual: 'none' }]);
  });

  it('CRT-10 gives level 3 only where the row of the builder covers certificates without a runner', () => {
    expect(decideOld({ minLevel: 3 }).candidate?.level).toMatchObject({
      level: 3,
      row: 'slsa-github-generator-generic',
    });
    const signed = old({}, github);
    const decided = decideWith({ signed, flags: { builderId: WORKFLOW, sourceUri: WIDGET, minLevel: 2 } });
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toEqual([
      {
        rule: 'min-level',
        code: 'level.too-low',
        expected: 'level 2 or higher',
        actual: 'level 1 (runner is not hosted: not named)',
      },
    ]);
    expect(decided.candidate?.level.level).toBe(1);
  });

  it('CRT-10 denies deprecated claims alone for the source, once there is any structured one', () => {
    for (const claims of [{ issuer: ISSUER }, { issuer: ISSUER, runnerEnvironment: 'github-hosted' }]) {
      const decided = decideOld({}, old({ certificate: { claims } }));
      expect(decided.verdict).toBe('deny');
      expect(decided.faults).toMatchObject([{ rule: 'provenance', code: 'cert.claim-missing' }]);
    }
  });

  it('CRT-10 finds no builder of the catalogue in a certificate without any claim', () => {
    const signed = sigstore.signStatement({ certificate: { claims: onlyClaims({}) } });
    const decided = decideWith({ signed, flags: { sourceUri: WIDGET } });
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toMatchObject([{ rule: 'builder-id', code: 'builder.unknown' }]);
    expect(decided.candidate?.level.level).toBe(1);
  });

  it('CRT-10 denies an expected identity under a certificate without issuer', () => {
    const signed = sigstore.signStatement({ certificate: { claims: onlyClaims({}) } });
    const decided = decideWith({
      signed,
      flags: {
        certificateIdentity: `${GENERATOR}@refs/tags/v2.0.0`,
        certificateOidcIssuer: ISSUER,
        sourceUri: WIDGET,
      },
    });
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toMatchObject([{ rule: 'signer-identity', code: 'cert.claim-missing' }]);
  });
});

describe('CRT-10 provenance that is silent where the certificate speaks', () => {
  it('CRT-10 takes the value of the certificate', () => {
    const signed = sigstore.signStatement({
      run: { repository: 'evil/widget' },
      statement: (right) => without(right, 'predicate.invocation.environment'),
    });
    expect(decideWith({ signed, flags: { sourceUri: WIDGET } }).faults).toMatchObject([
      { rule: 'source-uri', code: 'source.mismatch', actual: 'https://github.com/evil/widget' },
    ]);
    const commit = sigstore.signStatement({
      run: { sha: '9'.repeat(40) },
      statement: (right) => changed(right, 'predicate.materials.0.digest', {}),
    });
    expect(
      decideWith({ signed: commit, flags: { sourceUri: WIDGET, sourceCommit: SHA } }).faults,
    ).toMatchObject([{ rule: 'source-commit', code: 'source.commit', actual: '9'.repeat(40) }]);
  });
});
