import { describe, expect, it } from 'vitest';
import { chooseSources, parseSourceNames, type SourceChoice } from '../../../../src/app/sources/choose.ts';
import { parseArtifactReference } from '../../../../src/core/model/artifact-reference.ts';
import { printSourceName } from '../../../../src/core/model/source-name.ts';
import { parseSourceUri } from '../../../../src/core/model/source-uri.ts';
import { SlsaGateError } from '../../../../src/errors.ts';

const HEX = 'ab'.repeat(32);
const GITHUB = [parseSourceUri('github.com/octo/widget')];
const PLAIN: SourceChoice = { named: [], isGiven: false, canAsk: true, repositories: [] };

const chosen = (artifact: string, choice: Partial<SourceChoice> = {}): readonly string[] =>
  chooseSources(parseArtifactReference(artifact), { ...PLAIN, ...choice }).map(printSourceName);

describe('the sources of an artifact', () => {
  it.each([
    ['registry.example/octo/widget:1', ['oci:registry.example/octo/widget']],
    [
      `pkg:oci/widget@sha256:${HEX}?repository_url=registry.example/octo/widget`,
      ['oci:registry.example/octo/widget'],
    ],
    ['pkg:npm/%40octo/widget@1.2.3', ['npm']],
    ['pkg:pypi/widget@1.2.3', ['pypi']],
    ['pkg:github/octo/widget@v1#widget.tgz', ['github-release:octo/widget@v1', 'github:octo/widget']],
  ])('are where it lies: %s', (artifact, expected) => {
    expect(chosen(artifact)).toEqual(expected);
    expect(chosen(artifact, { repositories: GITHUB })).toEqual(expected);
  });

  it('are those that are named, too, each once', () => {
    const named = parseSourceNames(['github:octo', 'rekor', 'oci:registry.example/octo/widget']);
    expect(chosen('registry.example/octo/widget:1', { named })).toEqual([
      'oci:registry.example/octo/widget',
      'github:octo',
      'rekor',
    ]);
    expect(chosen('widget.tgz', { named, isGiven: true })).toHaveLength(3);
  });

  it.each(['widget.tgz', `sha256:${HEX}`, `pkg:generic/widget?checksum=sha256:${HEX}`])(
    'are at GitHub where the repository is known and nothing was brought along: %s',
    (artifact) => {
      expect(chosen(artifact, { repositories: GITHUB })).toEqual(['github:octo/widget']);
      expect(chosen(artifact, { repositories: GITHUB, isGiven: true })).toEqual([]);
    },
  );

  it('are where its package lies, for a file that is said to be one', () => {
    expect(chosen('w.tgz', { purl: 'pkg:npm/%40octo/w@1.2.3', repositories: GITHUB })).toEqual(['npm']);
    expect(chosen('w.whl', { purl: 'pkg:pypi/w@1.2.3', repositories: GITHUB })).toEqual(['pypi']);
    expect(chosen('w.tgz', { purl: 'pkg:npm/w@1.2.3', isGiven: true })).toEqual([]);
    expect(chosen('w.tgz', { purl: 'pkg:npm/w', repositories: GITHUB })).toEqual(['github:octo/widget']);
  });

  it.each([
    ['nothing is known', []],
    ['the repository lies elsewhere', [parseSourceUri('gitlab.com/octo/widget')]],
  ])('are refused where %s', (_, repositories) => {
    const ask = (): unknown => chosen('widget.tgz', { repositories });
    expect(ask).toThrow(SlsaGateError);
    expect(ask).toThrow(expect.objectContaining({ finding: 'usage.no-bundle', exitCode: 64 }));
  });

  it('are at GitHub too where a log alone is named, which completes what is found elsewhere', () => {
    const named = parseSourceNames(['rekor']);
    expect(chosen('widget.tgz', { named, repositories: GITHUB })).toEqual(['rekor', 'github:octo/widget']);
    const alone = (): unknown => chosen('widget.tgz', { named });
    expect(alone).toThrow(expect.objectContaining({ finding: 'usage.no-bundle' }));
    expect(chosen('widget.tgz', { named, isGiven: true })).toEqual(['rekor']);
  });

  it.each(['github:octo/widget', 'rekor'])('are not left out without a word for a layout: %s', (source) => {
    const ask = (): unknown => chosen('oci-layout:image', { named: parseSourceNames([source]) });
    expect(ask).toThrow(expect.objectContaining({ finding: 'usage.flag', exitCode: 64 }));
  });

  it('are none where a layout or files have all there is', () => {
    expect(chosen('oci-layout:image', { repositories: GITHUB })).toEqual([]);
    expect(chosen('widget.tgz', { isGiven: true })).toEqual([]);
    expect(chosen(`pkg:npm/w@1?checksum=sha256:${HEX}`, { isGiven: true })).toEqual([]);
  });

  it('are none where nobody can be asked, but for what lies at a server', () => {
    expect(chosen('widget.tgz', { canAsk: false, repositories: GITHUB })).toEqual([]);
    expect(chosen('pkg:npm/w@1', { canAsk: false })).toEqual(['npm']);
  });
});
