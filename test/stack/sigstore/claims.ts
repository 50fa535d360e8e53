import { type GithubRun, ownWorkflowRun } from '../../kit/github-run.ts';
import type { TokenClaims } from './identity-issuer.ts';

/** The token that GitHub gives a run of a workflow, as far as Fulcio reads it. */
export function githubTokenClaims(run: GithubRun = ownWorkflowRun()): TokenClaims {
  const [owner = ''] = run.repository.split('/');
  return {
    sub: `repo:${run.repository}:ref:${run.ref}`,
    repository: run.repository,
    repository_id: run.repositoryId,
    repository_owner: owner,
    repository_owner_id: run.repositoryOwnerId,
    repository_visibility: run.visibility,
    ref: run.ref,
    sha: run.sha,
    workflow: 'Release',
    workflow_ref: `${run.repository}/${run.workflow}@${run.ref}`,
    workflow_sha: run.sha,
    job_workflow_ref: run.signerWorkflow,
    job_workflow_sha: run.signerSha,
    event_name: run.eventName,
    run_id: run.runId,
    run_attempt: run.runAttempt,
    runner_environment: run.runnerEnvironment,
  };
}

/** The token that GitLab gives a job of a pipeline on the main branch. */
export function gitlabTokenClaims(project: string, sha: string): TokenClaims {
  const [namespace = ''] = project.split('/');
  return {
    sub: `project_path:${project}:ref_type:branch:ref:main`,
    project_path: project,
    project_id: '31',
    namespace_path: namespace,
    namespace_id: '12',
    project_visibility: 'public',
    ref: 'main',
    ref_type: 'branch',
    sha,
    ci_config_ref_uri: `gitlab.com/${project}//.gitlab-ci.yml@refs/heads/main`,
    ci_config_sha: sha,
    pipeline_source: 'push',
    pipeline_id: '777',
    job_id: '888',
    runner_environment: 'gitlab-hosted',
  };
}

/** The token of a person. */
export const emailTokenClaims = (email: string): TokenClaims => ({ sub: email, email, email_verified: true });
