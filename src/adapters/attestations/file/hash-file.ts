import { createHash, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { LIMITS } from '../../../core/limits.ts';
import type { ArtifactDigests } from '../../../core/model/digest.ts';
import type { ArtifactRead, HashedArtifact } from '../../../core/ports.ts';
import { refuse } from '../../../errors.ts';

const CHUNK_BYTES = 1024 * 1024;

/** Told now and then how many bytes of a file are read, and at its end; it must not throw. */
export type ReadProgress = (path: string, doneBytes: number, totalBytes: number) => void;

/**
 * Hashes an open file once, front to back, in constant memory: the next chunk is read while this one is hashed.
 *
 * @throws SlsaGateError `path.changed` when size or time of change differ after reading
 */
export async function hashFile(
  handle: FileHandle,
  path: string,
  { algorithms, withBytes }: ArtifactRead,
  onProgress?: ReadProgress,
): Promise<HashedArtifact> {
  const before = await handle.stat({ bigint: true });
  const hashes = new Map<keyof ArtifactDigests, Hash>();
  for (const algorithm of new Set<keyof ArtifactDigests>(['sha256', ...algorithms])) {
    hashes.set(algorithm, createHash(algorithm));
  }
  const kept = withBytes && before.size <= LIMITS.artifactInMemoryBytes ? ([] as Buffer[]) : undefined;
  let buffers: [Buffer, Buffer] = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)];
  let position = 0;
  let pending = handle.read(buffers[0], 0, CHUNK_BYTES, position);
  for (;;) {
    const { bytesRead, buffer } = await pending;
    if (bytesRead === 0) break;
    position += bytesRead;
    buffers = [buffers[1], buffers[0]];
    pending = handle.read(buffers[0], 0, CHUNK_BYTES, position);
    const chunk = buffer.subarray(0, bytesRead);
    for (const hash of hashes.values()) hash.update(chunk);
    kept?.push(Buffer.from(chunk));
    onProgress?.(path, position, Number(before.size));
  }
  const after = await handle.stat({ bigint: true });
  if (BigInt(position) !== before.size || after.size !== before.size || after.mtimeNs !== before.mtimeNs) {
    refuse('path.changed', `changed while it was read: ${path}`);
  }
  const digests = Object.fromEntries([...hashes].map(([algorithm, hash]) => [algorithm, hash.digest('hex')]));
  return kept === undefined ? { digests } : { digests, bytes: Buffer.concat(kept) };
}
