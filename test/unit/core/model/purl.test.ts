import { describe, expect, it } from 'vitest';
import { parseNpmPurl } from '../../../../src/core/model/npm-purl.ts';
import { parsePurl } from '../../../../src/core/model/purl.ts';

describe('a package URL', () => {
  it('is read into its parts, with namespace and name as one', () => {
    const purl = parsePurl('pkg:npm/%40octo/widget@1.2.3?checksum=sha256:ab&Arch=x64#src/main');
    expect(purl).toEqual({
      type: 'npm',
      name: '@octo/widget',
      version: '1.2.3',
      qualifiers: new Map([
        ['checksum', 'sha256:ab'],
        ['arch', 'x64'],
      ]),
      subpath: 'src/main',
    });
    expect(parsePurl('pkg:pypi/widget')).toMatchObject({ name: 'widget', version: undefined });
  });

  it.each([
    '',
    'npm/widget@1',
    'pkg:',
    'pkg:/widget',
    'pkg:npm',
    'pkg:npm/',
    'pkg:1npm/widget',
    'http://npm/w',
  ])('is none: %j', (text) => {
    expect(parsePurl(text)).toBeUndefined();
  });
});

describe("a purl in npm's attestations", () => {
  it.each([
    ['pkg:npm/widget@1.2.3', { name: 'widget', version: '1.2.3' }],
    ['pkg:npm/%40octo/widget@1.2.3-rc.1', { name: '@octo/widget', version: '1.2.3-rc.1' }],
    ['pkg:npm/widget@1.2.3%2Bbuild.5', { name: 'widget', version: '1.2.3+build.5' }],
  ])('has one spelling: %s', (text, parsed) => {
    expect(parseNpmPurl(text)).toEqual(parsed);
  });

  it.each([
    'pkg:npm/@octo/widget@1.2.3',
    'pkg:npm/%40octo%2Fwidget@1.2.3',
    'pkg:NPM/widget@1.2.3',
    'pkg:npm/widget@1.2.3+build',
    'pkg:npm/widget@1.2.3%2bbuild',
    'pkg:npm/widget@1.2.3?a=b',
    'pkg:npm/widget@1.2.3#sub',
    'pkg:npm/widget@',
    'pkg:npm/widget',
    'pkg:npm//widget@1.2.3',
    'pkg:npm/octo/widget@1.2.3',
    'pkg:npm/widget@1.2.3\n',
    'pkg:npm/widget@1.2.3@4.5.6',
    'pkg:npm/%77idget@1.2.3',
  ])('is none in another: %j', (text) => {
    expect(parseNpmPurl(text)).toBeUndefined();
  });
});
