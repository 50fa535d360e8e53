import type { SignedBundle } from '../kit/bundle.ts';
import { type GitlabJob, gitlabJob, gitlabSigner } from '../kit/gitlab-job.ts';
import { ARTIFACT, type SignStatementOptions } from '../kit/sigstore.ts';
import { PREDICATE, type StatementJson, statement, subjectOf } from '../kit/statement.ts';
import { sigstore } from './verify.ts';

/** Provenance as GitLab's runner writes it, signed in the job. */
export function signedByGitlab(
  overrides: Partial<GitlabJob> = {},
  options: Pick<SignStatementOptions, 'certificate' | 'statement'> = {},
): SignedBundle {
  const job = gitlabJob(overrides);
  const right = gitlabProvenance(job);
  const { statement: change, certificate } = options;
  const stated = typeof change === 'function' ? (change(right) ?? right) : (change ?? right);
  const signer = gitlabSigner(job);
  return sigstore.signStatement({
    certificate: {
      ...signer,
      ...certificate,
      claims: { ...signer.claims, ...certificate?.claims },
    },
    statement: stated as StatementJson,
  });
}

function gitlabProvenance(job: GitlabJob): StatementJson {
  const project = `${job.server}/${job.projectPath}`;
  return statement(
    PREDICATE.slsaV1,
    {
      buildDefinition: {
        buildType: 'https://gitlab.com/gitlab-org/gitlab-runner/-/blob/v17.5.0/PROVENANCE.md',
        externalParameters: { entryPoint: 'build', source: project, variables: {} },
        internalParameters: { architecture: 'amd64', executor: 'docker', job: job.jobId, name: 'green-1' },
        resolvedDependencies: [{ uri: project, digest: { sha256: job.sha } }],
      },
      runDetails: {
        builder: { id: `${project}/-/runners/12270831` },
        metadata: { invocationId: job.jobId },
      },
    },
    [subjectOf('widget', ARTIFACT)],
  );
}
