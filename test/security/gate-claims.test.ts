import { describe, expect, it } from 'vitest';
import { evaluateWith, sigstore, widgetEntry, widgetPolicy } from '../kit/gate.ts';
import { ownWorkflowRun } from '../kit/github-run.ts';
import { type GitlabJob, gitlabJob, gitlabSigner } from '../kit/gitlab-job.ts';
import { changed } from '../kit/json.ts';
import { createKeyPair } from '../kit/keys.ts';
import { ARTIFACT } from '../kit/sigstore.ts';
import { githubProvenanceV1, PREDICATE, statement, subjectOf } from '../kit/statement.ts';

/** What nothing proven says must not be taken for what the policy hopes. */

function byGitlab(overrides: Partial<GitlabJob>) {
  const job = gitlabJob(overrides);
  const project = `${job.server}/${job.projectPath}`;
  const predicate = {
    buildDefinition: {
      buildType: 'https://gitlab.com/gitlab-org/gitlab-runner/-/blob/v17.5.0/PROVENANCE.md',
      externalParameters: { entryPoint: 'build', source: project, variables: { SKIP_TESTS: '1' } },
      internalParameters: {},
      resolvedDependencies: [{ uri: project, digest: { sha256: job.sha } }],
    },
    runDetails: { builder: { id: `${project}/-/runners/1` }, metadata: { invocationId: job.jobId } },
  };
  return sigstore.signStatement({
    certificate: gitlabSigner(job),
    statement: statement(PREDICATE.slsaV1, predicate, [subjectOf('widget', ARTIFACT)]),
  });
}

const gitlabPolicy = (entry: object) => ({
  ...widgetPolicy(),
  packages: [
    {
      ...widgetEntry(),
      source: { repository: 'https://gitlab.com/acme/app' },
      builders: [{ id: 'https://gitlab.com/acme/app//.gitlab-ci.yml', ref: 'any' }],
      ...entry,
    },
  ],
  environments: { production: { ...widgetPolicy().environments.production, level: 1 } },
});

describe('parameters of a build', () => {
  it.each(['push', 'web', 'api', 'trigger', 'schedule', 'merge_request_event'])(
    'are not taken for none in a pipeline of GitLab started by %s, which may have been given variables',
    async (pipelineSource) => {
      const { verdict, faults } = await evaluateWith({
        policy: gitlabPolicy({ parameters: { refused: ['SKIP_TESTS'] } }),
        signed: byGitlab({ pipelineSource }),
      });
      expect({ verdict, faults }).toEqual({
        verdict: 'deny',
        faults: ['build-parameters params.missing'],
      });
    },
  );

  it.each([
    ['push', []],
    ['release', []],
    ['workflow_dispatch', ['build-parameters params.missing']],
    ['repository_dispatch', ['build-parameters params.missing']],
    ['deployment', ['build-parameters params.missing']],
    ['an_event_to_come', ['build-parameters params.missing']],
  ])(
    'are none in a run of GitHub started by %s only where nobody can give any',
    async (eventName, expected) => {
      const run = ownWorkflowRun({ eventName });
      const { faults } = await evaluateWith({
        policy: {
          ...gitlabPolicy({
            ...widgetEntry(),
            builders: [
              { id: 'https://github.com/octo-org/widget/.github/workflows/release.yml', ref: 'any' },
            ],
            parameters: { refused: ['SKIP_TESTS'] },
          }),
        },
        signed: sigstore.signStatement({
          run,
          statement: githubProvenanceV1(run, [subjectOf('widget', ARTIFACT)]),
        }),
      });
      expect(faults).toEqual(expected);
    },
  );
});

describe('a pipeline of GitLab', () => {
  it('SRC-01 for a merge request is no source, also where the policy names no refs', async () => {
    const ref = 'refs/merge-requests/7/head';
    const { verdict, faults } = await evaluateWith({
      policy: gitlabPolicy({}),
      signed: byGitlab({ ref }),
    });
    expect({ verdict, faults }).toEqual({ verdict: 'deny', faults: ['source-uri source.fork'] });
    expect((await evaluateWith({ policy: gitlabPolicy({}), signed: byGitlab({}) })).verdict).toBe('allow');
  });
});

describe('a key that a policy names twice', () => {
  const keys = createKeyPair();
  const BUILDER = 'https://tekton.example.com/chains';
  const right = githubProvenanceV1(ownWorkflowRun(), [subjectOf('widget', ARTIFACT)]);
  const ofBuilder = changed(right, 'predicate.runDetails.builder.id', BUILDER);
  const stated = changed(
    ofBuilder,
    'predicate.buildDefinition.buildType',
    'https://tekton.dev/chains/v2/slsa',
  );
  const sign = (publicKeyHint: string) =>
    sigstore.signStatement({ keys, publicKeyHint, statement: stated as never });
  const entry = (key: object) => ({
    ...widgetEntry(),
    builders: [{ id: BUILDER, ref: 'any', grantedLevel: 3, signer: { key: { pem: keys.pem, ...key } } }],
  });
  const OVER = { notAfter: '2026-01-01T00:00:00Z' };

  it.each([
    ['once with a window that is over', { id: 'a' }, { id: 'a', ...OVER }],
    ['the other way round', { id: 'a', ...OVER }, { id: 'a' }],
    ['under another name', { id: 'a' }, { id: 'b', ...OVER }],
  ])('has no longer window than the shortest, %s', async (_, first, second) => {
    for (const hint of ['a', 'b']) {
      const policy = { ...widgetPolicy(), packages: [entry(first), entry(second)] };
      expect((await evaluateWith({ policy, signed: sign(hint) })).verdict).toBe('deny');
    }
  });

  it('counts where neither window is over', async () => {
    const policy = { ...widgetPolicy(), packages: [entry({ id: 'a' }), entry({ id: 'a' })] };
    expect((await evaluateWith({ policy, signed: sign('a') })).verdict).toBe('allow');
  });
});
