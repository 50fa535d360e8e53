import { createHash } from 'node:crypto';
import { LIMITS } from '../../../core/limits.ts';
import { refuse } from '../../../errors.ts';
import type { PackageServer } from '../package-server.ts';

export interface TarballDigests {
  readonly sha256: string;
  readonly sha512: string;
}

/**
 * Reads a tarball to the end, keeps none of it, and checks that it is the one that the registry names.
 *
 * @throws SlsaGateError `npm.integrity`, `source.*`, `limit.*`
 */
export async function hashTarball(
  server: PackageServer,
  address: string,
  wantedSha512: string,
): Promise<TarballDigests> {
  const [sha256, sha512] = [createHash('sha256'), createHash('sha512')];
  let start = Buffer.alloc(0);
  await server.readPieces(address, LIMITS.downloadBytes, (chunk) => {
    if (start.length < GZIP.length) start = Buffer.concat([start, chunk.subarray(0, GZIP.length)]);
    sha256.update(chunk);
    sha512.update(chunk);
  });
  const digests = { sha256: sha256.digest('hex'), sha512: sha512.digest('hex') };
  if (digests.sha512 === wantedSha512) return digests;
  // What a portal or a broken proxy answers instead is no package that somebody replaced.
  if (!start.subarray(0, GZIP.length).equals(GZIP))
    refuse('source.malformed-response', 'the registry answered with something else than a package');
  return refuse('npm.integrity', 'the package has not the digest that the registry names', {
    expected: `sha512:${wantedSha512}`,
    actual: `sha512:${digests.sha512}`,
  });
}

/** How every gzip stream begins (RFC 1952). */
const GZIP = Buffer.from([0x1f, 0x8b]);
