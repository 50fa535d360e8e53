import { digestOf, parseOciDigest } from '../../../core/model/oci/digest.ts';
import type { OciReference } from '../../../core/model/oci/reference.ts';
import type { PreparedPromotion } from '../../../core/model/promotion.ts';
import { refuse } from '../../../errors.ts';
import { readImage } from './push.ts';
import type { Repository } from './repository.ts';
import { moveTag, readTag } from './tag-state.ts';
import { readBack, refuseWrite } from './write.ts';

/**
 * Reads what a tag names, so that it can be moved later to an image of the same repository, and only from there.
 *
 * @param repository without a cache
 * @throws SlsaGateError `registry.*`, `source.*`
 */
export async function preparePromotion(
  repository: Repository,
  image: OciReference,
  tag: string,
): Promise<PreparedPromotion> {
  const target = `${repository.registry}/${repository.repository}:${tag}`;
  const before = (await readTag(repository, tag))?.digest;
  return {
    target,
    before,
    promote: async (digest) => {
      const { bytes, mediaType } = await readDecided(repository, image, digest);
      await assertStillNamed(repository, image, digest);
      const now = await readTag(repository, tag);
      if (now?.digest === digest) return false;
      if (now?.digest !== before) refuseMoved(target, before, now?.digest);
      if (!(await moveTag(repository, tag, { mediaType, bytes }, now)))
        refuseMoved(target, before, 'another image, says the registry');
      const after = await readBack(`the tag ${tag}`, () => readTag(repository, tag));
      if (after === undefined)
        return refuseWrite('the registry does not hold the tag that it took', { actual: tag });
      if (after.digest !== digest) refuseMoved(target, digest, after.digest);
      return true;
    },
  };
}

/** The very bytes that were decided on: what they are called does not matter. */
async function readDecided(repository: Repository, image: OciReference, digest: string) {
  const stored = await readImage(repository, image.digest ?? parseOciDigest(digest, 'digest'));
  const actual = digestOf('sha256', stored.bytes).text;
  if (actual !== digest) {
    refuse('registry.digest-mismatch', 'the registry has another image than the one that was decided on', {
      expected: digest,
      actual,
    });
  }
  return stored;
}

/** A tag by which the image was named must still name it: what its owner now means is another image. */
async function assertStillNamed(repository: Repository, image: OciReference, digest: string): Promise<void> {
  if (image.digest !== undefined) return;
  const tag = image.tag ?? 'latest';
  const now = await readTag(repository, tag);
  if (now?.digest !== digest)
    refuseMoved(`${repository.registry}/${repository.repository}:${tag}`, digest, now?.digest);
}

const refuseMoved = (tag: string, expected: string | undefined, actual: string | undefined): never =>
  refuse('registry.tag-moved', `the tag was moved by somebody else: ${tag}`, {
    expected: expected ?? 'no such tag',
    actual: actual ?? 'no such tag',
  });
