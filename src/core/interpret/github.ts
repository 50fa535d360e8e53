import type * as z from 'zod/mini';
import { refuse } from '../../errors.ts';
import { type BuilderId, isAtVersionTag, parseBuilderId, printBuilderId } from '../model/builder-id.ts';
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
  compareFurtherSources,
  compareGithubParameters,
  compareSourceUri,
  compareVariables,
} from './statements-of-source.ts';

export interface InterpretOptions {
  /** The caller gave up that builders are called at a version tag. */
  readonly allowBuilderRefUnsafe: boolean;
}

/**
 * Interprets SLSA provenance that a GitHub Actions workflow signed: builder, source, trigger and runner are taken from
 * the certificate, and everything that the predicate repeats must agree with it.
 *
 * @throws SlsaGateError `predicate.schema`, `builder.mismatch`, `builder.build-type`, `builder.ref`,
 *   `source.inconsistent`, `source.commit`, `source.malformed`, `runner.self-hosted`, `cert.claim-missing`
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
  // Elsewhere the job that is built writes the event into its own provenance.
  const inputs =
    run.trigger === 'workflow_dispatch' && isGenerator(signingWorkflow.uri)
      ? eventInputs(predicate.event)
      : undefined;
  const names = delegated
    ? { builder: readDelegatedBuilder(predicate.builderId, options), builderAliases: [] }
    : {
        builder: signingWorkflow,
        builderAliases: readAliases(predicate.builderId, signingWorkflow, run.runner),
      };
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
    baseBranch: isGenerator(signingWorkflow.uri) ? baseBranch(predicate.event) : undefined,
    workflowInputs: inputs,
    parameters: inputs,
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
  const signerUri =
    claims.buildSignerUri ?? (claims.sourceRepositoryUri === undefined ? subject.value : undefined);
  if (signerUri === undefined) refuse('cert.claim-missing', 'certificate does not name the signing workflow');
  if (signerUri !== subject.value) {
    refuse('builder.mismatch', 'certificate names two signing workflows', {
      expected: signerUri,
      actual: subject.value,
    });
  }
  const builder = parseBuilderId(signerUri);
  if (builder?.ref === undefined) {
    refuse('builder.ref', 'certificate names the signing workflow ambiguously', { actual: signerUri });
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
  /** Payload of the event that started the run, as the builder copied it. */
  readonly event: JsonObject | undefined;
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

function readV02(predicate: z.infer<ReturnType<typeof PredicateV02>>): ReadPredicate {
  const { builder, buildType, invocation, materials } = predicate;
  const environment = asObject(invocation?.environment);
  return {
    type: PROVENANCE_TYPES.v02,
    builderId: builder.id,
    buildType,
    event: asObject(environment?.github_event_payload ?? environment?.GITHUB_EVENT_PAYLOAD),
    compare(run, delegated) {
      const config = invocation?.configSource;
      compareSourceUri(config?.uri, run, false);
      compareCommit(config?.digest, run);
      const [material, ...others] = materials ?? [];
      compareSourceUri(material?.uri, run, delegated || isEarlyNpm(buildType));
      if (!delegated) compareCommit(material?.digest, run);
      if (!delegated) compareFurtherSources(others, run);
      if (environment !== undefined) compareVariables(environment, run);
    },
  };
}

function readV1(predicate: z.infer<ReturnType<typeof PredicateV1>>): ReadPredicate {
  const { buildType, externalParameters, internalParameters, resolvedDependencies } =
    predicate.buildDefinition;
  const external = externalParameters as JsonObject;
  return {
    type: PROVENANCE_TYPES.v1,
    builderId: predicate.runDetails.builder.id,
    buildType,
    event: asObject(asObject(internalParameters)?.GITHUB_EVENT_PAYLOAD),
    compare(run, delegated) {
      const [dependency, ...others] = resolvedDependencies ?? [];
      compareSourceUri(dependency?.uri, run, delegated);
      // A delegated builder may commit during the release and build that commit.
      if (!delegated) compareCommit(dependency?.digest, run);
      if (!delegated) compareFurtherSources(others, run);
      compareWorkflow(external.workflow, run);
      compareSourceParameter(external.source, run);
      const internal = asObject(internalParameters) ?? {};
      compareVariables(internal, run);
      compareGithubParameters(internal.github, run);
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
  compareSourceUri(typeof source.uri === 'string' ? source.uri : undefined, run, false);
  const digest = source.digest;
  if (isJsonObject(digest)) compareCommit(digest, run);
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
  if (!isAtVersionTag(builder) && !options.allowBuilderRefUnsafe) {
    refuse('builder.ref', 'delegated builder is not at a version tag', {
      expected: 'refs/tags/vX.Y.Z',
      actual: builder.ref,
    });
  }
  return builder;
}

/**
 * Further names of the builder. The predicate's builder id must be the signing workflow or a runner of the kind that the
 * certificate names; the builders of slsa-github-generator always name themselves.
 */
function readAliases(builderId: string, workflow: BuilderId, runner: string | undefined): readonly string[] {
  if (builderId === printBuilderId(workflow)) return [];
  if (!isGenerator(workflow.uri)) {
    if (builderId === RUNNER_BUILDERS.legacy || NPM_CLI_BUILDER.test(builderId)) {
      // These ids do not say what kind of runner it was: the certificate does, if it is new enough.
      return runner === 'github-hosted' ? [builderId, RUNNER_BUILDERS.hosted] : [builderId];
    }
    if (builderId === RUNNER_BUILDERS.hosted && runner === 'github-hosted') return [builderId];
    if (builderId === RUNNER_BUILDERS.selfHosted && runner === 'self-hosted') return [builderId];
    if (builderId === RUNNER_BUILDERS.hosted) {
      if (runner === undefined) {
        refuse('cert.claim-missing', 'predicate claims a hosted runner, the certificate names none', {
          expected: 'github-hosted',
          actual: 'none',
        });
      }
      refuse('runner.self-hosted', 'predicate claims a hosted runner, the certificate another one', {
        expected: 'github-hosted',
        actual: runner,
      });
    }
  }
  refuse('builder.mismatch', 'predicate and certificate name different builders', {
    expected: printBuilderId(workflow),
    actual: builderId,
  });
}

const asObject = (value: unknown): JsonObject | undefined => (isJsonObject(value) ? value : undefined);

const eventInputs = (event: JsonObject | undefined): JsonObject | undefined => asObject(event?.inputs);

/** Builders that write the provenance in a workflow of their own, out of reach of the job that is built. */
const isGenerator = (uri: string): boolean => (Object.values(BUILDERS) as string[]).includes(uri);

const BRANCH = 'refs/heads/';

/**
 * The branch that a tag was pushed from, or that a release was made from, as GitHub's event says; undefined where it does
 * not say.
 */
function baseBranch(event: JsonObject | undefined): string | undefined {
  const base = event?.base_ref;
  if (typeof base === 'string') return base.startsWith(BRANCH) ? base : undefined;
  const target = asObject(event?.release)?.target_commitish;
  if (typeof target !== 'string' || target === '' || /^[0-9a-f]{40}$/.test(target)) return undefined;
  return target.startsWith('refs/') ? undefined : `${BRANCH}${target}`;
}
