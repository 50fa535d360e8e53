/** A version as tags write it: `v1`, `v1.2`, `v1.2.3`, `v1.2.3-rc.1`; build metadata is left out. */
export interface Version {
  readonly major: string;
  readonly minor: string | undefined;
  readonly patch: string | undefined;
  readonly prerelease: string | undefined;
}

const NUMBER = '(0|[1-9][0-9]{0,17})';
const IDENTIFIERS = '[0-9A-Za-z-]{1,64}(?:\\.[0-9A-Za-z-]{1,64}){0,16}';
const VERSION = new RegExp(
  `^v${NUMBER}(?:\\.${NUMBER}(?:\\.${NUMBER}(?:-(${IDENTIFIERS}))?(?:\\+${IDENTIFIERS})?)?)?$`,
);

/** Parses a version (Semantic Versioning 2.0.0 with a leading `v`); undefined when it is none. */
export function parseVersion(text: string): Version | undefined {
  const match = VERSION.exec(text);
  if (match === null) return undefined;
  const [, major, minor, patch, prerelease] = match;
  if (major === undefined) return undefined;
  const isLeadingZero = prerelease?.split('.').some((part) => /^0[0-9]+$/.test(part)) === true;
  return isLeadingZero ? undefined : { major, minor, patch, prerelease };
}

/**
 * Whether `actual` is a version of `expected`: equal in each number that the expected one names. `v1` has `v1.2.3`, and
 * `v1.2.3` only itself; a pre-release is only ever named in full.
 */
export function isVersionOf(actual: Version, expected: Version): boolean {
  if (actual.major !== expected.major) return false;
  if (expected.minor !== undefined && (actual.minor ?? '0') !== expected.minor) return false;
  if (expected.patch !== undefined && (actual.patch ?? '0') !== expected.patch) return false;
  return actual.prerelease === expected.prerelease;
}
