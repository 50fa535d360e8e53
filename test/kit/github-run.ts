import type { ClaimName } from './identity.ts';

export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';

/** One run of a GitHub Actions workflow, as the OIDC token describes it. */
export interface GithubRun {
  readonly issuer: string;
  readonly server: string;
  /** owner/name */
  readonly repository: string;
  readonly repositoryId: string;
  readonly repositoryOwnerId: string;
  readonly ref: string;
  readonly sha: string;
  /** Path of the workflow that was triggered. */
  readonly workflow: string;
  /** The job's workflow when it is a reusable one of another repository: `owner/name/path@ref`. */
  readonly signerWorkflow: string;
  readonly signerSha: string;
  readonly eventName: string;
  readonly runnerEnvironment: string;
  readonly runId: string;
  readonly runAttempt: string;
  readonly visibility: string;
}

const WIDGET = {
  issuer: GITHUB_ISSUER,
  server: 'https://github.com',
  repository: 'octo-org/widget',
  repositoryId: '486325809',
  repositoryOwnerId: '80431187',
  ref: 'refs/tags/v1.2.3',
  sha: '4d329c75e7ec1725f7c9ce917a8799d408d06be3',
  workflow: '.github/workflows/release.yml',
  eventName: 'push',
  runnerEnvironment: 'github-hosted',
  runId: '13530999509',
  runAttempt: '1',
  visibility: 'public',
} as const;

/** A release of octo-org/widget signed by slsa-github-generator's generic workflow, v2.0.0. */
export function generatorRun(overrides: Partial<GithubRun> = {}): GithubRun {
  return {
    ...WIDGET,
    signerWorkflow:
      'slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml@refs/tags/v2.0.0',
    signerSha: '5a775b367a56d5bd118a224a811bba288150a563',
    ...overrides,
  };
}

/** A release of octo-org/widget signed by its own workflow, as actions/attest-build-provenance does. */
export function ownWorkflowRun(overrides: Partial<GithubRun> = {}): GithubRun {
  const run = { ...WIDGET, ...overrides };
  return {
    signerWorkflow: `${run.repository}/${run.workflow}@${run.ref}`,
    signerSha: run.sha,
    ...run,
  };
}

/** What Fulcio puts in the subject alternative name: the signer workflow's URI. */
export function signerUri(run: GithubRun): string {
  return `${run.server}/${run.signerWorkflow}`;
}

/** All the claims Fulcio derives from the run's token. */
export function githubClaims(run: GithubRun): Record<ClaimName, string | null> {
  const [owner = ''] = run.repository.split('/');
  const source = `${run.server}/${run.repository}`;
  return {
    deprecatedIssuer: run.issuer,
    deprecatedWorkflowTrigger: run.eventName,
    deprecatedWorkflowSha: run.sha,
    deprecatedWorkflowName: 'Release',
    deprecatedWorkflowRepository: run.repository,
    deprecatedWorkflowRef: run.ref,
    issuer: run.issuer,
    buildSignerUri: signerUri(run),
    buildSignerDigest: run.signerSha,
    runnerEnvironment: run.runnerEnvironment,
    sourceRepositoryUri: source,
    sourceRepositoryDigest: run.sha,
    sourceRepositoryRef: run.ref,
    sourceRepositoryIdentifier: run.repositoryId,
    sourceRepositoryOwnerUri: `${run.server}/${owner}`,
    sourceRepositoryOwnerIdentifier: run.repositoryOwnerId,
    buildConfigUri: `${source}/${run.workflow}@${run.ref}`,
    buildConfigDigest: run.sha,
    buildTrigger: run.eventName,
    runInvocationUri: `${source}/actions/runs/${run.runId}/attempts/${run.runAttempt}`,
    sourceRepositoryVisibility: run.visibility,
    deploymentEnvironment: null,
    tokenSubject: null,
  };
}
