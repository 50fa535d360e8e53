import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../../../../src/core/model/oci/manifest.ts';
import { encodeReferrer } from '../../../../../src/core/model/oci/referrer.ts';
import { OCI } from '../../../../kit/oci-layout.ts';
import { toReferrer } from '../../../../kit/servers/registry-push.ts';

const SUBJECT = { mediaType: OCI.index, digest: `sha256:${'a'.repeat(64)}`, size: 123 };

describe('the manifest of a referrer', () => {
  it('is read back as what it was made of', () => {
    const referrer = toReferrer('{"payload":"e30="}', { annotations: { b: '2', a: '1' } });
    const { descriptor, manifest, blobs } = encodeReferrer(referrer, SUBJECT);
    expect(descriptor).toEqual({
      mediaType: OCI.manifest,
      digest: `sha256:${createHash('sha256').update(manifest).digest('hex')}`,
      size: manifest.length,
      artifactType: referrer.artifactType,
      annotations: { a: '1', b: '2' },
    });
    const parsed = parseManifest(manifest, descriptor.mediaType);
    expect(parsed).toMatchObject({
      kind: 'manifest',
      subject: { mediaType: SUBJECT.mediaType, digest: { text: SUBJECT.digest }, size: 123 },
      annotations: { a: '1', b: '2' },
    });
    const named = parsed.kind === 'manifest' ? [parsed.config, ...parsed.layers] : [];
    expect(named.map(({ digest, size, mediaType }) => [digest.text, size, mediaType])).toEqual(
      blobs.map(({ digest, bytes, mediaType }) => [digest, bytes.length, mediaType]),
    );
    for (const { digest, bytes } of blobs)
      expect(digest).toBe(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
  });

  it('is another one for another image, document, label or name', () => {
    const digests = [
      encodeReferrer(toReferrer('a'), SUBJECT),
      encodeReferrer(toReferrer('b'), SUBJECT),
      encodeReferrer(toReferrer('a', { title: 'other' }), SUBJECT),
      encodeReferrer(toReferrer('a', { annotations: {} }), SUBJECT),
      encodeReferrer(toReferrer('a', { artifactType: 'application/x' }), SUBJECT),
      encodeReferrer(toReferrer('a'), { ...SUBJECT, digest: `sha256:${'b'.repeat(64)}` }),
    ].map(({ descriptor }) => descriptor.digest);
    expect(new Set(digests).size).toBe(6);
  });
});
