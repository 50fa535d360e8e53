import { describe, expect, it } from 'vitest';
import { namedPackage } from '../../../../src/app/gate/open.ts';
import { assertReachable } from '../../../../src/app/sources/want.ts';
import { parseArtifactReference } from '../../../../src/core/model/artifact-reference.ts';

const INDEX = `sha256:${'ab'.repeat(32)}`;
const HEX = 'cd'.repeat(32);

const named = (reference: string) => ({ reference, parsed: parseArtifactReference(reference) });
const remoteOf = (reference: string) => {
  const { parsed } = named(reference);
  return parsed.kind === 'remote' || parsed.kind === 'purl' ? parsed.remote : undefined;
};

describe('the index through which an image is reached', () => {
  it.each(['registry.example/app:1', `pkg:oci/app@sha256:${HEX}?repository_url=registry.example/app`])(
    'is about what is read from its registry: %s',
    (reference) => {
      expect(() => assertReachable(INDEX, { remote: remoteOf(reference) })).not.toThrow();
    },
  );

  it.each(['widget.tgz', `sha256:${HEX}`, 'pkg:npm/widget@1.2.3', 'oci-layout:image'])(
    'is not left out without a word for %s',
    (reference) => {
      for (const wanted of [undefined, { remote: remoteOf(reference) }]) {
        expect(() => assertReachable(INDEX, wanted)).toThrow(
          expect.objectContaining({ finding: 'usage.flag', exitCode: 64 }),
        );
        expect(() => assertReachable(undefined, wanted)).not.toThrow();
      }
    },
  );
});

describe('the package by which the policy knows an artifact', () => {
  it.each([
    ['pkg:npm/widget@1.2.3', 'pkg:npm/widget', 'pkg:npm/widget@1.2.3'],
    ['pkg:npm/widget@1.2.3', 'pkg:npm/widget@1.2.3', 'pkg:npm/widget@1.2.3'],
    ['widget.tgz', 'pkg:npm/widget', 'pkg:npm/widget'],
    ['pkg:npm/widget@1.2.3', undefined, 'pkg:npm/widget@1.2.3'],
    ['registry.example/app:1', undefined, undefined],
  ])('keeps the version by which %s is named, with --package %s', (reference, given, expected) => {
    expect(namedPackage(given, named(reference))).toBe(expected);
  });

  it.each([
    ['pkg:npm/widget@1.2.3', 'pkg:npm/widget@1.2.2'],
    ['pkg:npm/widget@1.2.3', 'pkg:npm/other'],
    [`sha256:${HEX}`, undefined],
    ['oci-layout:image', undefined],
  ])('is refused before anything is asked: %s with %s', (reference, given) => {
    expect(() => namedPackage(given, named(reference))).toThrow(
      expect.objectContaining({ finding: 'usage.flag', exitCode: 64 }),
    );
  });
});
