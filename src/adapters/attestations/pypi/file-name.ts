import { normalizeProject } from './reference.ts';

const SOURCE_ENDS = ['.tar.gz', '.zip', '.tar.bz2', '.tgz'];

/**
 * Whether a file is of the version, by its name: that of a wheel (binary distribution format) or of a source
 * distribution, also of the time before its name was defined, when dashes were left in the name of the project.
 * A list of files says it nowhere else.
 */
export function isFileOf(fileName: string, project: string, version: string): boolean {
  const isVersion = (text: string): boolean => text.toLowerCase() === version.toLowerCase();
  if (fileName.endsWith('.whl')) {
    const parts = fileName.slice(0, -'.whl'.length).split('-');
    return (
      (parts.length === 5 || parts.length === 6) &&
      normalizeProject(parts[0] ?? '') === project &&
      isVersion(parts[1] ?? '')
    );
  }
  const end = SOURCE_ENDS.find((one) => fileName.endsWith(one));
  if (end === undefined) return false;
  const stem = fileName.slice(0, -end.length);
  const name = stem.slice(0, -version.length - 1);
  return (
    stem.at(name.length) === '-' &&
    isVersion(stem.slice(name.length + 1)) &&
    normalizeProject(name) === project
  );
}
