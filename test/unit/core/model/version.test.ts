import { describe, expect, it } from 'vitest';
import { isVersionOf, parseVersion, type Version } from '../../../../src/core/model/version.ts';

const version = (text: string): Version => {
  const parsed = parseVersion(text);
  if (parsed === undefined) throw new Error(`no version: ${text}`);
  return parsed;
};

describe('a version', () => {
  it.each([
    ['v1', ['1', undefined, undefined, undefined]],
    ['v0.0.0', ['0', '0', '0', undefined]],
    ['v1.20', ['1', '20', undefined, undefined]],
    ['v1.2.3-rc.1+build.7', ['1', '2', '3', 'rc.1']],
    ['v1.2.3-0a.-', ['1', '2', '3', '0a.-']],
  ])('is read: %s', (text, [major, minor, patch, prerelease]) => {
    expect(version(text)).toEqual({ major, minor, patch, prerelease });
  });

  it.each([
    ...[
      '',
      'v',
      '1.2.3',
      'V1',
      'v1.',
      'v1.2.3.4',
      'v01',
      'v1.02',
      'v1.2.3-',
      'v1.2.3-01',
      'v1.2.3+',
      'v1-rc',
    ],
    ...[
      'v1.2-rc',
      'v1.2.3-a..b',
      'v1.2.3 ',
      ' v1',
      'v1\n',
      'v١',
      'v-1',
      'v1e3',
      'v1.2.3-é',
      `v${'9'.repeat(30)}`,
    ],
  ])('is none: %j', (text) => {
    expect(parseVersion(text)).toBeUndefined();
  });

  it('is one of a shorter version when every number that it names is equal', () => {
    for (const [actual, expected] of [
      ['v1.2.3', 'v1'],
      ['v1.2.3', 'v1.2'],
      ['v1.2.3', 'v1.2.3'],
      ['v1.2.3+build', 'v1.2.3'],
      ['v1.2.3-rc.1', 'v1.2.3-rc.1'],
      ['v0.0.0', 'v0'],
    ] as const)
      expect([actual, expected, isVersionOf(version(actual), version(expected))]).toEqual([
        actual,
        expected,
        true,
      ]);
  });

  it('is no version of another, of a longer one, or of a release when it is a pre-release', () => {
    for (const [actual, expected] of [
      ['v10.0.0', 'v1'],
      ['v1.20.0', 'v1.2'],
      ['v1.2.30', 'v1.2.3'],
      ['v2.2.3', 'v1'],
      ['v1.2.3-rc.1', 'v1'],
      ['v1.2.3-rc.1', 'v1.2.3'],
      ['v1.2.3', 'v1.2.3-rc.1'],
      ['v1.2.3-rc.10', 'v1.2.3-rc.1'],
      ['v1', 'v1.2.3'],
      ['v1.2', 'v1.2.3'],
    ] as const)
      expect([actual, expected, isVersionOf(version(actual), version(expected))]).toEqual([
        actual,
        expected,
        false,
      ]);
  });
});
