/**
 * Every environment variable that is read, with what it does. None of them adds to what is trusted; a test holds this
 * list against the source. Variables of Node itself apply as to any program that it runs.
 */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  XDG_CACHE_HOME:
    'Folder under which trust update keeps trusted roots; they are verified again whenever they are read',
  LOCALAPPDATA: 'The same on Windows',
  HOME: 'Where that folder is when neither of the two is set (USERPROFILE on Windows)',
  TMPDIR: 'Scratch folder of trust update (TEMP on Windows)',
  PATH: 'Where git is looked for, when a checkpoint is pinned in a repository: absolute folders outside of repositories',
  GITHUB_SERVER_URL: 'With the four below the job of GitHub Actions, by which gate tells requests apart',
  GITHUB_REPOSITORY: 'Part of it',
  GITHUB_RUN_ID: 'Part of it',
  GITHUB_RUN_ATTEMPT: 'Part of it',
  GITHUB_JOB: 'Part of it',
  GITHUB_ACTIONS:
    'true in GitHub Actions, where gate denies by an unpinned policy out of a checkout; with the next one, that the machine is thrown away after the job',
  RUNNER_ENVIRONMENT: 'github-hosted on a machine of GitHub, where gate refuses a store that dies with it',
  CI_SERVER_URL: 'With the three below the job of GitLab, by which gate tells requests apart',
  CI_PROJECT_PATH: 'Part of it',
  CI_PIPELINE_ID: 'Part of it',
  CI_JOB_ID: 'Part of it',
  GITLAB_CI: 'true in a job of GitLab, where gate denies by an unpinned policy out of a checkout',
  CI_RUNNER_TAGS:
    'Tags of the runner; saas- is a machine of GitLab, where gate refuses a store that dies with it',
  NO_COLOR: 'No colours, also on a terminal',
  TERM: 'No colours on a terminal of type dumb',
};
