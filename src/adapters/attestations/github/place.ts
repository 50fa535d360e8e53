import type { Purl } from '../../../core/model/purl.ts';
import { GITHUB_OWNER, GITHUB_REPO } from '../../../core/model/source-name.ts';
import { refuse } from '../../../errors.ts';

/** A repository. */
export interface RepositoryPlace {
  readonly owner: string;
  readonly repo: string;
}

/** A repository, or all repositories of an organisation or user. */
export interface SourcePlace {
  readonly owner: string;
  readonly repo?: string | undefined;
}

export interface ReleasePlace extends RepositoryPlace {
  readonly tag: string;
}

/** Of what git allows, what release tags are made of. */
const TAG = /^(?![-/.])(?!.*(?:\.\.|\/\/|@\{|\.lock$|[/.]$))[A-Za-z0-9._/+@-]{1,200}$/;
const ASSET = /^(?!\.{1,2}$)[^\u0000-\u0020\u007f-\u009f/\\?#%]{1,255}$/u;

/** Names become part of a path, so nothing in them may lead elsewhere. */
function check(kind: string, name: string, pattern: RegExp): void {
  if (!pattern.test(name)) {
    refuse('usage.bad-identifier', `not the name of ${kind} at GitHub`, { actual: name.slice(0, 200) });
  }
}

/** @throws SlsaGateError `usage.bad-identifier` */
export function checkPlace({ owner, repo }: SourcePlace): void {
  check('an owner', owner, GITHUB_OWNER);
  if (repo !== undefined) check('a repository', repo, GITHUB_REPO);
}

/** @throws SlsaGateError `usage.bad-identifier` */
export function checkRelease({ tag, ...place }: ReleasePlace): void {
  checkPlace(place);
  check('a release tag', tag, TAG);
}

export const placeName = ({ owner, repo }: SourcePlace): string =>
  repo === undefined ? owner : `${owner}/${repo}`;

/** A file of a release. */
export interface AssetPlace extends ReleasePlace {
  readonly asset: string;
}

/**
 * Reads `pkg:github/owner/repo@tag#asset`; a `checksum` beside it is for the caller to compare.
 *
 * @throws SlsaGateError `usage.artifact`, `usage.bad-identifier`
 */
export function toAssetPlace({ type, name, version, qualifiers, subpath }: Purl): AssetPlace {
  const [owner = '', repo = '', ...more] = name.split('/');
  const others = [...qualifiers.keys()].filter((key) => key !== 'checksum');
  if (
    type !== 'github' ||
    more.length > 0 ||
    version === undefined ||
    subpath === undefined ||
    others.length > 0
  )
    refuse('usage.artifact', 'not a purl of a release asset', {
      expected: 'pkg:github/owner/repo@tag#asset',
    });
  const place = { owner, repo, tag: version, asset: subpath };
  checkRelease(place);
  check('a release asset', subpath, ASSET);
  return place;
}

/** The one spelling of the purl; pinned where a digest is given. */
export function printAssetPurl({ owner, repo, tag, asset }: AssetPlace, sha256?: string): string {
  const checksum = sha256 === undefined ? '' : `?checksum=sha256:${sha256}`;
  const path = `${owner}/${repo}`.toLowerCase();
  return `pkg:github/${path}@${encodeURIComponent(tag)}${checksum}#${encodeURIComponent(asset)}`;
}
