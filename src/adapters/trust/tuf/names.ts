import { type Json, printJson } from '../../../core/model/json.ts';
import { refuse } from '../../../errors.ts';

const TOP_LEVEL = new Set(['root', 'timestamp', 'snapshot', 'targets']);
const ROLE = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}$/;
const PATH_CHARACTERS = /^[A-Za-z0-9._@+~/ -]{1,512}$/;
/** Only the two wildcards of the specification: brackets, braces and negation are glob dialects. */
const PATTERN_CHARACTERS = /^[A-Za-z0-9._@+~/ *?-]{1,512}$/;

export const isTopLevelRole = (name: string): boolean => TOP_LEVEL.has(name);

const bad = (what: string, name: string): never =>
  refuse('trust.bad-name', `${what} has a name that is not plain`, {
    expected: 'letters, digits and ._@+- without leading or double dots',
    actual: name.slice(0, 200),
  });

/** A role name becomes part of a URL and of a file name, so it must be one plain segment. */
export function assertRoleName(name: string, what: string): void {
  if (!ROLE.test(name) || name.includes('..')) bad(what, name);
}

/** A relative path of plain segments; no escapes, because somebody would undo them. */
export function assertTargetPath(path: string, what: string): void {
  if (!PATH_CHARACTERS.test(path) || !hasPlainSegments(path)) bad(what, path);
}

export function assertPathPattern(pattern: Json, what: string): void {
  if (typeof pattern !== 'string' || !PATTERN_CHARACTERS.test(pattern) || !hasPlainSegments(pattern)) {
    bad(what, printJson(pattern));
  }
}

const hasPlainSegments = (path: string): boolean =>
  path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
