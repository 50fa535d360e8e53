import { LIMITS } from '../../../core/limits.ts';
import { parseOciDigest } from '../../../core/model/oci/descriptor.ts';
import type { ReferrerBlob } from '../../../core/model/oci/referrer.ts';
import { refuse } from '../../../errors.ts';
import { type HttpAnswer, hostAndPort } from '../../http/index.ts';
import { getBlob } from './blobs.ts';
import type { Repository } from './repository.ts';
import { readBack, refuseWrite, write } from './write.ts';

const MAX_LOCATION = 8 * 1024;

/**
 * Puts content into the repository, unless it lies there (distribution specification, "Pushing Blobs", in one piece), and
 * reads it back.
 *
 * @throws SlsaGateError `registry.write-failed`, `source.unauthorized`, `source.host-refused`, `registry.*`, `source.*`
 */
export async function pushBlob(
  repository: Repository,
  { digest, bytes, mediaType }: ReferrerBlob,
  listedHosts: ReadonlySet<string>,
): Promise<void> {
  const there = await repository.ask(`blobs/${digest}`, {
    method: 'HEAD',
    maxBytes: 0,
    maxRedirects: LIMITS.redirects,
    accept: [404],
  });
  if (there.status === 404) {
    const begun = await write(repository, 'blobs/uploads/', 'an upload', {
      method: 'POST',
      accept: [202],
      isRepeatable: true,
    });
    const address = uploadAddress(begun, digest, repository, listedHosts);
    await write(repository, address.href, digest, {
      method: 'PUT',
      headers: { 'content-type': 'application/octet-stream' },
      body: bytes,
      accept: [201],
    });
  }
  await readBack(digest, async () => {
    const found = await getBlob(repository, {
      mediaType,
      digest: parseOciDigest(digest, 'digest'),
      size: bytes.length,
      artifactType: undefined,
      annotations: {},
      platform: undefined,
      isForeign: false,
    });
    if ('absence' in found) refuseWrite('the registry does not hold what it took', { actual: digest });
  });
}

/**
 * Where the content is to be put: at the registry itself, or at a host that the user listed, which gets no credentials.
 * What stands in its query belongs to the registry, and is handed back as it came.
 */
function uploadAddress(
  { headers }: HttpAnswer,
  digest: string,
  { session: { origin }, repository }: Repository,
  listedHosts: ReadonlySet<string>,
): URL {
  const { location = '' } = headers;
  const isUsable = location !== '' && location.length <= MAX_LOCATION;
  const url = isUsable ? URL.parse(location, `${origin}/v2/${repository}/blobs/uploads/`) : null;
  if (url === null) return refuseWrite('the registry does not say where content is to be put');
  const isOwn = url.origin === origin || listedHosts.has(hostAndPort(url));
  if (!isOwn || url.username !== '' || url.password !== '') {
    refuse('source.host-refused', 'the registry wants content to be put elsewhere', {
      expected: origin,
      actual: `${url.protocol}//${url.host}`.slice(0, 200),
    });
  }
  url.hash = '';
  url.search = `${url.search === '' ? '?' : `${url.search}&`}digest=${encodeURIComponent(digest)}`;
  return url;
}
