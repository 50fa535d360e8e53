import { createHash } from 'node:crypto';
import { LIMITS } from '../../../core/limits.ts';
import { refuse, SlsaGateError } from '../../../errors.ts';
import type { Asset } from './answers.ts';
import { API_VERSION, type Api } from './api.ts';
import { asFailureOfForeign } from './collected.ts';
import { ASSET_HOSTS, isAllowedHost } from './hosts.ts';
import type { RepositoryPlace } from './place.ts';

const DOWNLOAD_MS = 15 * 60_000;

/**
 * Hashes a file of a release while it is read.
 *
 * @throws SlsaGateError `source.*`, `limit.*`
 */
export async function hashAsset(api: Api, place: RepositoryPlace, asset: Asset): Promise<string> {
  for (let tries = 1; ; tries++) {
    const hash = createHash('sha256');
    let length = 0;
    try {
      await download(api, place, asset, LIMITS.downloadBytes, (chunk) => {
        hash.update(chunk);
        length += chunk.length;
      });
    } catch (error) {
      // The client cannot begin again what it already handed on.
      if (tries < 2 && error instanceof SlsaGateError && error.finding === 'source.unavailable') continue;
      throw error;
    }
    checkLength(asset, length);
    return hash.digest('hex');
  }
}

/**
 * A file of a release.
 *
 * @throws SlsaGateError `source.*`, `limit.*`
 */
export async function readAsset(
  api: Api,
  place: RepositoryPlace,
  asset: Asset,
  maxBytes: number,
): Promise<Uint8Array> {
  const bytes = await download(api, place, asset, maxBytes);
  checkLength(asset, bytes.length);
  return bytes;
}

function checkLength({ name, size }: Asset, length: number): void {
  if (length !== size)
    refuse(
      'source.malformed-response',
      `the file ${name.slice(0, 100)} of a release is not as long as GitHub says`,
      {
        expected: String(size),
        actual: String(length),
      },
    );
}

/**
 * Asks the API, which answers with the file or with where it lies. The address is made of the number alone, never of one
 * that an answer named; the credential stays with the API.
 */
async function download(
  { http, endpoint }: Api,
  { owner, repo }: RepositoryPlace,
  { id, name, size }: Asset,
  maxBytes: number,
  onChunk?: (chunk: Uint8Array) => void,
): Promise<Uint8Array> {
  if (size > maxBytes)
    refuse('limit.response', `the file ${name.slice(0, 100)} of a release is larger than ${maxBytes} bytes`);
  try {
    const { bytes } = await http.request(`${endpoint.url}/repos/${owner}/${repo}/releases/assets/${id}`, {
      maxBytes,
      totalTimeoutMs: DOWNLOAD_MS,
      headers: { accept: 'application/octet-stream', 'x-github-api-version': API_VERSION },
      anonymous: true,
      credentials: endpoint.credentials,
      maxRedirects: LIMITS.redirects,
      mayRedirectTo: (origin) =>
        origin === endpoint.origin || isAllowedHost(new URL(origin), ASSET_HOSTS, endpoint),
      ...(onChunk === undefined ? {} : { onChunk }),
    });
    return bytes;
  } catch (error) {
    throw asFailureOfForeign(error);
  }
}
