import { refuse, SlsaGateError } from '../../errors.ts';
import { isJsonObject, type Json, type JsonObject, printJson } from '../model/json.ts';
import {
  isSameRepository,
  parseSourceUri,
  parseSourceUriWithRef,
  type SourceRepository,
} from '../model/source-uri.ts';

/** What the certificate says about the build; whatever the predicate repeats must agree. */
export interface CertifiedSource {
  readonly repository: SourceRepository;
  readonly ref: string | undefined;
  readonly commit: string | undefined;
}

type CommitDigest = Readonly<Record<string, Json>>;

const disagree = (what: string, expected: string, actual: string): never =>
  refuse('source.inconsistent', `predicate and certificate differ about the ${what}`, { expected, actual });

/** Compares a URI like `git+https://github.com/o/r@refs/heads/main` with the certificate. */
export function compareSourceUri(
  uri: string | undefined,
  source: CertifiedSource,
  refIsOptional: boolean,
): void {
  if (uri === undefined) refuse('source.inconsistent', 'provenance names no source');
  const { repository, ref } = parseSourceUriWithRef(uri);
  if (!isSameRepository(repository, source.repository))
    disagree('source repository', source.repository.uri, uri);
  if (ref === undefined && !refIsOptional)
    refuse('source.inconsistent', 'source of the provenance has no ref', { actual: uri });
  if (ref !== undefined && source.ref !== undefined && ref !== source.ref)
    disagree('source ref', source.ref, ref);
}

/** Compares the commit of a digest set (`sha1` or `gitCommit`); both, when present, must agree. */
export function compareCommit(digest: CommitDigest | undefined, source: CertifiedSource): void {
  for (const algorithm of ['sha1', 'gitCommit']) {
    const commit = digest?.[algorithm];
    if (commit !== undefined && source.commit !== undefined && commit !== source.commit) {
      refuse('source.commit', 'predicate and certificate name different commits', {
        expected: source.commit,
        actual: printJson(commit),
      });
    }
  }
}

/**
 * Compares the dependencies beside the source: one that names the repository again must say the same of it, so that it
 * does not matter which of them a reader takes. What is no repository is no source.
 */
export function compareFurtherSources(
  dependencies: readonly { readonly uri?: string | undefined; readonly digest?: CommitDigest | undefined }[],
  source: CertifiedSource,
): void {
  for (const { uri, digest } of dependencies) {
    if (uri === undefined || !namesRepository(uri, source.repository)) continue;
    compareSourceUri(uri, source, true);
    compareCommit(digest, source);
  }
}

function namesRepository(uri: string, repository: SourceRepository): boolean {
  try {
    return isSameRepository(parseSourceUriWithRef(uri).repository, repository);
  } catch (error) {
    if (error instanceof SlsaGateError) return false;
    throw error;
  }
}

/** Variables of the GitHub runner as predicates repeat them, with the claim that backs each. */
export interface CertifiedRun extends CertifiedSource {
  readonly repositoryId: string | undefined;
  readonly ownerId: string | undefined;
  readonly trigger: string | undefined;
  /** `https://host/owner/name/actions/runs/ID/attempts/N` */
  readonly invocation: string | undefined;
  /** `https://host/owner/name/PATH@REF` of the workflow that was started. */
  readonly workflow: string | undefined;
  readonly workflowCommit: string | undefined;
  readonly runner: string | undefined;
}

/**
 * Compares the runner's variables that a predicate repeats (`GITHUB_REF`, or `github_ref`) with the certificate. The
 * build could have written any of them.
 */
export function compareVariables(variables: JsonObject, run: CertifiedRun): void {
  const compare = (names: readonly string[], expected: string | undefined, what: string): void => {
    for (const name of names) {
      const actual = variables[name] ?? variables[name.toUpperCase()];
      if (actual === undefined || actual === null || expected === undefined) continue;
      // Ids and numbers of runs are written as numbers too.
      if (printJson(actual) !== expected) disagree(what, expected, printJson(actual));
    }
  };
  const [, runId, attempt] =
    /\/actions\/runs\/([0-9]+)\/attempts\/([0-9]+)$/.exec(run.invocation ?? '') ?? [];
  const host = `https://${run.repository.host}/`;
  compare(['github_repository_id'], run.repositoryId, 'id of the repository');
  compare(['github_repository_owner_id'], run.ownerId, 'id of the owner');
  compare(['github_event_name'], run.trigger, 'trigger');
  compare(['github_ref'], run.ref, 'source ref');
  compare(['github_ref_type'], refTypeOf(run.ref), 'kind of the source ref');
  compare(['github_sha', 'github_sha1'], run.commit, 'commit');
  compare(['github_run_id'], runId, 'run');
  compare(['github_run_attempt'], attempt, 'attempt of the run');
  compare(['github_workflow_ref'], run.workflow?.slice(host.length), 'workflow');
  compare(['github_workflow_sha'], run.workflowCommit, 'commit of the workflow');
  const repository = variables.github_repository ?? variables.GITHUB_REPOSITORY;
  if (
    isStated(repository) &&
    !(
      typeof repository === 'string' &&
      isSameRepository(parseSourceUri(`${host}${repository}`), run.repository)
    )
  ) {
    disagree('source repository', run.repository.uri, printJson(repository));
  }
  const owner = variables.github_repository_owner ?? variables.GITHUB_REPOSITORY_OWNER;
  const [ownOwner = ''] = run.repository.path.split('/');
  if (isStated(owner) && printJson(owner).toLowerCase() !== ownOwner.toLowerCase()) {
    disagree('owner of the source repository', ownOwner, printJson(owner));
  }
}

/** Null is nothing; whatever else stands there must agree, also where it is no text. */
const isStated = (value: Json | undefined): value is Json => value !== undefined && value !== null;

/** As GitHub's runner names it; of refs of other kinds it says nothing. */
const refTypeOf = (ref: string | undefined): string | undefined =>
  ref?.startsWith('refs/tags/') === true
    ? 'tag'
    : ref?.startsWith('refs/heads/') === true
      ? 'branch'
      : undefined;

/** The object `github` of internalParameters, as the actions' own attestations write it. */
export function compareGithubParameters(github: Json | undefined, run: CertifiedRun): void {
  if (!isJsonObject(github)) return;
  compareVariables(
    Object.fromEntries(Object.entries(github).map(([key, value]) => [`github_${key}`, value])),
    run,
  );
  const runner = github.runner_environment;
  if (runner !== undefined && run.runner !== undefined && runner !== run.runner) {
    if (runner === 'github-hosted') {
      refuse('runner.self-hosted', 'predicate claims a hosted runner, the certificate another one', {
        expected: runner,
        actual: run.runner,
      });
    }
    disagree('runner environment', run.runner, printJson(runner));
  }
}
