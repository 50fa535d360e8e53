import { refuse } from '../../errors.ts';
import { LIMITS } from '../limits.ts';

/** A repository as all parts of the gate compare it. */
export interface SourceRepository {
  /** `https://host/path`, host in lower case; on github.com owner and name too, where case does not count. */
  readonly uri: string;
  readonly host: string;
  /** `owner/name`, or with groups in between. */
  readonly path: string;
}

/** Hosts on which two spellings that differ in case name the same repository. */
const CASE_INSENSITIVE_HOSTS = new Set(['github.com', 'gitlab.com', 'bitbucket.org']);

const HOST = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/;
const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9._-]*$|^\.[A-Za-z0-9._-]*[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/** An archive in Google Cloud Storage that Cloud Build built from; its generation, behind `#`, is no part of its name. */
const STORAGE_OBJECT =
  /^gs:\/\/([a-z0-9][a-z0-9._-]{1,220}[a-z0-9](?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]{1,255}){1,20})$/;
const STORAGE_HOST = 'storage.googleapis.com';

/**
 * The one canonicaliser of repository URIs. Accepts `[git+]https://host/owner/name` and `host/owner/name`, and
 * `gs://bucket/object`, which only provenance of Cloud Build names; refuses
 * everything that could name two repositories: other schemes, user names, ports, queries, fragments, percent signs,
 * dots as segments, a trailing slash or `.git`, characters outside ASCII. That the repository exists is not asked.
 *
 * ```ts
 * parseSourceUri('git+https://github.com/Octo-Org/Widget');
 * // { uri: 'https://github.com/octo-org/widget', host: 'github.com', path: 'octo-org/widget' }
 * ```
 *
 * @throws SlsaGateError `source.malformed`
 * @see SPDX package download location, for the `git+` form
 */
export function parseSourceUri(text: string): SourceRepository {
  const fail = (): never =>
    refuse('source.malformed', 'not a repository URI in canonical form', {
      expected: 'github.com/owner/repository or https://host/owner/repository',
      actual: text,
    });
  // Before any expression is tried: provenance can hold megabytes of one text.
  if (text.length > LIMITS.sourceUriLength) fail();
  const object = STORAGE_OBJECT.exec(text);
  if (object?.[1] !== undefined) return { uri: text, host: STORAGE_HOST, path: object[1] };
  const rest = text.replace(/^git\+/, '').replace(/^https:\/\//, '');
  const [rawHost, ...segments] = rest.split('/');
  // Letters alone: the lower case of some other characters is a letter of ASCII too.
  const host = (rawHost ?? '').replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  if (!HOST.test(host) || host.length > 253) fail();
  const isGithub = host === 'github.com';
  if (segments.length < 2 || segments.length > 20 || (isGithub && segments.length !== 2)) fail();
  for (const segment of segments) {
    if (segment.length > 255 || !SEGMENT.test(segment) || segment.toLowerCase().endsWith('.git')) fail();
  }
  const path = segments.join('/');
  const canonicalPath = CASE_INSENSITIVE_HOSTS.has(host) ? path.toLowerCase() : path;
  return { uri: `https://${host}/${canonicalPath}`, host, path: canonicalPath };
}

/** A repository with a ref behind `@`, as provenance writes it: `git+https://github.com/o/r@refs/heads/main`. */
export function parseSourceUriWithRef(text: string): {
  repository: SourceRepository;
  ref: string | undefined;
} {
  const at = text.indexOf('@');
  if (at === -1) return { repository: parseSourceUri(text), ref: undefined };
  const ref = text.slice(at + 1);
  if (ref === '') refuse('source.malformed', 'source URI has an empty ref', { actual: text });
  return { repository: parseSourceUri(text.slice(0, at)), ref };
}

export const isSameRepository = (a: SourceRepository, b: SourceRepository): boolean => a.uri === b.uri;
