import type * as z from 'zod/mini';
import { refuse } from '../../errors.ts';
import { type BuilderId, isVersionTag, parseBuilderId, printBuilderId } from '../model/builder-id.ts';
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import {
  BUILDERS,
  buildTypesOf,
  isDelegator,
  NPM_CLI_BUILDER,
  RUNNER_BUILDERS,
} from '../model/known-builders.ts';
import { PROVENANCE_TYPES, type Provenance } from '../model/provenance.ts';
import { parseSourceUri } from '../model/source-uri.ts';
import type { Statement } from '../model/statement.ts';
import type { CertificateSigner } from '../verify/verify-bundle.ts';
import { PredicateV1, PredicateV02, parsePredicate } from './predicate-schemas.ts';
import {
  type CertifiedRun,
  compareCommit,
  compareGithubParameters,
  compareSourceUri,
  compareVariables,
} from './statements-of-source.ts';

/** Tags of JReleaser's builder carry a suffix: `v1.2.3-java`. */
const JRELEASER = 'https://github.com/jreleaser/release-action/';
const JRELEASER_TAG = /^refs\/tags\/v[0-9]+\.[0-9]+\.[0-9]+-java$/;

export interface InterpretOptions {
  /** The caller gave up that builders are called at a version tag. */
  readonly allowBuilderRefUnsafe: boolean;
}

/**
 * Interprets SLSA provenance that a GitHub Actions workflow signed: builder, source, trigger and runner are taken from
 * the certificate, and everything that the predicate repeats must agree with it.
 *
 * @throws SlsaGateError `predicate.schema`, `builder.mismatch`, `builder.build-type`, `builder.ref`,
 *   `source.inconsistent`, `source.commit`, `source.malformed`, `cert.claim-missing`
 */
export function interpretGithubProvenance(
  statement: Statement,
  signer: CertificateSigner,
  options: InterpretOptions,
): Provenance {
  const { run, builder: signingWorkflow } = readRun(signer);
  const predicate = readPredicate(statement);
  const delegated = isDelegator(signingWorkflow.uri);
  const buildTypes = buildTypesOf(signingWorkflow.uri);
  if (buildTypes !== undefined && !buildTypes.includes(predicate.buildType)) {
    refuse('builder.build-type', 'build type does not belong to this builder', {
      expected: buildTypes.join(' or '),
      actual: predicate.buildType,
    });
  }
  predicate.compare(run, delegated);
  const names = delegated
    ? { builder: readDelegatedBuilder(predicate.builderId, options), builderAlias: undefined }
    : { builder: signingWorkflow, builderAlias: readAlias(predicate.builderId, signingWorkflow, run.runner) };
  return {
    predicateType: predicate.type,
    ...names,
    delegator: delegated ? signingWorkflow : undefined,
    buildType: predicate.buildType,
    sourceUri: run.repository.uri,
    sourceRef: run.ref,
    sourceCommit: run.commit,
    repositoryId: run.repositoryId,
    ownerId: run.ownerId,
    workflowInputs: run.trigger === 'workflow_dispatch' ? predicate.workflowInputs : undefined,
    trigger: run.trigger,
    runnerEnvironment: run.runner,
  };
}

/** Certificates from before 2023 have the deprecated claims alone: no ids, no runner, the workflow in the SAN. */
function readRun({ claims, subject }: CertificateSigner): { run: CertifiedRun; builder: BuilderId } {
  const repositoryUri =
    claims.sourceRepositoryUri ??
    (claims.githubWorkflowRepository && `https://github.com/${claims.githubWorkflowRepository}`);
  if (repositoryUri === undefined)
    refuse('cert.claim-missing', 'certificate does not name the source repository');
  const builder = parseBuilderId(claims.buildSignerUri ?? subject.value);
  if (builder?.ref === undefined) {
    refuse('builder.ref', 'certificate names the signing workflow ambiguously', {
      actual: claims.buildSignerUri ?? subject.value,
    });
  }
  return {
    builder,
    run: {
      repository: parseSourceUri(repositoryUri),
      ref: claims.sourceRepositoryRef ?? claims.githubWorkflowRef,
      commit: claims.sourceRepositoryDigest ?? claims.githubWorkflowSha,
      repositoryId: claims.sourceRepositoryIdentifier,
      ownerId: claims.sourceRepositoryOwnerIdentifier,
      trigger: claims.buildTrigger ?? claims.githubWorkflowTrigger,
      invocation: claims.runInvocationUri,
      workflow: claims.buildConfigUri,
      workflowCommit: claims.buildConfigDigest,
      runner: claims.runnerEnvironment,
    },
  };
}

interface ReadPredicate {
  readonly type: Provenance['predicateType'];
  readonly builderId: string;
  readonly buildType: string;
  readonly workflowInputs: JsonObject | undefined;
  compare(run: CertifiedRun, delegated: boolean): void;
}

function readPredicate(statement: Statement): ReadPredicate {
  switch (statement.predicateType) {
    case PROVENANCE_TYPES.v02:
      return readV02(parsePredicate(PredicateV02, statement.predicate, 'SLSA provenance v0.2'));
    case PROVENANCE_TYPES.v1:
      return readV1(parsePredicate(PredicateV1, statement.predicate, 'SLSA provenance v1'));
    default:
      refuse('predicate.type', 'workflows sign SLSA provenance v0.2 or v1', {
        actual: statement.predicateType,
      });
  }
}

/** Until version 2 of its build type the npm CLI left the ref out of its material. */
const isEarlyNpm = (buildType: string): boolean => buildType.startsWith('https://github.com/npm/cli/gha@v');

function readV02(predicate: z.infer<typeof PredicateV02>): ReadPredicate {
  const { builder, buildType, invocation, materials } = predicate;
  const environment = asObject(invocation?.environment);
  return {
    type: PROVENANCE_TYPES.v02,
    builderId: builder.id,
    buildType,
    workflowInputs: eventInputs(
      environment?.['github_event_payload'] ?? environment?.['GITHUB_EVENT_PAYLOAD'],
    ),
    compare(run, delegated) {
      const config = invocation?.configSource;
      compareSourceUri(config?.uri, run, false);
      compareCommit(config?.digest, run);
      const [material] = materials ?? [];
      compareSourceUri(material?.uri, run, delegated || isEarlyNpm(buildType));
      if (!delegated) compareCommit(material?.digest, run);
      if (environment !== undefined) compareVariables(environment, run);
    },
  };
}

function readV1(predicate: z.infer<typeof PredicateV1>): ReadPredicate {
  const { buildType, externalParameters, internalParameters, resolvedDependencies } =
    predicate.buildDefinition;
  const external = externalParameters as JsonObject;
  return {
    type: PROVENANCE_TYPES.v1,
    builderId: predicate.runDetails.builder.id,
    buildType,
    workflowInputs: eventInputs(asObject(internalParameters)?.['GITHUB_EVENT_PAYLOAD']),
    compare(run, delegated) {
      const [dependency] = resolvedDependencies ?? [];
      compareSourceUri(dependency?.uri, run, delegated);
      // A delegated builder may commit during the release and build that commit.
      if (!delegated) compareCommit(dependency?.digest, run);
      compareWorkflow(external['workflow'], run);
      compareSourceParameter(external['source'], run);
      const internal = asObject(internalParameters) ?? {};
      compareVariables(internal, run);
      compareGithubParameters(internal['github'], run);
      compareInvocation(predicate.runDetails.metadata?.invocationId, run);
    },
  };
}

/** `externalParameters.workflow` of GitHub's own build type: the workflow that was started. */
function compareWorkflow(workflow: Json | undefined, run: CertifiedRun): void {
  if (!isJsonObject(workflow)) return;
  const { repository, path, ref } = workflow;
  if (typeof repository !== 'string' || typeof path !== 'string' || typeof ref !== 'string') {
    refuse('predicate.schema', 'workflow of the provenance lacks repository, path or ref');
  }
  compareSourceUri(repository, run, true);
  const actual = `${repository}/${path}@${ref}`;
  if (run.workflow !== undefined && actual.toLowerCase() !== run.workflow.toLowerCase()) {
    refuse('source.inconsistent', 'predicate and certificate differ about the workflow', {
      expected: run.workflow,
      actual,
    });
  }
}

/** `externalParameters.source` of the container-based builder. */
function compareSourceParameter(source: Json | undefined, run: CertifiedRun): void {
  if (!isJsonObject(source)) return;
  compareSourceUri(typeof source['uri'] === 'string' ? source['uri'] : undefined, run, false);
  const digest = source['digest'];
  if (isJsonObject(digest)) compareCommit(digest as Readonly<Record<string, string>>, run);
}

function compareInvocation(invocation: string | undefined, run: CertifiedRun): void {
  if (invocation?.startsWith('https://') !== true || run.invocation === undefined) return;
  if (invocation.toLowerCase() !== run.invocation.toLowerCase()) {
    refuse('source.inconsistent', 'predicate and certificate differ about the run', {
      expected: run.invocation,
      actual: invocation,
    });
  }
}

/** A delegator signs in the name of the builder that called it, and that one must be at a version tag too. */
function readDelegatedBuilder(builderId: string, options: InterpretOptions): BuilderId {
  const builder = parseBuilderId(builderId);
  if (builder?.ref === undefined)
    refuse('builder.ref', 'delegated builder has no ref', { actual: builderId });
  const atTag = builder.uri.startsWith(JRELEASER)
    ? JRELEASER_TAG.test(builder.ref)
    : isVersionTag(builder.ref);
  if (!atTag && !options.allowBuilderRefUnsafe) {
    refuse('builder.ref', 'delegated builder is not at a version tag', {
      expected: 'refs/tags/vX.Y.Z',
      actual: builder.ref,
    });
  }
  return builder;
}

/**
 * The predicate's builder id must be the signing workflow or a runner of the kind that the certificate names. The
 * builders of slsa-github-generator always name themselves.
 */
function readAlias(builderId: string, workflow: BuilderId, runner: string | undefined): string | undefined {
  if (builderId === printBuilderId(workflow)) return undefined;
  const isGenerator = (Object.values(BUILDERS) as string[]).includes(workflow.uri);
  if (!isGenerator) {
    if (builderId === RUNNER_BUILDERS.legacy || NPM_CLI_BUILDER.test(builderId)) {
      // These ids do not say what kind of runner it was: the certificate does, if it is new enough.
      return runner === 'github-hosted' ? RUNNER_BUILDERS.hosted : builderId;
    }
    if (builderId === RUNNER_BUILDERS.hosted && (runner ?? 'github-hosted') === 'github-hosted')
      return builderId;
    if (builderId === RUNNER_BUILDERS.selfHosted && runner === 'self-hosted') return builderId;
  }
  refuse('builder.mismatch', 'predicate and certificate name different builders', {
    expected: printBuilderId(workflow),
    actual: builderId,
  });
}

const asObject = (value: unknown): JsonObject | undefined => (isJsonObject(value) ? value : undefined);

function eventInputs(payload: Json | undefined): JsonObject | undefined {
  return isJsonObject(payload) ? asObject(payload['inputs']) : undefined;
}
