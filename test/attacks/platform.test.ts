import { describe, expect, it } from 'vitest';
import { evaluateWith, sigstore, widgetEntry, widgetPolicy } from '../kit/gate.ts';
import { hash, sha256 } from '../kit/keys.ts';
import { subjectOf } from '../kit/statement.ts';

/** An attestation of one side of an index, and a promotion of the other. */

const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

const child = Buffer.from('the manifest of one platform');
const other = Buffer.from('the manifest of another platform');

const entryOf = (bytes: Buffer, extra: object = {}) => ({
  mediaType: MANIFEST_TYPE,
  digest: `sha256:${sha256(bytes).toString('hex')}`,
  size: bytes.length,
  platform: { os: 'linux', architecture: 'amd64' },
  ...extra,
});

const indexOf = (...manifests: readonly object[]): Buffer =>
  Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests }));

const INDEX = indexOf(entryOf(child), entryOf(other));
const viaIndex = (bytes: Buffer) => ({ name: `via-index:${INDEX_TYPE}`, bytes });
const asIndex = (bytes: Buffer) => ({ name: `index:${INDEX_TYPE}`, bytes });
const attested = (bytes: Buffer) => sigstore.signStatement({ subject: [subjectOf('widget', bytes)] });

const relying = { ...widgetPolicy(), packages: [{ ...widgetEntry(), viaIndex: true }] };
const NOT_COVERED = ['subject-digest subject.platform-not-covered'];

describe('NET-04 an attestation of the index, and a promotion of one platform', () => {
  it('NET-04 allows where the policy relies on the index and it lists the platform', async () => {
    const asked = { artifact: child, signed: attested(INDEX), material: { facts: [viaIndex(INDEX)] } };
    const { verdict, finding } = await evaluateWith({ ...asked, policy: relying });
    expect(verdict).toBe('allow');
    expect(finding('subject-digest').actual).toContain('an index that lists the artifact');
  });

  it('NET-04 allows where the index lists the platform by its SHA-512', async () => {
    const index = indexOf(entryOf(child, { digest: `sha512:${hash('sha512', child).toString('hex')}` }));
    const asked = { artifact: child, signed: attested(index), material: { facts: [viaIndex(index)] } };
    expect((await evaluateWith({ ...asked, policy: relying })).verdict).toBe('allow');
    const { verdict, faults } = await evaluateWith({ ...asked, artifact: other, policy: relying });
    expect([verdict, faults]).toEqual(['deny', NOT_COVERED]);
  });

  it('NET-04 denies where the policy does not rely on indexes', async () => {
    const asked = { artifact: child, signed: attested(INDEX), material: { facts: [viaIndex(INDEX)] } };
    const { verdict, faults } = await evaluateWith(asked);
    expect([verdict, faults]).toEqual(['deny', NOT_COVERED]);
  });

  it('NET-04 denies where the index was not named', async () => {
    const { verdict, faults } = await evaluateWith({
      artifact: child,
      signed: attested(INDEX),
      policy: relying,
    });
    expect([verdict, faults]).toEqual(['deny', ['subject-digest subject.mismatch']]);
  });

  it.each([
    ['another platform alone', indexOf(entryOf(other))],
    ['nothing', indexOf()],
    [
      'the platform as an attestation of BuildKit',
      indexOf(entryOf(child, { annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } })),
    ],
    [
      'the platform as unknown',
      indexOf(entryOf(child, { platform: { os: 'unknown', architecture: 'unknown' } })),
    ],
  ])('NET-04 denies where the index lists %s', async (_, index) => {
    const asked = { artifact: child, signed: attested(index), material: { facts: [viaIndex(index)] } };
    const { verdict, faults } = await evaluateWith({ ...asked, policy: relying });
    expect([verdict, faults]).toEqual(['deny', NOT_COVERED]);
  });

  it('NET-04 denies where the attestation is about another index than the one that lists the platform', async () => {
    const another = indexOf(entryOf(child), entryOf(other), entryOf(Buffer.from('a third one')));
    const { verdict, faults } = await evaluateWith({
      artifact: child,
      signed: attested(another),
      policy: relying,
      material: { facts: [viaIndex(INDEX)] },
    });
    expect([verdict, faults]).toEqual(['deny', ['subject-digest subject.mismatch']]);
  });
});

describe('NET-04 an attestation of one platform, and a promotion of the index', () => {
  it('NET-04 denies the index for what is about a platform', async () => {
    const asked = { artifact: INDEX, signed: attested(child), material: { facts: [asIndex(INDEX)] } };
    for (const policy of [widgetPolicy(), relying]) {
      const { verdict, faults } = await evaluateWith({ ...asked, policy });
      expect([verdict, faults]).toEqual(['deny', NOT_COVERED]);
    }
  });

  it('NET-04 allows the index for what is about the index', async () => {
    const asked = { artifact: INDEX, signed: attested(INDEX), material: { facts: [asIndex(INDEX)] } };
    expect((await evaluateWith(asked)).verdict).toBe('allow');
  });
});
