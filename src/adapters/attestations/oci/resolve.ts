import { hash } from 'node:crypto';
import { digestOf, parseOciDigest } from '../../../core/model/oci/digest.ts';
import { isPlatform } from '../../../core/model/oci/platform.ts';
import { toOciPurl } from '../../../core/model/oci/purl.ts';
import { type OciReference, pinnedReference } from '../../../core/model/oci/reference.ts';
import type { IndexBytes, ResolvedArtifact, ResolveOptions } from '../../../core/source-ports.ts';
import { attempt, refuse } from '../../../errors.ts';
import { type Found, getManifest, type StoredManifest } from './manifests.ts';
import { checkPlatforms } from './platforms.ts';
import type { Repository } from './repository.ts';

/**
 * Reads an image: its digest is that of the bytes which came, whatever the registry says of them.
 *
 * @param getTag reads a tag, the first time that it is asked for
 * @throws SlsaGateError `registry.*`, `source.*`, `limit.*`, `subject.platform-not-covered`, `usage.artifact`
 */
export async function resolveImage(
  repository: Repository,
  image: OciReference,
  { viaIndex }: ResolveOptions,
  getTag: (tag: string) => Promise<Found<StoredManifest>>,
): Promise<ResolvedArtifact> {
  const found =
    image.digest === undefined
      ? await getTag(image.tag ?? 'latest')
      : await getManifest(repository, image.digest);
  const stored = contentOf(found, image.digest?.text ?? image.tag ?? '', repository);
  await checkPlatforms(repository, stored.manifest);
  const sha256 = digestOf('sha256', stored.bytes);
  repository.resolved.set(sha256.text, stored.manifest);
  return {
    reference: pinnedReference(image, stored.digest),
    digests: {
      sha256: sha256.hex,
      sha384: hash('sha384', stored.bytes, 'hex'),
      sha512: hash('sha512', stored.bytes, 'hex'),
    },
    purl: toOciPurl(image, sha256),
    fileName: undefined,
    viaIndex: viaIndex === undefined ? undefined : await readIndex(repository, viaIndex, stored),
    index: stored.manifest.kind === 'index' ? toIndexBytes(stored) : undefined,
  };
}

/** The index that somebody says the image is a platform of: only its bytes can tell. */
async function readIndex(
  repository: Repository,
  viaIndex: string,
  { bytes: image }: StoredManifest,
): Promise<IndexBytes> {
  const parsed = attempt(() => parseOciDigest(viaIndex, 'index'));
  if ('error' in parsed) {
    return refuse('usage.artifact', 'not the digest of an index', {
      expected: 'sha256:<64 lower-case hex digits>',
      actual: viaIndex,
      cause: parsed.error,
    });
  }
  const index = contentOf(await getManifest(repository, parsed.value), viaIndex, repository);
  const { manifest } = index;
  const isCovered =
    manifest.kind === 'index' &&
    manifest.manifests.some(
      (child) => isPlatform(child) && digestOf(child.digest.algorithm, image).text === child.digest.text,
    );
  if (!isCovered) {
    refuse('subject.platform-not-covered', 'the index does not list the image among its platforms', {
      expected: `${viaIndex}, which lists ${digestOf('sha256', image).text}`,
      actual: manifest.kind === 'index' ? 'an index of other platforms' : 'no index',
    });
  }
  repository.resolved.set(digestOf('sha256', index.bytes).text, manifest);
  return toIndexBytes(index);
}

const toIndexBytes = ({ bytes, mediaType }: StoredManifest): IndexBytes => ({
  digest: digestOf('sha256', bytes).text,
  mediaType,
  bytes,
});

function contentOf(
  found: Found<StoredManifest>,
  name: string,
  { registry, repository }: Repository,
): StoredManifest {
  if ('content' in found) return found.content;
  const place = `${registry}/${repository}`;
  if (found.absence === 'silent') {
    return refuse('source.http-status', `${registry} answered with status 404 and does not say why`, {
      expected: '200, or an error that says what is not there',
      actual: '404',
      details: { status: 404 },
    });
  }
  return refuse(
    'registry.not-found',
    found.absence === 'repository' ? `the registry has no ${place}` : `${place} has no ${name}`,
    {
      actual: name,
      hint: 'Compare the reference with what was pushed; registries also say this to whom they do not show it.',
    },
  );
}
