/** Cloud Build's hosted worker; its versions are no refs of a repository. */
export const CLOUD_BUILD_WORKER = 'https://cloudbuild.googleapis.com/GoogleHostedWorker';

/** A builder as a URI and, separately, its ref. */
export interface BuilderId {
  readonly uri: string;
  /** Fully qualified, e.g. `refs/tags/v1.2.3`, or a commit; undefined where none is named. */
  readonly ref: string | undefined;
}

/** A full version; a moving `v1`, pre-releases and build metadata do not count. */
const VERSION_TAG = /^refs\/tags\/v(?:0|[1-9][0-9]{0,8})\.(?:0|[1-9][0-9]{0,8})\.(?:0|[1-9][0-9]{0,8})$/;

/**
 * Splits `uri@ref`. Undefined when there is more than one `@`: a branch may be called `x@refs/tags/v1.0.0`, so where the
 * ref starts could not be told.
 */
export function parseBuilderId(text: string): BuilderId | undefined {
  const [uri, ref, more] = text.split('@');
  if (uri === undefined || uri === '' || ref === '' || more !== undefined) return undefined;
  return { uri, ref };
}

/** As callers write it: the ref may be short, `v1.2.3` for `refs/tags/v1.2.3`, where the builder is a workflow. */
export function parseExpectedBuilderId(text: string): BuilderId | undefined {
  const id = parseBuilderId(text);
  if (id?.uri === CLOUD_BUILD_WORKER) return id;
  if (id?.ref === undefined || id.ref.startsWith('refs/') || /^[0-9a-f]{40,64}$/.test(id.ref)) return id;
  return { uri: id.uri, ref: `refs/tags/${id.ref}` };
}

export const isVersionTag = (ref: string | undefined): boolean => ref !== undefined && VERSION_TAG.test(ref);

/** Tags of JReleaser's builder carry a suffix: `v1.2.3-java`. */
const JRELEASER = 'https://github.com/jreleaser/release-action/';
const JRELEASER_TAG = /^refs\/tags\/v[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}-java$/;

/** Whether a builder is called at a full version tag of its own. */
export const isAtVersionTag = ({ uri, ref }: BuilderId): boolean =>
  isVersionTag(ref) || (uri.startsWith(JRELEASER) && ref !== undefined && JRELEASER_TAG.test(ref));

export const printBuilderId = ({ uri, ref }: BuilderId): string =>
  ref === undefined ? uri : `${uri}@${ref}`;
