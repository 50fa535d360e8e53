import { hash } from 'node:crypto';
import type { ArtifactDigests } from '../digest.ts';
import { parseManifest } from './manifest.ts';
import { isPlatform } from './platform.ts';

/** What an index commits to: whoever attests the index attests its platforms. */
export interface IndexCommitment {
  /** Of the index itself. */
  readonly digests: ArtifactDigests & { readonly sha256: string };
  /** `sha256:<hex>` of each platform that it lists; attestations of BuildKit are none. */
  readonly platforms: readonly string[];
}

/**
 * Reads which platforms an index lists. The index is named by the digest that is computed here, whatever anybody said.
 *
 * @throws SlsaGateError `registry.*`, `limit.*`
 */
export function readIndexCommitment(bytes: Uint8Array, mediaType: string): IndexCommitment {
  const manifest = parseManifest(bytes, mediaType);
  const of = (algorithm: string): string => hash(algorithm, bytes, 'hex');
  return {
    digests: { sha256: of('sha256'), sha384: of('sha384'), sha512: of('sha512') },
    platforms:
      manifest.kind === 'index' ? manifest.manifests.filter(isPlatform).map(({ digest }) => digest.text) : [],
  };
}
