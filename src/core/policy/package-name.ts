import type { Purl } from '../model/purl.ts';

/** Characters that the purl specification leaves as they are in a name. */
const encode = (segment: string): string => encodeURIComponent(segment).replaceAll('%3A', ':');

/**
 * What the patterns of `package` are matched with: the purl without version, qualifiers and subpath. An image is named by
 * its registry too, so for `pkg:oci` the qualifier `repository_url` stays.
 *
 * ```ts
 * packageName(parsePurl('pkg:npm/%40octo/widget@1.2.3')); // 'pkg:npm/%40octo/widget'
 * ```
 */
export function packageName({ type, name, qualifiers }: Purl): string {
  const base = `pkg:${type}/${name.split('/').map(encode).join('/')}`;
  const repository = qualifiers.get('repository_url');
  return type === 'oci' && repository !== undefined ? `${base}?repository_url=${repository}` : base;
}
