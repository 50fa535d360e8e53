import { createHash } from 'node:crypto';
import { refuse } from '../../../errors.ts';
import type { TufVersions } from './chain.ts';
import { refreshTarget } from './refresh.ts';
import { folderSource } from './source.ts';

export interface TufRepositoryOptions {
  /** Folder with `metadata/` and `targets/`, as a repository is published. */
  readonly directory: string;
  /** Bytes of the root that is trusted beforehand. */
  readonly initialRoot: Uint8Array;
  readonly target: string;
  /** Instant that expiry is judged at. */
  readonly refTime: Date;
  /** Required digest of the target, hex; null when any that is signed will do. */
  readonly targetSha256?: string | null;
}

export interface VerifiedTarget {
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly versions: TufVersions;
  /** Earliest expiry on the way to the target. */
  readonly expires: Date;
}

/**
 * The full workflow on a repository on disk, without network and without a cache.
 *
 * @throws SlsaGateError the `trust.*` codes of an update
 */
export async function verifyTufRepository(options: TufRepositoryOptions): Promise<VerifiedTarget> {
  const { chain } = await refreshTarget({
    seed: options.initialRoot,
    source: folderSource(options.directory),
    target: options.target,
    now: options.refTime,
  });
  const sha256 = createHash('sha256').update(chain.bytes).digest('hex');
  const expected = options.targetSha256 ?? sha256;
  if (sha256 !== expected) {
    refuse('trust.hash-mismatch', 'the target is another one than expected', { expected, actual: sha256 });
  }
  return { bytes: chain.bytes, sha256, versions: chain.versions, expires: chain.expires };
}
