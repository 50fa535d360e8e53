import type { Requester } from '../core/model/evidence.ts';

/** Environment variables that name the job of a CI; they tell requests apart and decide nothing. */
const GITHUB = [
  'GITHUB_SERVER_URL',
  'GITHUB_REPOSITORY',
  'GITHUB_RUN_ID',
  'GITHUB_RUN_ATTEMPT',
  'GITHUB_JOB',
] as const;
const GITLAB = ['CI_SERVER_URL', 'CI_PROJECT_PATH', 'CI_PIPELINE_ID', 'CI_JOB_ID'] as const;

type Environment = Readonly<Record<string, string | undefined>>;

const named = (environment: Environment, names: readonly string[]): readonly string[] | undefined => {
  const values = names.flatMap((name) => environment[name] || []);
  return values.length === names.length ? values : undefined;
};

/** Who asks: the name that was given, or the job of the CI. */
export function toRequester(requestId: string | undefined, environment: Environment): Requester {
  if (requestId !== undefined) return { kind: 'named', id: requestId };
  const run = named(environment, GITHUB) ?? named(environment, GITLAB);
  return run === undefined ? { kind: 'anonymous' } : { kind: 'ci', run };
}

/** Whether the machine is thrown away after the job, as its CI says. */
export const isHostedRunner = ({
  GITHUB_ACTIONS,
  RUNNER_ENVIRONMENT,
  GITLAB_CI,
  CI_RUNNER_TAGS,
}: Environment): boolean =>
  (GITHUB_ACTIONS === 'true' && RUNNER_ENVIRONMENT === 'github-hosted') ||
  (GITLAB_CI === 'true' && CI_RUNNER_TAGS?.includes('saas-') === true);
