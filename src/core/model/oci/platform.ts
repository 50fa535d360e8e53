import type { Descriptor } from './descriptor.ts';
import { manifestKind } from './manifest.ts';

const BUILDKIT_TYPE = 'vnd.docker.reference.type';

/**
 * Whether an entry of an index is an image for a platform. Attestations of BuildKit are listed like platforms and are none:
 * they say so, and that their platform is unknown.
 */
export function isPlatform({ mediaType, annotations, platform }: Descriptor): boolean {
  if (manifestKind(mediaType) !== 'manifest') return false;
  return !Object.hasOwn(annotations, BUILDKIT_TYPE) && platform !== 'unknown/unknown';
}
