import { parseDigest } from '../../../core/model/digest.ts';
import { type Purl, parsePurl } from '../../../core/model/purl.ts';
import type { SourceQuery } from '../../../core/source-ports.ts';
import { attempt, refuse } from '../../../errors.ts';

/** One release of a project, and the file of it that is meant. */
export interface PypiRelease {
  /** Normalised: `sample-project`. */
  readonly project: string;
  readonly version: string;
  /** Undefined where the release has but one, or the digest tells which. */
  readonly fileName: string | undefined;
  /** Hex digits of the SHA-256 digest that the caller pins it by. */
  readonly sha256: string | undefined;
}

const PROJECT = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
/** One version as people and indexes write it (version specifiers, PEP 440): no comparison, no wildcard. */
const VERSION = /^[A-Za-z0-9](?:[A-Za-z0-9.!+_-]{0,126}[A-Za-z0-9])?$/;
/** Also of what an index lists: it is shown, and becomes part of a path. */
export const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._+!-]{0,254}$/;

/** Names that differ in case, `-`, `_` and `.` alone are one name (simple repository API, normalized names). */
export const normalizeProject = (name: string): string => name.replace(/[-_.]+/g, '-').toLowerCase();

/** @throws SlsaGateError `usage.artifact` */
export function toPypiRelease(purl: Purl): PypiRelease {
  const { version, qualifiers, subpath } = purl;
  const bad = (why: string): never =>
    refuse('usage.artifact', `not one release of a Python project: ${why}`, {
      expected: 'pkg:pypi/name@1.2.3?file_name=name-1.2.3-py3-none-any.whl',
      actual: `${purl.name}@${version ?? ''}`.slice(0, 200),
    });
  if (purl.type !== 'pypi') bad('a purl of another type');
  const project = normalizeProject(purl.name);
  if (!PROJECT.test(project) || project.length > 200)
    bad('its name has a character that PyPI does not allow');
  if (version === undefined || !VERSION.test(version))
    return bad('its version is a range or none; name the exact version');
  const fileName = qualifiers.get('file_name');
  if (fileName !== undefined && !FILE_NAME.test(fileName)) bad('file_name is no name of a file');
  const other = [...qualifiers.keys()].find((key) => key !== 'file_name' && key !== 'checksum');
  if (other !== undefined) bad(`the qualifier ${other.slice(0, 40)}; which index is asked is a setting`);
  if (subpath !== undefined) bad('a path inside of the file');
  const checksum = qualifiers.get('checksum');
  const digest = checksum === undefined ? undefined : attempt(() => parseDigest(checksum));
  if (digest !== undefined && ('error' in digest || digest.value.algorithm !== 'sha256'))
    return bad('its checksum is no SHA-256 digest, which is what indexes name files by');
  return { project, version, fileName, sha256: digest?.value.value };
}

/**
 * The release that a query is about: the one that was resolved, or the name of a file on this machine.
 *
 * @throws SlsaGateError `usage.artifact` where it is about none
 */
export function pypiReleaseOf({ remote, purl }: SourceQuery): PypiRelease {
  if (remote?.kind === 'pypi') return toPypiRelease(remote.purl);
  const parsed = purl === undefined ? undefined : parsePurl(purl);
  if (parsed?.type !== 'pypi') {
    refuse('usage.artifact', 'PyPI can only be asked about a release of a project: pkg:pypi/name@1.2.3', {
      actual: purl?.slice(0, 200) ?? 'no purl',
      hint: 'Name the package as the artifact, or leave out the source.',
    });
  }
  return toPypiRelease(parsed);
}
