import type { Requester } from '../core/model/evidence.ts';

/** What a CI says of its job: it tells requests apart and where the job runs, and makes no check any weaker. */
export type CiEnvironment = ReturnType<typeof ciEnvironment>;

export const ciEnvironment = () => {
  const { GITHUB_ACTIONS, GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID } = process.env;
  const { GITHUB_RUN_ATTEMPT, GITHUB_JOB, RUNNER_ENVIRONMENT } = process.env;
  const { GITLAB_CI, CI_SERVER_URL, CI_PROJECT_PATH, CI_PIPELINE_ID, CI_JOB_ID, CI_RUNNER_TAGS } =
    process.env;
  return {
    github: [GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT, GITHUB_JOB],
    gitlab: [CI_SERVER_URL, CI_PROJECT_PATH, CI_PIPELINE_ID, CI_JOB_ID],
    inPipeline: GITHUB_ACTIONS === 'true' || GITLAB_CI === 'true',
    onHostedRunner:
      (GITHUB_ACTIONS === 'true' && RUNNER_ENVIRONMENT === 'github-hosted') ||
      (GITLAB_CI === 'true' && CI_RUNNER_TAGS?.includes('saas-') === true),
  };
};

/** All parts together name a job; some of them name none. */
const named = (parts: readonly (string | undefined)[]): readonly string[] | undefined => {
  const values = parts.flatMap((part) => part || []);
  return values.length === parts.length ? values : undefined;
};

/** Who asks: the name that was given, or the job of the CI. */
export function toRequester(
  requestId: string | undefined,
  { github, gitlab }: Pick<CiEnvironment, 'github' | 'gitlab'>,
): Requester {
  if (requestId !== undefined) return { kind: 'named', id: requestId };
  const run = named(github) ?? named(gitlab);
  return run === undefined ? { kind: 'anonymous' } : { kind: 'ci', run };
}
