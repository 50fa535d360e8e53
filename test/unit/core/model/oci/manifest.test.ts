import { describe, expect, it } from 'vitest';
import { checkContent, parseOciDigest } from '../../../../../src/core/model/oci/descriptor.ts';
import { parseLayoutIndex, parseManifest } from '../../../../../src/core/model/oci/manifest.ts';
import { refusal } from '../../../../attacks/verify.ts';
import { OCI, sha256Of } from '../../../../kit/oci-layout.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const layer = { mediaType: OCI.layer, digest: DIGEST, size: 7 };
const image = { schemaVersion: 2, mediaType: OCI.manifest, config: layer, layers: [layer] };
const index = { schemaVersion: 2, mediaType: OCI.index, manifests: [{ ...layer, mediaType: OCI.manifest }] };
const bytesOf = (body: unknown): Buffer => Buffer.from(JSON.stringify(body));
const parse = (body: unknown, mediaType: string = OCI.manifest) => parseManifest(bytesOf(body), mediaType);

describe('manifests', () => {
  it('are images with their layers, subject and annotations', () => {
    const annotations = { 'org.example': 'x' };
    expect(parse({ ...image, subject: layer, annotations })).toMatchObject({
      kind: 'manifest',
      mediaType: OCI.manifest,
      layers: [
        { digest: { algorithm: 'sha256', hex: 'a'.repeat(64), text: DIGEST }, size: 7, isForeign: false },
      ],
      subject: { digest: { text: DIGEST } },
      annotations,
    });
  });

  it('are indexes with the platform of each', () => {
    const platform = { os: 'linux', architecture: 'arm64', variant: 'v8' };
    const body = { ...index, manifests: [{ ...layer, mediaType: OCI.manifest, platform }] };
    expect(parse(body, OCI.index)).toMatchObject({ kind: 'index', manifests: [{ platform: 'linux/arm64' }] });
  });

  it('may have members that nobody has defined, as the specification asks', () => {
    expect(parse({ ...image, 'org.example.extension': {}, layers: [{ ...layer, extension: 1 }] })).toEqual(
      parse(image),
    );
  });

  it('may leave out the media type in the OCI form, but not in the form of Docker', () => {
    const { mediaType, ...untyped } = image;
    expect(parse(untyped)).toMatchObject({ kind: 'manifest', mediaType });
    expect(refusal(() => parse(untyped, OCI.dockerManifest))).toMatchObject({
      finding: 'registry.ambiguous-manifest',
      expected: OCI.dockerManifest,
      actual: 'none',
    });
  });

  it.each<[string, unknown, string]>([
    ['an image in an index', image, OCI.index],
    ['an index in an image', index, OCI.manifest],
    ['both without media type', { ...index, ...image, mediaType: undefined }, OCI.manifest],
    ['both as index', { ...image, ...index, mediaType: undefined }, OCI.index],
    ['an index with a configuration', { ...index, config: null }, OCI.index],
    ['an index with blobs', { ...index, blobs: [] }, OCI.index],
    ['an image with empty manifests', { ...image, manifests: [] }, OCI.manifest],
    ['a media type that is no text', { ...image, mediaType: 2 }, OCI.manifest],
    ['a media type that is null in the form of Docker', { ...image, mediaType: null }, OCI.dockerManifest],
    ['a media type with a parameter', { ...image, mediaType: `${OCI.manifest};x=1` }, OCI.manifest],
    ['a member in another case', { ...image, Manifests: [] }, OCI.manifest],
    ['a member with a long s', { ...image, layerſ: [] }, OCI.manifest],
    ['a subject in another case', { ...image, SUBJECT: layer }, OCI.manifest],
  ])('NET-03 denies %s', (_, body, mediaType) => {
    expect(refusal(() => parse(body, mediaType)).finding).toBe('registry.ambiguous-manifest');
  });

  it('NET-03 denies a member twice', () => {
    const text = JSON.stringify(image).replace('"layers"', '"layers":[],"layers"');
    expect(refusal(() => parseManifest(Buffer.from(text), OCI.manifest)).finding).toBe(
      'registry.ambiguous-manifest',
    );
  });

  it.each<[string, unknown, string]>([
    ['schema 1', { schemaVersion: 1, fsLayers: [] }, OCI.manifest],
    ['layers of schema 1', { ...image, fsLayers: [] }, OCI.manifest],
    ['signatures of schema 1', { ...image, signatures: [] }, OCI.manifest],
    ['an unknown media type', image, 'application/json'],
    ['no media type', image, ''],
    ['a media type in upper case', image, OCI.manifest.toUpperCase()],
    ['an artifact manifest', image, 'application/vnd.oci.artifact.manifest.v1+json'],
    [
      'an unknown digest algorithm',
      { ...image, layers: [{ ...layer, digest: `sha1:${'a'.repeat(40)}` }] },
      OCI.manifest,
    ],
    [
      'an unknown digest algorithm of the subject',
      { ...image, subject: { ...layer, digest: 'md5:aa' } },
      OCI.manifest,
    ],
  ])('NET-12 denies %s', (_, body, mediaType) => {
    expect(refusal(() => parse(body, mediaType)).finding).toBe('registry.unsupported-manifest');
  });

  it.each<[string, unknown, string, string]>([
    ['no schema version', { ...image, schemaVersion: undefined }, OCI.manifest, 'schemaVersion'],
    ['schema version 3', { ...image, schemaVersion: 3 }, OCI.manifest, 'schemaVersion'],
    ['no layers', { ...image, layers: undefined }, OCI.manifest, 'layers'],
    ['layers that are null', { ...image, layers: null }, OCI.manifest, 'layers'],
    ['no configuration', { ...image, config: undefined }, OCI.manifest, 'config'],
    ['manifests that are null', { ...index, manifests: null }, OCI.index, 'manifests'],
    ['manifests that are an object', { ...index, manifests: {} }, OCI.index, 'manifests'],
    ['a negative size', { ...image, layers: [{ ...layer, size: -1 }] }, OCI.manifest, 'layers.0.size'],
    ['a fractional size', { ...image, layers: [{ ...layer, size: 1.5 }] }, OCI.manifest, 'layers.0.size'],
    [
      'a size beyond what numbers hold',
      { ...image, layers: [{ ...layer, size: 2 ** 53 }] },
      OCI.manifest,
      'layers.0.size',
    ],
    ['an annotation that is no text', { ...image, annotations: { a: 1 } }, OCI.manifest, 'annotations.a'],
    ['a list', [image], OCI.manifest, ''],
  ])('NET-07 is indeterminate with %s, never empty', (_, body, mediaType, path) => {
    const error = refusal(() => parse(body, mediaType));
    expect(error).toMatchObject({ finding: 'registry.malformed-response', exitCode: 2 });
    if (path !== '') expect(error.path).toBe(path);
  });

  it('INP-02 denies keys that reach into prototypes', () => {
    const text = JSON.stringify(image).replace('"layers"', '"__proto__":{},"layers"');
    expect(refusal(() => parseManifest(Buffer.from(text), OCI.manifest)).finding).toBe('json.forbidden-key');
  });

  it('are indexes in index.json, which may leave out its media type', () => {
    const { mediaType, ...untyped } = index;
    expect(parseLayoutIndex(bytesOf(untyped))).toMatchObject({ kind: 'index', mediaType });
    expect(refusal(() => parseLayoutIndex(bytesOf(image))).finding).toBe('registry.ambiguous-manifest');
  });
});

describe('digests of OCI content', () => {
  it.each([`sha256:${'0'.repeat(64)}`, `sha512:${'f'.repeat(128)}`])('are %s', (text) => {
    expect(parseOciDigest(text, 'digest').text).toBe(text);
  });

  it.each([
    '',
    'a'.repeat(64),
    ':',
    `sha256:${'A'.repeat(64)}`,
    `SHA256:${'a'.repeat(64)}`,
    `sha256:${'a'.repeat(63)}`,
    `sha256:${'a'.repeat(65)}`,
    `sha256:${'a'.repeat(64)}\n`,
    `sha512:${'a'.repeat(64)}`,
    `sha384:${'a'.repeat(96)}`,
    `__proto__:${'a'.repeat(64)}`,
    `sha256:${'../'.repeat(21)}a`,
  ])('NET-12 are not %j', (text) => {
    expect(refusal(() => parseOciDigest(text, 'manifests[0].digest'))).toMatchObject({
      finding: 'registry.unsupported-manifest',
      path: 'manifests[0].digest',
      actual: text,
    });
  });

  it('NET-01 bind content in every bit and its length', () => {
    const content = Buffer.from('content');
    const descriptor = (size: number, digest = sha256Of(content)) => ({
      mediaType: OCI.layer,
      digest: parseOciDigest(digest, 'digest'),
      size,
      artifactType: undefined,
      annotations: {},
      platform: undefined,
      isForeign: false,
    });
    expect(() => {
      checkContent(content, descriptor(7));
    }).not.toThrow();
    expect(refusal(() => checkContent(Buffer.from('Content'), descriptor(7)))).toMatchObject({
      finding: 'registry.digest-mismatch',
      expected: sha256Of(content),
      actual: sha256Of(Buffer.from('Content')),
    });
    expect(refusal(() => checkContent(content, descriptor(8)))).toMatchObject({
      finding: 'registry.digest-mismatch',
      expected: '8 bytes',
      actual: '7 bytes',
    });
  });
});
