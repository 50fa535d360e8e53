import { PackageURL } from 'packageurl-js';

/** A package URL whose namespace and name are one, as its registry writes them: `@scope/name`. */
export interface Purl {
  readonly type: string;
  readonly name: string;
  readonly version: string | undefined;
  readonly qualifiers: ReadonlyMap<string, string>;
  readonly subpath: string | undefined;
}

/** Parses a package URL (ECMA-427); undefined when it is none. */
export function parsePurl(text: string): Purl | undefined {
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
