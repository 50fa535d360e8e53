import { onlyClaims, type SignerIdentity } from './identity.ts';

/** One GitLab CI job, as its id token describes it (sigstore/fulcio docs/oid-info.md, mapping of claims). */
export interface GitlabJob {
  readonly server: string;
  /** May be nested: group/subgroup/project. */
  readonly projectPath: string;
  readonly projectId: string;
  readonly namespaceId: string;
  readonly ref: string;
  readonly sha: string;
  /** `ci_config_ref_uri` without the scheme: host/project//path@ref. */
  readonly configRef: string;
  readonly configSha: string;
  readonly pipelineSource: string;
  readonly jobId: string;
  readonly runnerEnvironment: string;
  readonly visibility: string;
}

/** A pipeline of acme/app on gitlab.com. */
export function gitlabJob(overrides: Partial<GitlabJob> = {}): GitlabJob {
  const job = {
    server: 'https://gitlab.com',
    projectPath: 'acme/app',
    projectId: '31',
    namespaceId: '12',
    ref: 'refs/heads/main',
    sha: '0123456789abcdef0123456789abcdef01234567',
    pipelineSource: 'push',
    jobId: '888',
    runnerEnvironment: 'gitlab-hosted',
    visibility: 'public',
    ...overrides,
  };
  return {
    configRef: `${new URL(job.server).host}/${job.projectPath}//.gitlab-ci.yml@${job.ref}`,
    configSha: job.sha,
    ...job,
  };
}

/** The job as a signer: use as `certificate` of the sign options. */
export function gitlabSigner(job: GitlabJob = gitlabJob()): SignerIdentity {
  const project = `${job.server}/${job.projectPath}`;
  const config = `https://${job.configRef}`;
  const refType = job.ref.startsWith('refs/tags/') ? 'tag' : 'branch';
  const claims = onlyClaims({
    deprecatedIssuer: job.server,
    issuer: job.server,
    buildSignerUri: config,
    buildSignerDigest: job.configSha,
    runnerEnvironment: job.runnerEnvironment,
    sourceRepositoryUri: project,
    sourceRepositoryDigest: job.sha,
    sourceRepositoryRef: job.ref,
    sourceRepositoryIdentifier: job.projectId,
    sourceRepositoryOwnerUri: project.slice(0, project.lastIndexOf('/')),
    sourceRepositoryOwnerIdentifier: job.namespaceId,
    buildConfigUri: config,
    buildConfigDigest: job.configSha,
    buildTrigger: job.pipelineSource,
    runInvocationUri: `${project}/-/jobs/${job.jobId}`,
    sourceRepositoryVisibility: job.visibility,
    tokenSubject: `project_path:${job.projectPath}:ref_type:${refType}:ref:${job.ref.split('/').slice(2).join('/')}`,
  });
  return { subjectAltName: [{ uri: config }], claims };
}
