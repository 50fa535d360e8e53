import type { Purl } from '../../../core/model/purl.ts';
import type { ResolvedArtifact } from '../../../core/source-ports.ts';
import { refuse } from '../../../errors.ts';
import type { Asset } from './answers.ts';
import type { Api } from './api.ts';
import { hashAsset } from './asset-download.ts';
import { type AssetPlace, placeName, printAssetPurl, toAssetPlace } from './place.ts';
import type { Places } from './places.ts';
import { readRelease, sha256Of } from './release.ts';

/**
 * Reads which file `pkg:github/owner/repo@tag#asset` is: the digest that GitHub keeps of it, or that of its bytes where
 * GitHub keeps none.
 *
 * @throws SlsaGateError `usage.artifact`, `usage.bad-identifier`, `release.not-found`, `source.*`, `limit.*`
 */
export async function resolveAsset(api: Api, places: Places, purl: Purl): Promise<ResolvedArtifact> {
  const place = toAssetPlace(purl);
  const asset = await findAsset(api, places, place);
  if (asset.state !== 'uploaded')
    refuse('source.unavailable', `the upload of ${place.asset} is not finished`, {
      expected: 'uploaded',
      actual: asset.state.slice(0, 100),
    });
  const sha256 = sha256Of(asset) ?? (await hashAsset(api, place, asset));
  return {
    reference: printAssetPurl(place, sha256),
    digests: { sha256 },
    purl: printAssetPurl(place),
    fileName: place.asset,
    viaIndex: undefined,
    index: undefined,
  };
}

async function findAsset(api: Api, places: Places, place: AssetPlace): Promise<Asset> {
  const listed = await readRelease(api, places, place);
  if (listed === undefined)
    return refuse('release.not-found', `${placeName(place)} has no release ${place.tag}`, {
      actual: 'no such release',
    });
  const asset = listed.items.find(({ name }) => name === place.asset);
  if (asset !== undefined) return asset;
  if (listed.failure !== undefined) throw listed.failure;
  return refuse(
    'release.not-found',
    `the release ${place.tag} of ${placeName(place)} has no file ${place.asset}`,
    {
      actual: 'no such file',
    },
  );
}
