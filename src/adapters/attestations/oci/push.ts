import { digestOf, type OciDigest, parseOciDigest } from '../../../core/model/oci/digest.ts';
import {
  type AttachedReferrers,
  type EncodedReferrer,
  encodeReferrer,
  type Referrer,
  type ReferrersPlace,
} from '../../../core/model/oci/referrer.ts';
import { refuse } from '../../../errors.ts';
import { listUnderTag } from './fallback-list.ts';
import { fallbackTag } from './look.ts';
import { getManifest, type StoredManifest } from './manifests.ts';
import { listReferrers } from './referrers.ts';
import type { Repository } from './repository.ts';
import { pushBlob } from './upload.ts';
import { readBack, refuseWrite, write } from './write.ts';

export interface PushOptions {
  /** `host:port` to which content may be put beside the registry itself. */
  readonly listedHosts: ReadonlySet<string>;
}

/**
 * Hangs documents on an image, and reads everything back: blobs, manifests, and the list in which others find them.
 *
 * @param repository without a cache: what is read back must come from the registry
 * @throws SlsaGateError `registry.write-failed`, `registry.not-found`, `registry.*`, `source.*`
 */
export async function attachReferrers(
  repository: Repository,
  named: OciDigest,
  referrers: readonly Referrer[],
  { listedHosts }: PushOptions,
): Promise<AttachedReferrers> {
  const { mediaType, bytes } = await readImage(repository, named);
  // By which everybody asks, whatever digest names it here.
  const image = digestOf('sha256', bytes);
  const subject = { mediaType, digest: image.text, size: bytes.length };
  const encoded = referrers.map((referrer) => encodeReferrer(referrer, subject));
  const blobs = new Map(encoded.flatMap((one) => one.blobs.map((blob) => [blob.digest, blob])));
  for (const blob of blobs.values()) await pushBlob(repository, blob, listedHosts);
  let isListing = true;
  for (const one of encoded) isListing = (await pushManifest(repository, image, one)) && isListing;
  const place = await makeFindable(repository, image, encoded, isListing);
  return {
    place,
    referrers: encoded.map(({ descriptor, blobs: [, document] }) => ({
      digest: descriptor.digest,
      document: document?.digest ?? '',
    })),
  };
}

/**
 * The image that a digest names, whose bytes were hashed.
 *
 * @throws SlsaGateError `registry.not-found`, `registry.*`, `source.*`
 */
export async function readImage(repository: Repository, image: OciDigest): Promise<StoredManifest> {
  if (repository.cache !== undefined) throw new TypeError('what is written is read back from the registry');
  const found = await getManifest(repository, image);
  if ('content' in found) return found.content;
  const place = `${repository.registry}/${repository.repository}`;
  return refuse('registry.not-found', `${place} has no ${image.text}`, {
    actual: image.text,
    hint: 'Compare the reference with what was pushed; registries also say this to whom they do not show it.',
  });
}

/** @returns whether the registry says that it will list the manifest as a referrer of the image */
async function pushManifest(
  repository: Repository,
  image: OciDigest,
  { descriptor, manifest }: EncodedReferrer,
): Promise<boolean> {
  const { digest, mediaType } = descriptor;
  const { headers } = await write(repository, `manifests/${digest}`, digest, {
    method: 'PUT',
    headers: { 'content-type': mediaType },
    body: manifest,
    accept: [201],
    isRepeatable: true,
  });
  await readBack(digest, async () => {
    const found = await getManifest(repository, parseOciDigest(digest, 'digest'));
    if ('absence' in found) refuseWrite('the registry does not hold what it took', { actual: digest });
  });
  return headers['oci-subject'] === image.text;
}

/**
 * Makes sure that all of them are listed: by the registry, or under the tag where it lists none (distribution specification,
 * "Pushing Manifests with Subject").
 */
async function makeFindable(
  repository: Repository,
  image: OciDigest,
  encoded: readonly EncodedReferrer[],
  isListing: boolean,
): Promise<ReferrersPlace> {
  const { isOffered, descriptors, problem } = await readBack('the list of referrers', () =>
    listReferrers(repository, image),
  );
  const listed = new Set(descriptors.map(({ digest }) => digest.text));
  const missing = encoded.filter(({ descriptor }) => !listed.has(descriptor.digest));
  if (isOffered && missing.length === 0) return { kind: 'referrers' };
  if (isOffered && problem !== undefined) {
    await readBack('the list of referrers', () => Promise.reject(problem));
  }
  if (isOffered && isListing) {
    refuseWrite('the registry does not list what it took as a referrer', {
      actual: missing[0]?.descriptor.digest ?? '',
    });
  }
  const tag = fallbackTag(image);
  await listUnderTag(
    repository,
    tag,
    encoded.map(({ descriptor }) => descriptor),
  );
  return { kind: 'tag', tag };
}
