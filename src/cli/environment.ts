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
  SIGSTORE_ID_TOKEN:
    'Identity token by which a sigstore: signer signs records, as id_tokens of GitLab give it',
  ACTIONS_ID_TOKEN_REQUEST_URL:
    'Where a job of GitHub Actions gets such a token; asked when a sigstore: signer signs records',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'What it asks with; sent to that server alone',
  GH_TOKEN: 'Token for the API of GitHub, sent to it alone',
  GITHUB_TOKEN: 'The same, where GH_TOKEN is not set',
  GH_ENTERPRISE_TOKEN: 'Token for a server of GitHub Enterprise, sent to it alone',
  GITHUB_ENTERPRISE_TOKEN: 'The same, where GH_ENTERPRISE_TOKEN is not set',
  GH_HOST: 'The server of GitHub Enterprise that the two before are for',
  GITLAB_TOKEN: 'Token for gitlab.com or GITLAB_HOST, where the index of Python packages lies there',
  GITLAB_HOST: 'Another server of GitLab that it is for',
  CI_JOB_TOKEN: 'Token of a job of GitLab, for CI_SERVER_URL alone',
  DOCKER_CONFIG: 'Folder of the config.json with credentials of registries; ~/.docker without it',
  REGISTRY_AUTH_FILE: 'Another file with credentials of registries, as podman has it',
  XDG_RUNTIME_DIR: 'Where podman keeps such a file when nothing else is set',
  CI_REGISTRY: 'Registry of GitLab, to which the next two are sent alone',
  CI_REGISTRY_USER: 'Part of it',
  CI_REGISTRY_PASSWORD: 'Part of it',
  NPM_CONFIG_USERCONFIG: 'The .npmrc of the user; ~/.npmrc without it',
  NPM_TOKEN: 'Put in where that file refers to it',
  NODE_AUTH_TOKEN: 'The same',
  HTTPS_PROXY: 'Proxy of all requests, also as https_proxy; --proxy comes first',
  https_proxy: 'The same',
  NO_PROXY: 'Hosts that are asked directly, also as no_proxy',
  no_proxy: 'The same',
  NO_COLOR: 'No colours, also on a terminal',
  TERM: 'No colours on a terminal of type dumb',
};
