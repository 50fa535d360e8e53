import { refuse } from '../../../errors.ts';
import { type Asset, AssetList, Release } from './answers.ts';
import type { Api } from './api.ts';
import { type Listed, nextCursor, type Page, readPages } from './pages.ts';
import { placeName, type ReleasePlace } from './place.ts';
import type { Places } from './places.ts';

/**
 * Files of a release, all pages of them; undefined where GitHub documents that there is no such release, and the
 * repository can be read with the same credential.
 *
 * @throws SlsaGateError `source.*`, `limit.*`
 */
export async function readRelease(
  api: Api,
  places: Places,
  { owner, repo, tag }: ReleasePlace,
): Promise<Listed<Asset> | undefined> {
  const release = await api.ask(
    'GET /repos/{owner}/{repo}/releases/tags/{tag}',
    { owner, repo, tag },
    Release,
  );
  if (release === undefined) {
    await places.repository({ owner, repo });
    return undefined;
  }
  const { id, tag_name: answered } = release.data;
  if (answered !== tag)
    refuse('source.malformed-response', `GitHub answered with another release than ${tag}`, {
      expected: tag,
      actual: answered.slice(0, 200),
    });
  const listed = await readPages(async (page): Promise<Page<Asset> | undefined> => {
    const answer = await api.ask(
      'GET /repos/{owner}/{repo}/releases/{release_id}/assets',
      { owner, repo, release_id: id, per_page: 100, ...(page === undefined ? {} : { page }) },
      AssetList,
    );
    if (answer === undefined) return undefined;
    const { data, link, bytes } = answer;
    return { items: data, next: nextCursor(link, api.endpoint.origin, 'page'), bytes };
  });
  if (listed === undefined)
    return refuse(
      'source.http-status',
      `the files of the release ${tag} of ${placeName({ owner, repo })} answered with status 404`,
    );
  const names = listed.items.map(({ name }) => name);
  if (new Set(names).size !== names.length)
    refuse('source.malformed-response', 'GitHub lists two files of one name in a release');
  return listed;
}

const SHA256 = /^sha256:([0-9a-f]{64})$/;

/** What GitHub says that a file's SHA-256 is; files of old releases have none. */
export const sha256Of = ({ digest }: Asset): string | undefined => SHA256.exec(digest ?? '')?.[1];
