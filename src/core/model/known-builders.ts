/** Builders whose provenance has a form of its own. Which of them reach which level stands in the catalogue. */
const GENERATOR = 'https://github.com/slsa-framework/slsa-github-generator';
export const GENERATOR_WORKFLOWS = `${GENERATOR}/.github/workflows/`;

export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';
export const GITLAB_ISSUER = 'https://gitlab.com';

/** GitLab.com; a self-managed instance has an issuer of its own and is named by the caller. */
export const isGitlabIssuer = (issuer: string | undefined): boolean => issuer === GITLAB_ISSUER;

export const BUILDERS = {
  generic: `${GENERATOR_WORKFLOWS}generator_generic_slsa3.yml`,
  container: `${GENERATOR_WORKFLOWS}generator_container_slsa3.yml`,
  go: `${GENERATOR_WORKFLOWS}builder_go_slsa3.yml`,
  containerBased: `${GENERATOR_WORKFLOWS}builder_container-based_slsa3.yml`,
  delegator: `${GENERATOR_WORKFLOWS}delegator_generic_slsa3.yml`,
  lowPermissionsDelegator: `${GENERATOR_WORKFLOWS}delegator_lowperms-generic_slsa3.yml`,
} as const;

/** Builders that a delegator signs for and that are maintained beside it. */
export const GENERATOR_BUILDERS: readonly string[] = ['nodejs', 'maven', 'gradle'].map(
  (name) => `${GENERATOR_WORKFLOWS}builder_${name}_slsa3.yml`,
);

/** Reusable workflows that sign in the name of the builder that called them (bring your own builder). */
export const isDelegator = (uri: string): boolean =>
  uri === BUILDERS.delegator || uri === BUILDERS.lowPermissionsDelegator;

/** Ids that the npm CLI and early GitHub attestations give for "a runner of GitHub Actions". */
export const RUNNER_BUILDERS = {
  legacy: 'https://github.com/actions/runner',
  hosted: 'https://github.com/actions/runner/github-hosted',
  selfHosted: 'https://github.com/actions/runner/self-hosted',
} as const;

export const isRunner = (uri: string): boolean => (Object.values(RUNNER_BUILDERS) as string[]).includes(uri);

/** Before it was generally available the npm CLI named itself, with its version. */
export const NPM_CLI_BUILDER = /^https:\/\/github\.com\/npm\/cli@[0-9]+\.[0-9]+\.[0-9]+$/;

/** Build types each builder may write; the fields of a provenance are read by its build type. */
const BUILD_TYPES: Readonly<Record<string, readonly string[]>> = {
  [BUILDERS.generic]: [`${GENERATOR}/generic@v1`],
  [BUILDERS.container]: [`${GENERATOR}/container@v1`],
  [BUILDERS.go]: [
    `${GENERATOR}/go@v1`,
    `${GENERATOR}@v1`,
    'https://github.com/slsa-framework/slsa-github-generator-go@v1',
  ],
  [BUILDERS.containerBased]: ['https://slsa.dev/container-based-build/v0.1?draft'],
  [BUILDERS.delegator]: [`${GENERATOR}/delegator-generic@v0`],
  [BUILDERS.lowPermissionsDelegator]: [`${GENERATOR}/delegator-generic@v0`],
};

/** Undefined for builders that are not ours to know. */
export const buildTypesOf = (builderUri: string): readonly string[] | undefined =>
  Object.hasOwn(BUILD_TYPES, builderUri) ? BUILD_TYPES[builderUri] : undefined;
