import { parseDigest } from '../../../core/model/digest.ts';
import { parseNpmPurl } from '../../../core/model/npm-purl.ts';
import { type Purl, parsePurl } from '../../../core/model/purl.ts';
import type { SourceQuery } from '../../../core/source-ports.ts';
import { attempt, refuse } from '../../../errors.ts';

/** One version of a package, named without doubt. */
export interface NpmVersion {
  /** `@scope/name` or `name`. */
  readonly name: string;
  /** `@scope`; undefined for a package without one. */
  readonly scope: string | undefined;
  readonly version: string;
  /** Its one spelling as a purl, without qualifiers. */
  readonly purl: string;
  /** What the caller pins it by. */
  readonly checksum: { readonly algorithm: 'sha256' | 'sha512'; readonly value: string } | undefined;
}

const NUMBER = '(?:0|[1-9][0-9]{0,15})';
const IDENTIFIERS = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*';
/** Semantic Versioning 2.0.0; `1.x`, `^1.0.0`, `latest` are none. */
const VERSION = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-${IDENTIFIERS})?(?:\\+${IDENTIFIERS})?$`);

/** @throws SlsaGateError `usage.artifact` */
export function toNpmVersion(purl: Purl): NpmVersion {
  const { name, version, qualifiers, subpath } = purl;
  const shown = `${name}@${version ?? ''}`.slice(0, 200);
  const bad = (why: string): never =>
    refuse('usage.artifact', `not one version of an npm package: ${why}`, {
      expected: 'pkg:npm/name@1.2.3 or pkg:npm/%40scope/name@1.2.3',
      actual: shown,
      hint: 'Name the exact version: pkg:npm/name@1.2.3.',
    });
  if (purl.type !== 'npm') bad('a purl of another type');
  if (version === undefined || !VERSION.test(version))
    return bad('its version is a range, a tag or none; name the exact version');
  const parts = name.split('/');
  // A folder that leads elsewhere, or is hidden; npm gives out no such names.
  if (parts.some((part) => part.replace(/^@/, '').startsWith('.')))
    bad('a part of its name begins with a dot');
  const spelled = `pkg:npm/${name.replace(/^@/, '%40')}@${version.replace('+', '%2B')}`;
  if (parseNpmPurl(spelled)?.name !== name) bad('its name has a character that npm does not allow');
  const other = [...qualifiers.keys()].find((key) => key !== 'checksum');
  if (other !== undefined)
    bad(`the qualifier ${other.slice(0, 40)}; which registry is asked is set in .npmrc`);
  if (subpath !== undefined) bad('a path inside of the package');
  return {
    name,
    scope: parts.length === 2 ? parts[0] : undefined,
    version,
    purl: spelled,
    checksum: toChecksum(qualifiers.get('checksum'), bad),
  };
}

function toChecksum(text: string | undefined, bad: (why: string) => never): NpmVersion['checksum'] {
  if (text === undefined) return undefined;
  const parsed = attempt(() => parseDigest(text));
  if ('error' in parsed || parsed.value.algorithm === 'sha384')
    return bad('its checksum is no SHA-256 or SHA-512 digest');
  const { algorithm, value } = parsed.value;
  return { algorithm, value };
}

/**
 * The package that a query is about: the one that was resolved, or the name of a file on this machine.
 *
 * @throws SlsaGateError `usage.artifact` where it is about none
 */
export function npmVersionOf({ remote, purl }: SourceQuery): NpmVersion {
  if (remote?.kind === 'npm') return toNpmVersion(remote.purl);
  const parsed = purl === undefined ? undefined : parsePurl(purl);
  if (parsed?.type !== 'npm') {
    refuse('usage.artifact', 'npm can only be asked about a version of a package: pkg:npm/name@1.2.3', {
      actual: purl?.slice(0, 200) ?? 'no purl',
      hint: 'Name the package as the artifact, or leave out the source.',
    });
  }
  return toNpmVersion(parsed);
}

/** `name` or `@scope%2fname`: how npm's registry writes it as one part of a path. */
export const toPathName = ({ name }: NpmVersion): string => name.replace('/', '%2f');
