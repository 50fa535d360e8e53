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
