import { LIMITS } from '../../../core/limits.ts';
import { isJsonObject, parseJson } from '../../../core/model/json.ts';
import type { Descriptor, OciDigest } from '../../../core/model/oci/descriptor.ts';
import { INDEX_TYPE, parseManifest } from '../../../core/model/oci/manifest.ts';
import { attempt, refuse, SlsaGateError } from '../../../errors.ts';
import type { HttpAnswer } from '../../http/index.ts';
import { nextPage } from './link.ts';
import { manifestTypeOf } from './media-type.ts';
import type { Repository } from './repository.ts';

/** What a registry lists as referring to a digest. */
export interface ReferrersList {
  /** Whether it offers such lists at all. */
  readonly isOffered: boolean;
  /** Labels of whoever wrote them, each digest once. */
  readonly descriptors: readonly Descriptor[];
  /** Why the list is not whole. */
  readonly problem: SlsaGateError | undefined;
}

/**
 * Statuses of registries that do not offer lists: 404 as specified, 303 of GitHub, which leads to a page for people, and 406
 * of Artifactory.
 */
const NOT_OFFERED = [303, 404, 406];

/**
 * Lists referrers (distribution specification, "Listing Referrers"), all pages and unfiltered. Nothing that is listed is
 * known to refer to the digest until its manifest says so.
 *
 * @throws SlsaGateError for usage alone
 */
export async function listReferrers(repository: Repository, digest: OciDigest): Promise<ReferrersList> {
  const found = new Map<string, Descriptor>();
  const whole = (isOffered: boolean, problem?: SlsaGateError): ReferrersList => ({
    isOffered,
    descriptors: [...found.values()],
    problem,
  });
  try {
    let path = `referrers/${digest.text}`;
    const asked = new Set<string>();
    let bytes = 0;
    for (;;) {
      if (asked.size >= LIMITS.pages)
        refuse('source.page-limit', `the list of referrers has more than ${LIMITS.pages} pages`);
      asked.add(path);
      const answer = await askFor(repository, path, asked.size === 1);
      if (answer.status !== 200) return whole(false, problemOf(answer));
      bytes += answer.bytes.length;
      if (bytes > LIMITS.listBytes)
        refuse('limit.response', `the list of referrers is larger than ${LIMITS.listBytes} bytes`);
      const before = found.size;
      for (const descriptor of readPage(answer)) {
        const { text } = descriptor.digest;
        if (!found.has(text)) found.set(text, descriptor);
      }
      repository.prove();
      if (found.size > LIMITS.manifests) {
        found.clear();
        refuse('limit.attestations', `more than ${LIMITS.manifests} manifests are listed as referrers`);
      }
      const next = pathOfNext(repository, path, answer);
      if (next === undefined) return whole(true);
      if (asked.has(next) || found.size === before)
        refuse('limit.pages', 'pages of the list of referrers lead to each other without end');
      path = next;
    }
  } catch (error) {
    if (!(error instanceof SlsaGateError) || error.exitCode === 64) throw error;
    return whole(true, error);
  }
}

/** A registry says with 404 that it has no lists. A page for people may as well be of something on the way to it. */
const problemOf = ({ status, headers, origin }: HttpAnswer): SlsaGateError | undefined =>
  status === 404 && /^text\/html\b/i.test(headers['content-type'] ?? '')
    ? new SlsaGateError(
        'source.http-status',
        `${origin} answered with a page and status 404 for its referrers`,
        {
          expected: '200, or 404 as registries without lists answer',
          actual: '404',
          details: { origin, status },
        },
      )
    : undefined;

const askFor = (repository: Repository, path: string, isFirst: boolean): Promise<HttpAnswer> =>
  repository.ask(path, {
    headers: { accept: INDEX_TYPE },
    maxBytes: LIMITS.manifestBytes,
    maxRedirects: LIMITS.redirects,
    // No digest names a list, so whoever gives it must be the registry itself.
    mayRedirectTo: (origin) => origin === repository.session.origin,
    accept: isFirst ? NOT_OFFERED : [],
    revalidate: true,
  });

/** No digest names a list, so what is wrong with it says nothing about the image: it is only unreadable. */
function readPage(answer: HttpAnswer): readonly Descriptor[] {
  const page = attempt(() => parsePage(answer));
  if ('value' in page) return page.value;
  const { error } = page;
  if (error.exitCode !== DENIED) throw error;
  refuse('registry.malformed-response', `the list of referrers cannot be read: ${error.message}`, {
    cause: error,
  });
}

const DENIED = 1;

function parsePage(answer: HttpAnswer): readonly Descriptor[] {
  const { mediaType, kind } = manifestTypeOf(answer, 'the list of referrers');
  if (kind !== 'index')
    refuse('registry.malformed-response', 'the list of referrers is no index', { actual: mediaType });
  const filters = answer.headers['oci-filters-applied'];
  if (filters !== undefined) {
    refuse('registry.malformed-response', 'the list of referrers was filtered, and nobody asked for that', {
      actual: filters.slice(0, 200),
    });
  }
  if (isEmptyList(answer.bytes, mediaType)) return [];
  const list = parseManifest(answer.bytes, mediaType);
  return list.kind === 'index' ? list.manifests : [];
}

/**
 * An index that is right in all else and whose `manifests` is null: how servers written in Go print an empty list. Anything
 * less is not known to be a list.
 */
function isEmptyList(bytes: Uint8Array, mediaType: string): boolean {
  const json = attempt(() => parseJson(bytes, 'list of referrers', LIMITS.manifestBytes));
  if (!('value' in json) || !isJsonObject(json.value)) return false;
  const { schemaVersion, mediaType: said, manifests } = json.value;
  return manifests === null && schemaVersion === 2 && said === mediaType;
}

function pathOfNext(
  { repository, session }: Repository,
  path: string,
  answer: HttpAnswer,
): string | undefined {
  const base = `/v2/${repository}/`;
  const { origin } = session;
  const isOwn = (url: URL): boolean =>
    // Another host that we were sent to may give a page, but not lead on.
    answer.origin === origin && url.origin === origin && url.pathname.startsWith(base) && url.username === '';
  const next = nextPage(answer.headers.link, new URL(`${base}${path}`, origin), isOwn);
  return next && `${next.pathname}${next.search}`.slice(base.length);
}
