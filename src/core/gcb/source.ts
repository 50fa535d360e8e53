import { refuse } from '../../errors.ts';
import { isJsonObject } from '../model/json.ts';
import { parseSourceUri } from '../model/source-uri.ts';
import type { CloudBuildStatement } from './statement.ts';

/** The source of a build as the statement names it. */
export interface NamedSource {
  /** Canonical URI of a repository, or `gs://bucket/object`. */
  readonly uri: string;
  /** Fully qualified ref; provenance v1 alone names it beside the repository. */
  readonly ref: string | undefined;
  /** Lower-case hex. */
  readonly commit: string | undefined;
}

/** A server of the customer's own, such as Bitbucket Data Center: with a port, or with a path of one segment. */
const OTHER_SERVER =
  /^https:\/\/(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9](?::[1-9][0-9]{0,4})?(?:\/[A-Za-z0-9_~][A-Za-z0-9._~-]*)+$/;

const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** Here a repository has an owner and a name, and no port. */
const HOSTED = /^https:\/\/(?:github\.com|gitlab\.com|bitbucket\.org)[:/]/;

/**
 * A source in the one form in which sources are compared: without `git+`, with a scheme, hosts in lower case. A server of
 * a customer's own, whose form {@link parseSourceUri} does not know, stays as it is written.
 *
 * @throws SlsaGateError `source.malformed`
 */
export function canonicalSource(text: string): string {
  const uri = text.replace(/^git\+/, '');
  try {
    return parseSourceUri(uri).uri;
  } catch (error) {
    if (OTHER_SERVER.test(uri) && !HOSTED.test(uri) && !uri.endsWith('.git')) return uri;
    throw error;
  }
}

/**
 * Reads the source where this version of the builder puts it: in the first material (v0.2 with `/commit/<sha>` behind the
 * repository, v0.3 with the commit as digest), or in `buildConfigSource` (provenance v1). Undefined where a build of v1
 * has no source.
 *
 * @throws SlsaGateError `source.malformed`, `source.commit`, `source.inconsistent`
 */
export function readSource(
  signed: CloudBuildStatement,
  builderVersion: string | undefined,
): NamedSource | undefined {
  if (signed.version === 'v1.0') return readConfigSource(signed.predicate.buildDefinition);
  const [material] = signed.predicate.materials ?? [];
  if (material?.uri === undefined || material.uri === '') {
    refuse('source.malformed', 'provenance names no source', { path: 'predicate.materials[0].uri' });
  }
  const { uri, digest } = material;
  if (uri.startsWith('gs://')) {
    const [object = ''] = uri.split('#', 1);
    return { uri: canonicalSource(object), ref: undefined, commit: undefined };
  }
  if (builderVersion !== 'v0.2') {
    return {
      uri: canonicalSource(uri),
      ref: undefined,
      commit: readCommit(digest?.sha1),
    };
  }
  const [repository = '', commit, more] = uri.split('/commit/');
  if (commit === undefined || more !== undefined) {
    refuse('source.malformed', 'material does not name a commit', {
      expected: '<repository>/commit/<sha>',
      actual: uri,
    });
  }
  return {
    uri: canonicalSource(repository),
    ref: undefined,
    commit: readCommit(commit),
  };
}

type BuildDefinition = Extract<CloudBuildStatement, { version: 'v1.0' }>['predicate']['buildDefinition'];

function readConfigSource({
  externalParameters,
  resolvedDependencies,
}: BuildDefinition): NamedSource | undefined {
  const source = externalParameters.buildConfigSource;
  if (source === undefined) return undefined;
  if (!isJsonObject(source) || typeof source.repository !== 'string' || typeof source.ref !== 'string') {
    refuse('source.malformed', 'source of the build has no repository or no ref', {
      path: 'predicate.buildDefinition.externalParameters.buildConfigSource',
    });
  }
  const uri = canonicalSource(source.repository);
  const ref = source.ref;
  const dependency = findGitDependency(resolvedDependencies);
  return { uri, ref, commit: readCommit(dependency?.digest?.gitCommit) };
}

/**
 * Provenance v1 names the source twice, as parameter and as resolved dependency with its commit.
 *
 * @throws SlsaGateError `source.inconsistent`, `source.malformed`
 */
export function checkResolvedSource(signed: CloudBuildStatement, source: NamedSource): void {
  if (signed.version !== 'v1.0') return;
  const dependency = findGitDependency(signed.predicate.buildDefinition.resolvedDependencies);
  const expected = `${source.uri}@${source.ref}`;
  const text = dependency?.uri ?? '';
  const at = text.indexOf('@');
  const actual = at === -1 ? text : `${canonicalSource(text.slice(0, at))}${text.slice(at)}`;
  if (actual !== expected) {
    refuse('source.inconsistent', 'source and resolved source differ', { expected, actual });
  }
}

/** The other dependencies are the images of the build's steps. */
const findGitDependency = (dependencies: BuildDefinition['resolvedDependencies']) =>
  (dependencies ?? []).find(({ digest }) => digest?.gitCommit !== undefined);

function readCommit(commit: string | undefined): string | undefined {
  if (commit !== undefined && !COMMIT.test(commit)) {
    refuse('source.commit', 'not a commit', { expected: '40 lower-case hex digits', actual: commit });
  }
  return commit;
}
