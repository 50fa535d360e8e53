import { PackageURL } from 'packageurl-js';
import type { OciDigest } from './digest.ts';
import type { OciRepository } from './reference.ts';

/**
 * Purl of an image: its name is the last part of the repository, which stands whole in `repository_url`.
 *
 * ```ts
 * toOciPurl({ registry: 'ghcr.io', repository: 'owner/app' }, digest);
 * // 'pkg:oci/app@sha256:<hex>?repository_url=ghcr.io%2Fowner%2Fapp'
 * ```
 */
export function toOciPurl({ registry, repository }: OciRepository, digest: OciDigest): string {
  const name = repository.slice(repository.lastIndexOf('/') + 1);
  const qualifiers = { repository_url: `${registry}/${repository}` };
  return new PackageURL('oci', undefined, name, digest.text, qualifiers, undefined).toString();
}
