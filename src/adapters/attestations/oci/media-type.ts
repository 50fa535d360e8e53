import { type ManifestKind, manifestKind } from '../../../core/model/oci/manifest.ts';
import { refuse } from '../../../errors.ts';

/** Media type of an answer, without parameters, in lower case; empty when it says none. */
export function mediaTypeOf({ headers }: { readonly headers: Readonly<Record<string, string>> }): string {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  return type.trim().toLowerCase();
}

/**
 * Media type of a manifest, as its answer says it. What is no manifest of an image at all, such as the page of a proxy, is
 * told from a kind that is not read.
 *
 * @throws SlsaGateError `registry.unsupported-manifest`, `registry.malformed-response`
 */
export function manifestTypeOf(
  answer: { readonly headers: Readonly<Record<string, string>> },
  what: string,
): { readonly mediaType: string; readonly kind: ManifestKind } {
  const mediaType = mediaTypeOf(answer);
  const kind = manifestKind(mediaType);
  if (kind !== undefined) return { mediaType, kind };
  const isVendors = mediaType.startsWith('application/vnd.');
  return refuse(
    isVendors ? 'registry.unsupported-manifest' : 'registry.malformed-response',
    isVendors ? `${what} is not a known kind of manifest` : `the answer for ${what} is no manifest`,
    { actual: mediaType.slice(0, 200) || 'no content type' },
  );
}
