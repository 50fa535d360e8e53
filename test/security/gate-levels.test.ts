import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../src/core/catalogue/builders.ts';
import { evaluateWith, sigstore, widgetEntry, widgetPolicy } from '../kit/gate.ts';
import { GITHUB_ISSUER, type GithubRun, ownWorkflowRun, signerUri } from '../kit/github-run.ts';
import { ARTIFACT } from '../kit/sigstore.ts';
import { githubProvenanceV1, subjectOf, verificationSummary } from '../kit/statement.ts';

/** Levels that somebody would like to have, and that nothing proves. */

const policyWith = (entry: object) => ({
  ...widgetPolicy(),
  packages: [{ ...widgetEntry(), ...entry }],
});

const attested = (run: GithubRun) =>
  sigstore.signStatement({ run, statement: githubProvenanceV1(run, [subjectOf('widget', ARTIFACT)]) });

describe('a workflow of the repository that is built', () => {
  it.each(['octo-org/widget', 'Octo-Org/Widget', 'octo-org/WIDGET'])(
    'reaches level 2 alone although the policy lists it by its tags, also where it is spelled %s',
    async (repository) => {
      const { verdict, faults, outcome } = await evaluateWith({
        policy: policyWith({
          builders: [
            {
              id: `https://github.com/${repository}/.github/workflows/release.yml`,
              ref: { glob: 'refs/tags/v*' },
            },
          ],
        }),
        signed: attested(ownWorkflowRun({ repository })),
      });
      expect({ verdict, faults, level: outcome.slsaBuildLevel }).toEqual({
        verdict: 'deny',
        faults: ['min-level level.too-low'],
        level: 2,
      });
    },
  );
});

describe('a builder that no row of the catalogue knows and that the policy grants a level', () => {
  const unknown = { ...CATALOGUE, anchors: { ...CATALOGUE.anchors, 'public-good': [] } };
  const evaluateOn = (runnerEnvironment: string, builder: object = {}) =>
    evaluateWith({
      policy: policyWith({
        builders: [
          {
            id: 'https://github.com/octo-org/widget/.github/workflows/release.yml',
            ref: 'any',
            grantedLevel: 3,
            ...builder,
          },
        ],
      }),
      signed: attested(ownWorkflowRun({ runnerEnvironment })),
      material: {
        catalogue: {
          fileName: 'catalogue.json',
          bytes: Buffer.from(
            JSON.stringify({
              ...unknown,
              anchors: { ...unknown.anchors, 'public-good': [`sha256:${'0'.repeat(64)}`] },
            }),
          ),
        },
      },
    });

  it('has it on a machine of the platform', async () => {
    expect((await evaluateOn('github-hosted')).outcome.slsaBuildLevel).toBe(3);
  });

  it.each(['self-hosted', 'Github-hosted', 'somewhere'])(
    'RUN-01 does not have it on the runner %s, which its caller may own',
    async (runner) => {
      const { verdict, faults, outcome } = await evaluateOn(runner);
      expect({ verdict, faults, level: outcome.slsaBuildLevel }).toEqual({
        verdict: 'deny',
        faults: ['min-level level.too-low'],
        level: 1,
      });
    },
  );

  it('has it on a runner that the policy names', async () => {
    expect((await evaluateOn('self-hosted', { runners: ['self-hosted'] })).verdict).toBe('allow');
  });
});

describe('a summary in place of provenance', () => {
  const evaluateAt = (levels: readonly string[], stated: readonly string[]) =>
    evaluateWith({
      policy: policyWith({
        summaries: [
          {
            verifierId: 'https://verifier.local/gate',
            signer: { identity: signerUri(sigstore.run), issuer: GITHUB_ISSUER },
            levels,
            maxAge: '30d',
          },
        ],
      }),
      signed: sigstore.signStatement({
        statement: verificationSummary([subjectOf('widget', ARTIFACT)], { verifiedLevels: stated }),
      }),
    });

  it.each([
    ['a lower level is enough for the entry', ['SLSA_BUILD_LEVEL_1'], ['SLSA_BUILD_LEVEL_1']],
    ['the entry asks for another track', ['SLSA_SOURCE_LEVEL_2'], ['SLSA_SOURCE_LEVEL_2']],
    ['the entry asks for a level of its own', ['ACME_CHECKED'], ['ACME_CHECKED', 'SLSA_BUILD_LEVEL_2']],
  ])('VSA-02 is held to the level of the environment where %s', async (_, levels, stated) => {
    const { verdict, faults } = await evaluateAt(levels, stated);
    expect({ verdict, faults }).toEqual({ verdict: 'deny', faults: ['verification-summary vsa.level'] });
  });

  it('VSA-01 is of one signer: a verifier that an entry names twice is refused, whichever comes last', async () => {
    const summary = (identity: string) => ({
      verifierId: 'https://verifier.local/gate',
      signer: { identity, issuer: GITHUB_ISSUER },
      levels: ['SLSA_BUILD_LEVEL_3'],
      maxAge: '30d',
    });
    const [first, second] = [summary(signerUri(sigstore.run)), summary('https://example.com/another')];
    for (const summaries of [
      [first, second],
      [second, first],
    ]) {
      await expect(evaluateWith({ policy: policyWith({ summaries }) })).rejects.toMatchObject({
        finding: 'policy.invalid',
      });
    }
  });

  it('VSA-02 counts where it states both', async () => {
    const { verdict } = await evaluateAt(['ACME_CHECKED'], ['ACME_CHECKED', 'SLSA_BUILD_LEVEL_3']);
    expect(verdict).toBe('allow');
  });
});
