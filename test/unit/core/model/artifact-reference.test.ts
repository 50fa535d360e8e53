import { describe, expect, it } from 'vitest';
import { parseArtifactReference } from '../../../../src/core/model/artifact-reference.ts';
import { refusal } from '../../../attacks/verify.ts';

const HEX = 'ab'.repeat(32);
const LONG = 'cd'.repeat(64);

describe('an artifact reference', () => {
  it.each([
    'widget',
    './widget',
    '/abs/widget',
    'sha256',
    'dir/sha256:x',
    'a:b',
    'C:\\widget',
    'PKG:npm/x',
    'SHA256',
    `sha256-${HEX}`,
    ' widget',
  ])('is a path when it is nothing else: %s', (path) => {
    expect(parseArtifactReference(path)).toEqual({ kind: 'file', path });
  });

  it('is a digest of an algorithm that binds', () => {
    expect(parseArtifactReference(`sha256:${HEX}`)).toEqual({ kind: 'digest', digests: { sha256: HEX } });
    expect(parseArtifactReference(`sha512:${LONG}`)).toEqual({ kind: 'digest', digests: { sha512: LONG } });
    const sha384 = LONG.slice(0, 96);
    expect(parseArtifactReference(`sha384:${sha384}`)).toEqual({ kind: 'digest', digests: { sha384 } });
  });

  it('is a layout, which is read later', () => {
    const reference = 'oci-layout:dir@sha256:zz';
    expect(parseArtifactReference(reference)).toEqual({ kind: 'oci-layout', reference });
  });

  it.each([
    [`sha256:${HEX.toUpperCase()}`, 'not a digest: '],
    [`sha256:${HEX}0`, 'not a digest: '],
    ['sha256:', 'not a digest: '],
    [`SHA256:${HEX}`, 'digest is of no algorithm that binds an artifact: '],
    [`sha1:${HEX.slice(0, 40)}`, 'digest is of no algorithm that binds an artifact: '],
    ['md5:00', 'digest is of no algorithm that binds an artifact: '],
    [`sha3-256:${HEX}`, 'digest is of no algorithm that binds an artifact: '],
    [`sha-256:${HEX}`, 'digest is of no algorithm that binds an artifact: '],
    [`blake2b:${HEX}`, 'digest is of no algorithm that binds an artifact: '],
    ['pkg:', 'not a purl: '],
    ['pkg:npm', 'not a purl: '],
    ['pkg:npm/widget', 'purl does not name exactly one digest: '],
    ['pkg:cargo/widget@1.2.3', 'purl does not name exactly one digest: '],
    ['pkg:oci/widget@latest', 'purl does not name exactly one digest: '],
    ['pkg:github/o/r@v1', 'purl does not name exactly one digest: '],
    ['pkg:oci/widget', 'purl does not name exactly one digest: '],
    [`pkg:npm/w@1?checksum=sha256:${HEX},sha1:00`, 'purl does not name exactly one digest: '],
  ])('is refused as usage: %s', (reference, message) => {
    const error = refusal(() => parseArtifactReference(reference));
    expect([error.finding, error.exitCode, error.message, error.actual]).toEqual([
      'usage.artifact',
      64,
      `${message}${reference}`,
      reference,
    ]);
  });

  it.each([
    [`pkg:npm/w@1?checksum=${HEX}`, HEX],
    [`pkg:npm/w@1?checksum=sha1:${HEX.slice(0, 40)}`, `sha1:${HEX.slice(0, 40)}`],
  ])('is refused by what stands in the place of its digest: %s', (reference, actual) => {
    const error = refusal(() => parseArtifactReference(reference));
    expect([error.finding, error.actual]).toEqual(['usage.artifact', actual]);
  });

  it.each([
    ['registry.example/team/app:1.2', 'oci'],
    [`registry.example/team/app@sha256:${HEX}`, 'oci'],
    ['pkg:oci/app@1.2?repository_url=registry.example/team/app', 'oci'],
    ['pkg:oci/app?repository_url=registry.example/team/app&tag=1.2', 'oci'],
    ['pkg:npm/widget@1.2.3', 'npm'],
    ['pkg:npm/%40octo/widget@1.2.3', 'npm'],
    ['pkg:pypi/widget@1.2.3', 'pypi'],
    ['pkg:github/octo/widget@v1.2.3#widget.tgz', 'github-release'],
  ])('lies at a server: %s', (reference, kind) => {
    expect(parseArtifactReference(reference)).toMatchObject({
      kind: 'remote',
      remote: { kind, text: reference },
    });
  });

  it('is known by its digest and by its server where it names both', () => {
    const reference = `pkg:oci/app@sha256:${HEX}?repository_url=registry.example/team/app`;
    expect(parseArtifactReference(reference)).toMatchObject({
      kind: 'purl',
      digests: { sha256: HEX },
      remote: { kind: 'oci', image: { registry: 'registry.example', repository: 'team/app' } },
    });
  });

  it.each(['./registry.example/app:1', 'dist/app:1', 'app:1', 'registry.example/app', '/a.b/c:1'])(
    'is a path: %s',
    (reference) => {
      expect(parseArtifactReference(reference)).toEqual({ kind: 'file', path: reference });
    },
  );

  it('is refused when a purl of an image names two digests', () => {
    const error = refusal(() =>
      parseArtifactReference(`pkg:oci/w@sha256:${HEX}?checksum=sha256:${'ef'.repeat(32)}`),
    );
    expect([error.finding, error.exitCode]).toEqual(['usage.artifact', 64]);
  });

  it.each(['', ' ', '\t\n'])('is refused as missing: %j', (reference) => {
    expect(refusal(() => parseArtifactReference(reference)).finding).toBe('usage.no-artifact');
  });
});
