import { describe, expect, it } from 'vitest';
import { decideWith, expectationsOf } from '../attacks/decide.ts';
import { refusal, sigstore } from '../attacks/verify.ts';
import { type GithubRun, type githubClaims, ownWorkflowRun } from '../kit/github-run.ts';
import { emailSigner } from '../kit/identity.ts';
import { ARTIFACT } from '../kit/sigstore.ts';
import { npmProvenanceV1, npmSubject, subjectOf } from '../kit/statement.ts';

/** What the certificate leaves out is not known: no word of the build fills it in. */

const HOSTED = 'https://github.com/actions/runner/github-hosted';
const SOURCE = { sourceUri: 'github.com/octo-org/widget' };

describe('RUN-01 a predicate that claims a hosted runner', () => {
  const SUBJECT = [npmSubject({ name: 'widget', version: '1.2.3' }, ARTIFACT)];
  const claiming = (certified: string | null) => {
    const run = ownWorkflowRun();
    return sigstore.signStatement({
      run,
      statement: npmProvenanceV1(run, SUBJECT),
      certificate: { claims: { runnerEnvironment: certified } },
    });
  };
  const decided = (certified: string | null) =>
    decideWith({ signed: claiming(certified), flags: { ...SOURCE, builderId: HOSTED } });

  it('is believed where the certificate says the same', () => {
    expect(decided('github-hosted')).toMatchObject({ verdict: 'allow', faults: [] });
  });

  it.each([
    [null, 'cert.claim-missing', 'none'],
    ['self-hosted', 'runner.self-hosted', 'self-hosted'],
  ])('is not believed where the certificate says %j', (certified, code, actual) => {
    const { verdict, faults } = decided(certified);
    expect(verdict).toBe('deny');
    expect(faults).toMatchObject([{ rule: 'provenance', code, expected: 'github-hosted', actual }]);
  });
});

describe('IDN-01 a runner as the only thing that is known of the signer', () => {
  it.each([HOSTED, 'https://github.com/actions/runner', 'https://github.com/actions/runner/self-hosted'])(
    'is nobody: %s',
    (builderId) => {
      const { finding, message } = refusal(() => expectationsOf({ builderId }));
      expect(finding).toBe('policy.identity-missing');
      expect(message).toBe(`everybody builds on this runner: ${builderId}`);
      expect(refusal(() => expectationsOf({ builderId, sourceBranch: 'main' })).finding).toBe(
        'policy.identity-missing',
      );
    },
  );

  it('is enough beside the source that ran on it', () => {
    expect(expectationsOf({ builderId: HOSTED, ...SOURCE }).signer).toEqual({ kind: 'builder' });
    expect(expectationsOf({ builderId: HOSTED, sourceRepositoryId: '486325809' }).signer).toEqual({
      kind: 'builder',
    });
  });
});

describe('provenance of another platform, whose certificate names the source', () => {
  const ISSUER = 'https://oidc.ci.example';
  const IDENTITY = 'https://ci.example/shared/build.yml@refs/tags/v1.0.0';
  const flags = { ...SOURCE, certificateIdentity: IDENTITY, certificateOidcIssuer: ISSUER };

  /** The predicate says octo-org/widget at a tag; the certificate what `claims` say. */
  const built = (claims: Partial<Record<keyof ReturnType<typeof githubClaims>, string | null>>) => {
    const run: GithubRun = ownWorkflowRun();
    return sigstore.signStatement({
      run,
      statement: npmProvenanceV1(run, [subjectOf('widget', ARTIFACT)]),
      certificate: {
        subjectAltName: [{ uri: IDENTITY }],
        claims: { issuer: ISSUER, deprecatedIssuer: ISSUER, buildSignerUri: IDENTITY, ...claims },
      },
    });
  };

  it('is believed where both agree', () => {
    const decided = decideWith({ signed: built({}), flags: { ...flags, sourceTag: 'v1.2.3' } });
    expect(decided).toMatchObject({ verdict: 'allow', faults: [] });
  });

  it('IDN-08 is denied where the certificate names another repository', () => {
    const { faults } = decideWith({
      signed: built({ sourceRepositoryUri: 'https://ci.example/evil/widget' }),
      flags,
    });
    expect(faults).toMatchObject([{ rule: 'provenance', code: 'source.inconsistent' }]);
  });

  it.each([
    ['sourceRepositoryRef', { sourceTag: 'v1.2.3' }, 'source-tag'],
    ['sourceRepositoryDigest', { sourceCommit: ownWorkflowRun().sha }, 'source-commit'],
  ] as const)('is not asked for what the certificate leaves out: %s', (claim, wanted, rule) => {
    const { verdict, faults } = decideWith({
      signed: built({ [claim]: null }),
      flags: { ...flags, ...wanted },
    });
    expect(verdict).toBe('deny');
    expect(faults).toMatchObject([{ rule, code: 'cert.claim-missing', actual: 'none' }]);
  });

  it('stays the word of a person, where a person signed and was named', () => {
    const run = ownWorkflowRun();
    const signed = sigstore.signStatement({
      certificate: emailSigner(),
      statement: npmProvenanceV1(run, [subjectOf('widget', ARTIFACT)]),
    });
    const named = {
      ...SOURCE,
      certificateIdentity: 'dev@example.org',
      certificateOidcIssuer: 'https://accounts.google.com',
    };
    expect(decideWith({ signed, flags: named }).verdict).toBe('allow');
    // Nobody named them: their word makes no builder of them.
    const { verdict, faults } = decideWith({ signed, flags: { ...SOURCE, builderId: HOSTED } });
    expect(verdict).toBe('deny');
    expect(faults).toContainEqual({
      rule: 'signer-identity',
      code: 'identity.issuer',
      expected: `the platform of ${HOSTED}`,
      actual: 'dev@example.org, issuer https://accounts.google.com',
    });
    expect(decideWith({ signed, flags: SOURCE }).faults).toMatchObject([
      { rule: 'builder-id', code: 'builder.unknown' },
    ]);
  });
});
