/** A package and version of npm's registry. */
export interface NpmPackage {
  /** `@scope/name` or `name`. */
  readonly name: string;
  readonly version: string;
}

const PART = "[A-Za-z0-9._~!'()*-]{1,214}";
/** The canonical spelling alone: the scope's `@` and a version's `+` are percent-encoded, nothing else is. */
const NPM_PURL = new RegExp(
  `^pkg:npm/(?:%40(${PART})/)?(${PART})@([0-9A-Za-z.-]{1,128}(?:%2B[0-9A-Za-z.-]{1,128})?)$`,
);

/**
 * Parses the purl by which npm's attestations name a package (package URL specification, npm), in its one spelling;
 * undefined when it is none.
 */
export function parseNpmPurl(text: string): NpmPackage | undefined {
  const [, scope, name, version] = NPM_PURL.exec(text) ?? [];
  if (name === undefined || version === undefined) return undefined;
  return {
    name: scope === undefined ? name : `@${scope}/${name}`,
    version: version.replace('%2B', '+'),
  };
}
