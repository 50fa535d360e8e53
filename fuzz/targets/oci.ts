import { parseArtifactReference } from '../../src/core/model/artifact-reference.ts';
import { checkContent, parseOciDigest } from '../../src/core/model/oci/descriptor.ts';
import { checkLayoutMarker, parseLayoutIndex, parseManifest } from '../../src/core/model/oci/manifest.ts';
import { mutateText } from '../mutate.ts';
import { mutateJson, mutateJsonText } from '../mutate-json.ts';
import { answerOf, assert, attempt, type FuzzTarget, joinAnswers } from '../target.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const descriptor = (mediaType: string, more: object = {}): object => ({
  mediaType,
  digest: `sha256:${'ab'.repeat(32)}`,
  size: 123,
  ...more,
});
const DOCUMENTS: readonly unknown[] = [
  {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: descriptor('application/vnd.oci.image.config.v1+json'),
    layers: [descriptor('application/vnd.oci.image.layer.v1.tar+gzip', { annotations: { a: 'b' } })],
    annotations: { 'org.opencontainers.image.created': '2026-03-01T12:00:00Z' },
  },
  {
    schemaVersion: 2,
    mediaType: MANIFEST,
    artifactType: BUNDLE,
    config: descriptor('application/vnd.oci.empty.v1+json', { size: 2 }),
    layers: [descriptor(BUNDLE)],
    subject: descriptor(MANIFEST),
  },
  {
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: [
      descriptor(MANIFEST, { platform: { os: 'linux', architecture: 'amd64' } }),
      descriptor(MANIFEST, { annotations: { 'org.opencontainers.image.ref.name': '1.2.3' } }),
    ],
  },
  { imageLayoutVersion: '1.0.0' },
];
const WORDS = [
  `sha256:${'0f'.repeat(32)}`,
  `sha512:${'0f'.repeat(64)}`,
  `pkg:oci/widget@sha256:${'ab'.repeat(32)}?repository_url=ghcr.io/octo-org/widget&tag=1.2.3`,
  'pkg:npm/%40octo/widget@1.2.3',
  'pkg:github/octo-org/widget@v1.2.3?asset=a.tgz',
  `pkg:npm/widget@1.2.3?checksum=sha256:${'0f'.repeat(32)}`,
  'oci-layout:dir:1.2.3',
];

/** F7: manifests, indexes, layouts, digests, package URLs and other references. What is read must not depend on which kind was expected. */
export function ociTarget(): FuzzTarget {
  return {
    id: 'F7',
    title: 'OCI manifests, digests, references',
    draw(random) {
      if (random.oneIn(4)) return Buffer.from(mutateText(random.pick(WORDS), random));
      const text = JSON.stringify(mutateJson(random.pick(DOCUMENTS), random, DOCUMENTS)) ?? '';
      return random.oneIn(5) ? mutateJsonText(text, random) : Buffer.from(text);
    },
    check(input) {
      const text = input.toString('utf8');
      const kinds = [MANIFEST, INDEX].map((type) => attempt(() => parseManifest(input, type)));
      assert(kinds.filter((kind) => 'value' in kind).length < 2, 'read one body as an image and as an index');
      const digest = attempt(() => parseOciDigest(text, 'path'));
      if ('value' in digest) {
        assert(/^sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$/.test(text), 'accepted a digest of another form');
        assert(digest.value.text === text, 'read another digest');
      }
      const artifact = attempt(() => parseArtifactReference(text));
      if ('value' in artifact && 'digests' in artifact.value) {
        const [[algorithm, value] = ['', ''], second] = Object.entries(artifact.value.digests);
        assert(second === undefined && value !== '', 'a reference names not exactly one digest');
        assert(decodeURIComponent(text).includes(`${algorithm}:${value}`), 'read a digest that is not there');
      }
      for (const kind of kinds) {
        if (!('value' in kind) || kind.value.kind !== 'index') continue;
        for (const each of kind.value.manifests) answerOf(() => checkContent(input, each));
      }
      return joinAnswers([
        ...kinds.map((kind) => ('value' in kind ? 'accepted' : kind.refused)),
        answerOf(() => parseLayoutIndex(input)),
        answerOf(() => checkLayoutMarker(input)),
        'value' in digest ? 'accepted' : digest.refused,
      ]);
    },
  };
}
