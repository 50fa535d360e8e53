import { type GithubRun, signerUri } from './github-run.ts';
import type { DigestName } from './keys.ts';
import { hash } from './keys.ts';

/** in-toto statements as plain mutable objects. */
export interface StatementJson {
  _type?: string;
  subject?: SubjectJson[];
  predicateType?: string;
  predicate?: Record<string, unknown>;
}

export interface SubjectJson {
  name?: string;
  digest?: Record<string, string>;
}

export const STATEMENT_V01 = 'https://in-toto.io/Statement/v0.1';
export const STATEMENT_V1 = 'https://in-toto.io/Statement/v1';
export const IN_TOTO = 'application/vnd.in-toto+json';

export const PREDICATE = {
  slsaV02: 'https://slsa.dev/provenance/v0.2',
  slsaV1: 'https://slsa.dev/provenance/v1',
  vsaV1: 'https://slsa.dev/verification_summary/v1',
  npmPublish: 'https://github.com/npm/attestation/tree/main/specs/publish/v0.1',
} as const;

/** A subject for some bytes; SHA-256 unless told. */
export function subjectOf(name: string, artifact: Buffer, ...algorithms: readonly DigestName[]): SubjectJson {
  const names: readonly DigestName[] = algorithms.length === 0 ? ['sha256'] : algorithms;
  return {
    name,
    digest: Object.fromEntries(
      names.map((algorithm) => [algorithm, hash(algorithm, artifact).toString('hex')]),
    ),
  };
}

export function statement(
  predicateType: string,
  predicate: Record<string, unknown>,
  subject: SubjectJson[],
  type: string = STATEMENT_V1,
): StatementJson {
  return { _type: type, subject, predicateType, predicate };
}

const sourceUri = (run: GithubRun): string => `git+${run.server}/${run.repository}@${run.ref}`;
const refType = (run: GithubRun): string => (run.ref.startsWith('refs/tags/') ? 'tag' : 'branch');
const runUri = (run: GithubRun): string =>
  `${run.server}/${run.repository}/actions/runs/${run.runId}/attempts/${run.runAttempt}`;

/** SLSA v0.2 as slsa-github-generator's generic workflow writes it. */
export function generatorProvenanceV02(run: GithubRun, subject: SubjectJson[]): StatementJson {
  const source = { uri: sourceUri(run), digest: { sha1: run.sha } };
  const predicate = {
    builder: { id: signerUri(run) },
    buildType: 'https://github.com/slsa-framework/slsa-github-generator/generic@v1',
    invocation: {
      configSource: { ...source, entryPoint: run.workflow },
      parameters: {},
      environment: {
        github_actor: 'octocat',
        github_actor_id: '583231',
        github_base_ref: '',
        github_event_name: run.eventName,
        github_event_payload: {},
        github_head_ref: '',
        github_ref: run.ref,
        github_ref_type: refType(run),
        github_repository_id: run.repositoryId,
        github_repository_owner: run.repository.split('/')[0] ?? '',
        github_repository_owner_id: run.repositoryOwnerId,
        github_run_attempt: run.runAttempt,
        github_run_id: run.runId,
        github_run_number: '97',
        github_sha1: run.sha,
      },
    },
    metadata: {
      buildInvocationID: `${run.runId}-${run.runAttempt}`,
      completeness: { parameters: true, environment: false, materials: false },
      reproducible: false,
    },
    materials: [source],
  };
  return statement(PREDICATE.slsaV02, predicate, subject, STATEMENT_V01);
}

/**
 * SLSA v1 as slsa-github-generator's generic delegator writes it. `tool` is the reusable workflow that asked the
 * delegator, and so the builder the predicate names; the certificate names the delegator.
 */
export function delegatorProvenanceV1(
  run: GithubRun,
  subject: SubjectJson[],
  tool = 'slsa-framework/example-trw/.github/workflows/builder_high-perms_slsa3.yml@refs/tags/v2.0.0',
): StatementJson {
  const predicate = {
    buildDefinition: {
      buildType: 'https://github.com/slsa-framework/slsa-github-generator/delegator-generic@v0',
      externalParameters: { inputs: {}, vars: {} },
      internalParameters: {
        GITHUB_ACTOR_ID: '583231',
        GITHUB_EVENT_NAME: run.eventName,
        GITHUB_BASE_REF: '',
        GITHUB_REF: run.ref,
        GITHUB_REF_TYPE: refType(run),
        GITHUB_REPOSITORY: run.repository,
        GITHUB_REPOSITORY_ID: run.repositoryId,
        GITHUB_REPOSITORY_OWNER_ID: run.repositoryOwnerId,
        GITHUB_RUN_ATTEMPT: run.runAttempt,
        GITHUB_RUN_ID: run.runId,
        GITHUB_RUN_NUMBER: '97',
        GITHUB_SHA: run.sha,
        GITHUB_TRIGGERING_ACTOR_ID: '583231',
        GITHUB_WORKFLOW_REF: `${run.repository}/${run.workflow}@${run.ref}`,
        GITHUB_WORKFLOW_SHA: run.sha,
        GITHUB_EVENT_PAYLOAD: {},
      },
      resolvedDependencies: [{ uri: sourceUri(run), digest: { gitCommit: run.sha } }],
    },
    runDetails: { builder: { id: `${run.server}/${tool}` }, metadata: { invocationId: runUri(run) } },
  };
  return statement(PREDICATE.slsaV1, predicate, subject, STATEMENT_V01);
}

/** SLSA v1 as actions/attest-build-provenance writes it. */
export function githubProvenanceV1(run: GithubRun, subject: SubjectJson[]): StatementJson {
  const predicate = {
    buildDefinition: {
      buildType: 'https://actions.github.io/buildtypes/workflow/v1',
      externalParameters: {
        workflow: { ref: run.ref, repository: `${run.server}/${run.repository}`, path: run.workflow },
      },
      internalParameters: {
        github: {
          event_name: run.eventName,
          repository_id: run.repositoryId,
          repository_owner_id: run.repositoryOwnerId,
          runner_environment: run.runnerEnvironment,
        },
      },
      resolvedDependencies: [{ uri: sourceUri(run), digest: { gitCommit: run.sha } }],
    },
    runDetails: { builder: { id: signerUri(run) }, metadata: { invocationId: runUri(run) } },
  };
  return statement(PREDICATE.slsaV1, predicate, subject);
}

/** SLSA v1 as the npm CLI writes it on GitHub-hosted runners. */
export function npmProvenanceV1(run: GithubRun, subject: SubjectJson[]): StatementJson {
  const predicate = {
    buildDefinition: {
      buildType: 'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1',
      externalParameters: {
        workflow: { ref: run.ref, repository: `${run.server}/${run.repository}`, path: run.workflow },
      },
      internalParameters: {
        github: {
          event_name: run.eventName,
          repository_id: run.repositoryId,
          repository_owner_id: run.repositoryOwnerId,
        },
      },
      resolvedDependencies: [{ uri: sourceUri(run), digest: { gitCommit: run.sha } }],
    },
    runDetails: {
      builder: { id: `https://github.com/actions/runner/${run.runnerEnvironment}` },
      metadata: { invocationId: runUri(run) },
    },
  };
  return statement(PREDICATE.slsaV1, predicate, subject);
}

export interface NpmPackage {
  readonly name: string;
  readonly version: string;
}

/** A package as npm names it in subjects: `pkg:npm/%40scope/name@1.0.0` with the tarball's SHA-512. */
export function npmSubject({ name, version }: NpmPackage, tarball: Buffer): SubjectJson {
  return {
    name: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    digest: { sha512: hash('sha512', tarball).toString('hex') },
  };
}

/** The registry's own attestation that it published a version. */
export function npmPublish({ name, version }: NpmPackage, subject: SubjectJson[]): StatementJson {
  const predicate = { name, version, registry: 'https://registry.npmjs.org' };
  return statement(PREDICATE.npmPublish, predicate, subject, STATEMENT_V01);
}

/** A SLSA verification summary, v1. `overrides` replace members of the predicate. */
export function verificationSummary(
  subject: SubjectJson[],
  overrides: Record<string, unknown> = {},
): StatementJson {
  const predicate = {
    verifier: { id: 'https://verifier.local/gate', version: { 'slsa-gate': '0.1.0' } },
    timeVerified: '2026-03-01T12:00:00Z',
    resourceUri: 'pkg:generic/widget@1.2.3',
    policy: {
      uri: 'https://policies.local/release.json',
      digest: { sha256: hash('sha256', Buffer.from('policy')).toString('hex') },
    },
    inputAttestations: [
      {
        uri: 'https://attestations.local/widget.json',
        digest: { sha256: hash('sha256', Buffer.from('input')).toString('hex') },
      },
    ],
    verificationResult: 'PASSED',
    verifiedLevels: ['SLSA_BUILD_LEVEL_3'],
    slsaVersion: '1.0',
    ...overrides,
  };
  return statement(PREDICATE.vsaV1, predicate, subject);
}

/** DSSE pre-authentication encoding; lengths in octets. */
export function preAuthEncoding(payloadType: string, payload: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `),
    payload,
  ]);
}
