import { PackageURL } from 'packageurl-js';

/** A package URL whose namespace and name are one, as its registry writes them: `@scope/name`. */
export interface Purl {
  readonly type: string;
  readonly name: string;
  readonly version: string | undefined;
  readonly qualifiers: ReadonlyMap<string, string>;
  readonly subpath: string | undefined;
}

/** A URL parser drops tabs and line feeds and encodes the rest, so another reader would see another package. */
const UNENCODED = /[^\u0021-\u007e]/;

/**
 * Parses a package URL (ECMA-427); undefined when it is none, has characters that must be encoded, a percent sign that
 * encodes nothing, or a qualifier twice.
 */
export function parsePurl(text: string): Purl | undefined {
  if (UNENCODED.test(text) || !isPercentEncoded(text) || hasDoubledQualifier(text)) return undefined;
  try {
    const { type, namespace, name, version, qualifiers, subpath } = PackageURL.fromString(text);
    if (type === undefined || name === undefined) return undefined;
    return {
      type,
      name: namespace ? `${namespace}/${name}` : name,
      version: version ?? undefined,
      qualifiers: new Map(Object.entries(qualifiers ?? {}).map(([key, value]) => [key, String(value)])),
      subpath: subpath ?? undefined,
    };
  } catch {
    return undefined;
  }
}

/** The library leaves a malformed escape as it stands; another reader refuses it, or decodes it to something else. */
function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** The library keeps the last of two; which one another reader keeps is not said anywhere. */
function hasDoubledQualifier(text: string): boolean {
  const [beforeSubpath = ''] = text.split('#');
  const query = beforeSubpath.slice(beforeSubpath.indexOf('?') + 1);
  const keys = query.split('&').map((pair) => (pair.split('=')[0] ?? '').toLowerCase());
  return beforeSubpath.includes('?') && new Set(keys).size !== keys.length;
}
