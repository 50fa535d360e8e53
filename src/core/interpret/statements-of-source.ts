import { refuse } from '../../errors.ts';
import type { Json } from '../model/json.ts';
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
export function compareCommit(
  digest: Readonly<Record<string, string>> | undefined,
  source: CertifiedSource,
): void {
  for (const algorithm of ['sha1', 'gitCommit']) {
    const commit = digest?.[algorithm];
    if (commit !== undefined && source.commit !== undefined && commit !== source.commit) {
      refuse('source.commit', 'predicate and certificate name different commits', {
        expected: source.commit,
        actual: commit,
      });
    }
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
export function compareVariables(variables: Readonly<Record<string, unknown>>, run: CertifiedRun): void {
  const compare = (names: readonly string[], expected: string | undefined, what: string): void => {
    for (const name of names) {
      const actual = variables[name] ?? variables[name.toUpperCase()];
      if (actual === undefined || actual === null || expected === undefined) continue;
      if (String(actual) !== expected) disagree(what, expected, String(actual));
    }
  };
  const [, runId, attempt] =
    /\/actions\/runs\/([0-9]+)\/attempts\/([0-9]+)$/.exec(run.invocation ?? '') ?? [];
  const host = `https://${run.repository.host}/`;
  compare(['github_repository_id'], run.repositoryId, 'id of the repository');
  compare(['github_repository_owner_id'], run.ownerId, 'id of the owner');
  compare(['github_event_name'], run.trigger, 'trigger');
  compare(['github_ref'], run.ref, 'source ref');
  compare(['github_sha', 'github_sha1'], run.commit, 'commit');
  compare(['github_run_id'], runId, 'run');
  compare(['github_run_attempt'], attempt, 'attempt of the run');
  compare(['github_workflow_ref'], run.workflow?.slice(host.length), 'workflow');
  compare(['github_workflow_sha'], run.workflowCommit, 'commit of the workflow');
  const repository = variables['github_repository'] ?? variables['GITHUB_REPOSITORY'];
  if (
    typeof repository === 'string' &&
    !isSameRepository(parseSourceUri(`${host}${repository}`), run.repository)
  ) {
    disagree('source repository', run.repository.uri, repository);
  }
}

/** The object `github` of internalParameters, as the actions' own attestations write it. */
export function compareGithubParameters(github: Json | undefined, run: CertifiedRun): void {
  if (typeof github !== 'object' || github === null || Array.isArray(github)) return;
  const values = github as Readonly<Record<string, Json>>;
  compareVariables(
    Object.fromEntries(Object.entries(values).map(([key, value]) => [`github_${key}`, value])),
    run,
  );
  const runner = values['runner_environment'];
  if (runner !== undefined && run.runner !== undefined && runner !== run.runner) {
    disagree('runner environment', run.runner, String(runner));
  }
}
