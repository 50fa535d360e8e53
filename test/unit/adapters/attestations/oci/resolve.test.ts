import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { headManifest } from '../../../../../src/adapters/attestations/oci/manifests.ts';
import { parsePurl } from '../../../../../src/core/model/purl.ts';
import { packageName } from '../../../../../src/core/policy/package-name.ts';
import { OCI } from '../../../../kit/oci-layout.ts';
import {
  at,
  memoryCache,
  REPOSITORY,
  type RegistryLab,
  startLab,
} from '../../../../kit/servers/registry-lab.ts';

const BUILDKIT = { 'vnd.docker.reference.type': 'attestation-manifest' };
const TAG = 'org.opencontainers.image.ref.name';

let lab: RegistryLab;
beforeEach(async () => {
  lab = await startLab();
});
afterEach(() => lab.close());

describe('an image', () => {
  it('is read by its tag once, and pinned by the digest of the bytes that came', async () => {
    const image = lab.layout.list(lab.layout.image(), { [TAG]: '1.0' });
    lab.publish();
    const resolved = await lab.resolve(':1.0');
    const bytes = lab.store.manifests.get(image.digest)?.bytes ?? Buffer.alloc(0);
    expect(resolved).toEqual({
      reference: `${lab.server.host}/${REPOSITORY}@${image.digest}`,
      digests: {
        sha256: image.digest.slice(7),
        sha384: createHash('sha384').update(bytes).digest('hex'),
        sha512: createHash('sha512').update(bytes).digest('hex'),
      },
      purl: expect.stringContaining('pkg:oci/widget@sha256:'),
      fileName: undefined,
      viaIndex: undefined,
      index: undefined,
    });
    expect(lab.paths()).toEqual(['manifests/1.0']);
  });

  it('is asked for with all kinds of manifests, and without credentials', async () => {
    const image = lab.layout.list(lab.layout.image());
    lab.publish();
    await lab.resolve(at(image));
    const [{ headers, authorization }] = lab.server.requests as [(typeof lab.server.requests)[number]];
    expect(authorization).toBeUndefined();
    expect(headers.accept?.split(', ')).toEqual([
      OCI.manifest,
      OCI.dockerManifest,
      OCI.index,
      'application/vnd.docker.distribution.manifest.list.v2+json',
    ]);
  });

  it('has a purl that a policy reads back as the package of its repository', async () => {
    const image = lab.layout.list(lab.layout.image());
    lab.publish();
    const purl = parsePurl((await lab.resolve(at(image))).purl);
    expect(purl).toMatchObject({ type: 'oci', name: 'widget', version: image.digest });
    expect(purl && packageName(purl)).toBe(`pkg:oci/widget?repository_url=${lab.server.host}/${REPOSITORY}`);
  });

  it('is what its digest names, whatever the tag beside it', async () => {
    const image = lab.layout.list(lab.layout.image());
    lab.layout.list(lab.layout.image('other'), { [TAG]: '2.0' });
    lab.publish();
    expect((await lab.resolve(`:2.0${at(image)}`)).digests.sha256).toBe(image.digest.slice(7));
    expect(lab.paths()).toEqual([`manifests/${image.digest}`]);
  });

  it('may be named by SHA-512, and is then handed on by it', async () => {
    const image = lab.layout.list(lab.layout.image());
    lab.publish();
    const kept = lab.store.manifests.get(image.digest);
    const sha512 = `sha512:${createHash('sha512')
      .update(kept?.bytes ?? '')
      .digest('hex')}`;
    if (kept !== undefined) lab.store.manifests.set(sha512, kept);
    const resolved = await lab.resolve(`@${sha512}`);
    expect(resolved).toMatchObject({
      reference: `${lab.server.host}/${REPOSITORY}@${sha512}`,
      digests: { sha256: image.digest.slice(7) },
    });
    expect(parsePurl(resolved.purl)?.version).toBe(image.digest);
  });

  it('needs no digest from the registry, only from its bytes', async () => {
    lab.server.digestHeader = false;
    const image = lab.layout.list(lab.layout.image(), { [TAG]: '1.0' });
    lab.publish();
    expect((await lab.resolve(':1.0')).digests.sha256).toBe(image.digest.slice(7));
  });

  it('is not there where the registry says so by its own code, and only then', async () => {
    lab.layout.list(lab.layout.image());
    lab.publish();
    const missing = `@sha256:${'f'.repeat(64)}`;
    await expect(lab.resolve(missing)).rejects.toMatchObject({
      finding: 'registry.not-found',
      exitCode: 1,
    });
    await expect(lab.resolve(':9.9')).rejects.toMatchObject({ finding: 'registry.not-found' });
    for (const body of [
      '',
      '404 page not found\n',
      '{}',
      '{"errors":[]}',
      '{"errors":[{"code":"DENIED"}]}',
      '{"errors":[{"code":"MANIFEST_UNKNOWN"},{"code":"DENIED"}]}',
    ]) {
      lab.server.intercept = (_, response) => {
        response.writeHead(404).end(body);
        return true;
      };
      await expect(lab.resolve(missing)).rejects.toMatchObject({
        finding: 'source.http-status',
        exitCode: 2,
      });
    }
  });

  it('is read once in a run, although it is asked for again', async () => {
    lab.layout.list(lab.layout.image(), { [TAG]: '1.0' });
    lab.publish();
    const registry = lab.registry();
    const image = { registry: lab.server.host, repository: REPOSITORY, tag: '1.0', digest: undefined };
    const both = await Promise.all([
      registry.resolve(image, { viaIndex: undefined }),
      registry.resolve(image, { viaIndex: undefined }),
    ]);
    expect(both[0]).toEqual(both[1]);
    expect(lab.paths()).toEqual(['manifests/1.0']);
  });

  it('is asked for again when the first try was refused', async () => {
    lab.layout.list(lab.layout.image(), { [TAG]: '1.0' });
    lab.publish();
    const registry = lab.registry();
    const image = { registry: lab.server.host, repository: REPOSITORY, tag: '1.0', digest: undefined };
    lab.server.intercept = (_, response) => {
      response.writeHead(500).end();
      return true;
    };
    await expect(registry.resolve(image, { viaIndex: undefined })).rejects.toMatchObject({
      finding: 'source.http-status',
    });
    lab.server.intercept = undefined;
    await expect(registry.resolve(image, { viaIndex: undefined })).resolves.toBeDefined();
  });
});

describe('an index', () => {
  it('is told with its bytes, and its platforms are looked at, but no attestation of BuildKit', async () => {
    const platforms = [lab.layout.image('amd64'), lab.layout.image('arm64')];
    const buildkit = lab.layout.attesting([]);
    const unknown = lab.layout.image('unknown');
    const index = lab.layout.list(
      lab.layout.imageIndex([
        ...platforms,
        { ...buildkit, annotations: BUILDKIT },
        { ...unknown, platform: { os: 'unknown', architecture: 'unknown' } },
      ]),
    );
    lab.publish();
    const { index: told } = await lab.resolve(at(index));
    expect(told).toMatchObject({ digest: index.digest, mediaType: OCI.index });
    expect(
      Buffer.from(told?.bytes ?? []).equals(lab.store.manifests.get(index.digest)?.bytes ?? Buffer.alloc(0)),
    ).toBe(true);
    expect(lab.paths().sort()).toEqual(
      [index, ...platforms].map(({ digest }) => `manifests/${digest}`).sort(),
    );
  });

  it('may lack a platform, which could not be pulled either', async () => {
    const [here, away] = [lab.layout.image('here'), lab.layout.image('away')];
    const index = lab.layout.list(lab.layout.imageIndex([here, away]));
    lab.publish();
    lab.store.manifests.delete(away.digest);
    expect((await lab.resolve(at(index))).digests.sha256).toBe(index.digest.slice(7));
  });

  it('covers a platform that was reached through it', async () => {
    const platform = lab.layout.image();
    const index = lab.layout.list(lab.layout.imageIndex([platform]));
    lab.publish();
    const resolved = await lab.resolve(at(platform), { viaIndex: index.digest });
    expect(resolved).toMatchObject({
      digests: { sha256: platform.digest.slice(7) },
      viaIndex: { digest: index.digest, mediaType: OCI.index },
      index: undefined,
    });
  });

  it.each(['latest', 'sha256:abc', `sha1:${'a'.repeat(40)}`])(
    'is named by a digest, not by %s',
    async (viaIndex) => {
      const image = lab.layout.list(lab.layout.image());
      lab.publish();
      await expect(lab.resolve(at(image), { viaIndex })).rejects.toMatchObject({
        finding: 'usage.artifact',
        exitCode: 64,
      });
    },
  );
});

describe('the cache', () => {
  it('gives what was read before by digest, but never what a tag names', async () => {
    const image = lab.layout.list(lab.layout.image(), { [TAG]: '1.0' });
    lab.publish();
    const cache = memoryCache();
    await lab.resolve(':1.0', { cache });
    await lab.resolve(at(image), { cache });
    expect(lab.paths()).toEqual(['manifests/1.0']);
    await lab.resolve(':1.0', { cache });
    expect(lab.paths()).toEqual(['manifests/1.0', 'manifests/1.0']);
  });

  it('is not believed: other content under a digest is asked for again', async () => {
    const image = lab.layout.list(lab.layout.image());
    const other = lab.layout.image('other');
    lab.publish();
    const cache = memoryCache();
    await lab.resolve(at(image), { cache });
    cache.kept.set(image.digest, lab.store.manifests.get(other.digest)?.bytes ?? Buffer.from('{}'));
    expect((await lab.resolve(at(image), { cache })).digests.sha256).toBe(image.digest.slice(7));
    expect(lab.paths()).toHaveLength(2);
  });

  it('does not say of which kind a manifest is that does not say it itself', async () => {
    const { mediaType: _, ...image } = lab.layout.image('widget', { mediaType: undefined });
    const listed = lab.layout.list({ ...image, mediaType: OCI.manifest });
    lab.publish();
    const cache = memoryCache();
    await lab.resolve(at(listed), { cache });
    await lab.resolve(at(listed), { cache });
    expect(lab.paths()).toHaveLength(2);
  });
});

describe('what a registry says of a manifest without its bytes', () => {
  it('is digest and type, and nothing where nothing is', async () => {
    const image = lab.layout.list(lab.layout.image(), { [TAG]: '1.0' });
    lab.publish();
    const repository = lab.registry().repository({ registry: lab.server.host, repository: REPOSITORY });
    expect(await headManifest(repository, '1.0')).toMatchObject({
      content: { digest: { text: image.digest }, mediaType: OCI.manifest },
    });
    // An answer to HEAD has no body that could say why.
    expect(await headManifest(repository, '2.0')).toEqual({ absence: 'silent' });
    expect(lab.server.requests.map(({ method }) => method)).toEqual(['HEAD', 'HEAD']);
  });
});
