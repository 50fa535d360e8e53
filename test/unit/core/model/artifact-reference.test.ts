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
    ['pkg:npm/widget@1.2.3', 'purl does not name exactly one digest: '],
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
    ['pkg:oci/widget@latest', 'latest'],
    [`pkg:npm/w@1?checksum=${HEX}`, HEX],
    [`pkg:npm/w@1?checksum=sha1:${HEX.slice(0, 40)}`, `sha1:${HEX.slice(0, 40)}`],
  ])('is refused by what stands in the place of its digest: %s', (reference, actual) => {
    const error = refusal(() => parseArtifactReference(reference));
    expect([error.finding, error.actual]).toEqual(['usage.artifact', actual]);
  });

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
