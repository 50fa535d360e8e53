import { createHash } from 'node:crypto';
import { LIMITS } from '../core/limits.ts';
import type { ArtifactDigests } from '../core/model/digest.ts';
import type { ArtifactRead, HashedArtifact } from '../core/ports.ts';

/** An artifact that the caller holds in memory, and does not change meanwhile. */
export interface ArtifactBytes {
  readonly kind: 'bytes';
  readonly bytes: Uint8Array;
  /** Name of its file, without folders; for attestations that must name it. */
  readonly name?: string;
}

/** As the port of artifacts reads a file. */
export function hashBytes(bytes: Uint8Array, { algorithms, withBytes }: ArtifactRead): HashedArtifact {
  const digests: ArtifactDigests = Object.fromEntries(
    [...new Set<keyof ArtifactDigests>(['sha256', ...algorithms])].map((algorithm) => [
      algorithm,
      createHash(algorithm).update(bytes).digest('hex'),
    ]),
  );
  return withBytes && bytes.length <= LIMITS.artifactInMemoryBytes ? { digests, bytes } : { digests };
}
