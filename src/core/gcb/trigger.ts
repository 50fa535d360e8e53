import { refuse } from '../../errors.ts';
import type { JsonObject } from '../model/json.ts';
import type { NamedSource } from './source.ts';
import { type CloudBuildStatement, readOwnSubstitutions, readSubstitutions } from './statement.ts';

const COMMIT_NAMES = ['COMMIT_SHA', 'REVISION_ID'] as const;
/** Set by triggers of pull requests. */
const PULL_REQUEST = '_PR_NUMBER';

const pullRequestRef = (number: string): string => `refs/pull/${number}/head`;

/**
 * The ref that was built, fully qualified; undefined where no trigger named one. What the trigger's substitutions say
 * about ref and commit must agree with each other and with the source. A build of a pull request has the ref of the pull
 * request: its `BRANCH_NAME` is a branch of whoever opened it.
 *
 * @throws SlsaGateError `source.inconsistent`, `source.commit`, `predicate.schema`
 */
export function readSourceRef(signed: CloudBuildStatement, source: NamedSource): string | undefined {
  const substitutions = readSubstitutions(signed);
  for (const name of COMMIT_NAMES) {
    const commit = readText(substitutions, name);
    if (commit !== undefined && source.commit !== undefined && commit !== source.commit) {
      refuse('source.commit', 'trigger and source name different commits', {
        expected: source.commit,
        actual: commit,
        path: name,
      });
    }
  }
  const tag = readText(substitutions, 'TAG_NAME');
  const branch = readText(substitutions, 'BRANCH_NAME');
  const name = readText(substitutions, 'REF_NAME');
  if (tag !== undefined && branch !== undefined) {
    refuse('source.inconsistent', 'trigger names both a tag and a branch', {
      actual: `tag ${tag}, branch ${branch}`,
    });
  }
  const short = tag ?? branch;
  if (name !== undefined && short !== undefined && name !== short) {
    refuse('source.inconsistent', 'trigger names different refs', { expected: short, actual: name });
  }
  if (signed.version === 'v1.0') {
    // The head branch of a pull request may be called main too.
    const ref = compareRefs(source.ref, tag, branch);
    const number =
      readText(substitutions, PULL_REQUEST) ?? readText(readOwnSubstitutions(signed), PULL_REQUEST);
    return number === undefined ? ref : pullRequestRef(number);
  }
  // Whoever starts a build by hand may choose tag, branch and commit; the name of a trigger is Cloud Build's own.
  if (source.uri.startsWith('gs://') || readText(substitutions, 'TRIGGER_NAME') === undefined)
    return undefined;
  const pullRequest = readText(substitutions, PULL_REQUEST);
  if (pullRequest !== undefined) return pullRequestRef(pullRequest);
  if (tag !== undefined) return `refs/tags/${tag}`;
  return branch === undefined ? undefined : `refs/heads/${branch}`;
}

/** In provenance v1 the ref stands beside the repository; the trigger repeats it without its kind. */
function compareRefs(ref: string | undefined, tag: string | undefined, branch: string | undefined) {
  const isTag = ref?.startsWith('refs/tags/') === true;
  const isBranch = ref?.startsWith('refs/heads/') === true;
  if (tag !== undefined ? ref !== `refs/tags/${tag}` : isTag) refuseRefs(ref, `tag ${tag ?? 'none'}`);
  if (branch !== undefined && isBranch && ref !== `refs/heads/${branch}`) {
    refuseRefs(ref, `branch ${branch}`);
  }
  return ref;
}

const refuseRefs = (ref: string | undefined, actual: string): never =>
  refuse('source.inconsistent', 'source and trigger name different refs', {
    expected: ref ?? 'no ref',
    actual,
  });

/** Empty is absent: a trigger writes what it does not know as nothing. */
function readText(substitutions: JsonObject, name: string): string | undefined {
  const value = substitutions[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') {
    refuse('predicate.schema', 'a substitution of the trigger is no text', { path: name });
  }
  return value;
}
