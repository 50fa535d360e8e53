import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImageWriter } from '../../../../../src/adapters/attestations/oci/writer.ts';
import type { RegistryCredential } from '../../../../../src/adapters/credentials/types.ts';
import { parseOciReference } from '../../../../../src/core/model/oci/reference.ts';
import type { AttachedReferrers, Referrer } from '../../../../../src/core/model/oci/referrer.ts';
import { type DescriptorJson, OCI } from '../../../../kit/oci-layout.ts';
import { startRegistry } from '../../../../kit/servers/registry.ts';
import {
  at,
  type LabRun,
  memoryCache,
  REPOSITORY,
  type RegistryLab,
  startLab,
} from '../../../../kit/servers/registry-lab.ts';
import { toReferrer, when } from '../../../../kit/servers/registry-push.ts';
import { startTokenServer } from '../../../../kit/servers/registry-tokens.ts';

const EMPTY = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';
const DOCUMENT = toReferrer('{"payload":"e30="}');

let lab: RegistryLab;
let image: DescriptorJson;
beforeEach(async () => {
  lab = await startLab();
  image = lab.layout.list(lab.layout.image());
  lab.publish();
});
afterEach(() => lab.close());

const attach = (
  referrers: readonly Referrer[] = [DOCUMENT],
  { reference = at(image), ...run }: LabRun & { readonly reference?: string } = {},
): Promise<AttachedReferrers> =>
  createImageWriter({
    registry: lab.registry(run),
    listedHosts: new Set([lab.server.host, ...(run.listed ?? [])]),
    close: async () => {},
  }).attach(parseOciReference(`${lab.server.host}/${REPOSITORY}${reference}`), referrers);

const writes = (): string[] =>
  lab.server.requests
    .filter(({ method }) => method === 'PUT' || method === 'POST')
    .map(
      ({ method, path }) => `${method} ${path.replace(`/v2/${REPOSITORY}/`, '').replace(/sha256[:%].*/, '')}`,
    );
const textsOf = async (): Promise<string[]> =>
  (await lab.collect(at(image))).attestations.map(({ bytes }) => Buffer.from(bytes).toString()).sort();
const listOf = (tag: string): { manifests: DescriptorJson[]; annotations?: object } =>
  JSON.parse(String(lab.store.manifests.get(lab.store.tags.get(tag) ?? '')?.bytes));
const tag = (): string => image.digest.replace(':', '-');

describe('what is attached', () => {
  it('is a manifest with the document as its layer and the image as its subject', async () => {
    const { place, referrers } = await attach();
    const [{ digest = '', document = '' } = {}] = referrers;
    expect(place).toEqual({ kind: 'referrers' });
    expect(JSON.parse(String(lab.store.manifests.get(digest)?.bytes))).toEqual({
      schemaVersion: 2,
      mediaType: OCI.manifest,
      artifactType: DOCUMENT.artifactType,
      config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: EMPTY, size: 2 },
      layers: [
        {
          mediaType: OCI.envelope,
          digest: document,
          size: DOCUMENT.bytes.length,
          annotations: { 'org.opencontainers.image.title': 'summary.json' },
        },
      ],
      subject: { mediaType: OCI.manifest, digest: image.digest, size: image.size },
      annotations: DOCUMENT.annotations,
    });
    expect(lab.store.blobs.get(document)?.toString()).toBe('{"payload":"e30="}');
    expect(lab.store.blobs.get(EMPTY)?.toString()).toBe('{}');
  });

  it('comes after everything that it names, and no tag is made where the registry lists it', async () => {
    await attach([DOCUMENT, toReferrer('second')]);
    const upload = ['POST blobs/uploads/', 'PUT blobs/uploads/session-1?digest='];
    expect(writes()).toEqual([...upload, ...upload, ...upload, 'PUT manifests/', 'PUT manifests/']);
    expect([...lab.store.tags.keys()]).toEqual([]);
  });

  it('is found by a run that knows nothing of it', async () => {
    await attach([DOCUMENT, toReferrer('{"payload":"second"}')]);
    expect(await textsOf()).toEqual(['{"payload":"e30="}', '{"payload":"second"}']);
  });

  it('is the same for the same document, whenever and however often', async () => {
    const first = await attach();
    const [before, blobs] = [
      lab.store.manifests.size,
      writes().filter((one) => one.startsWith('POST')).length,
    ];
    const reordered = Object.fromEntries(Object.entries({ ...DOCUMENT.annotations, a: '1' }).reverse());
    expect(await attach()).toEqual(first);
    expect(lab.store.manifests.size).toBe(before);
    expect(writes().filter((one) => one.startsWith('POST'))).toHaveLength(blobs);
    const withMore = { annotations: { a: '1', ...DOCUMENT.annotations } };
    const [one] = (await attach([toReferrer('x', withMore)])).referrers;
    const [other] = (await attach([toReferrer('x', { annotations: reordered })])).referrers;
    expect(one).toEqual(other);
  });

  it('hangs on the SHA-256 of an image that is named by its SHA-512', async () => {
    const kept = lab.store.manifests.get(image.digest);
    const sha512 = `sha512:${createHash('sha512')
      .update(kept?.bytes ?? '')
      .digest('hex')}`;
    if (kept !== undefined) lab.store.manifests.set(sha512, kept);
    await attach([DOCUMENT], { reference: `@${sha512}` });
    expect(await textsOf()).toEqual(['{"payload":"e30="}']);
  });

  it('hangs on an index as on an image', async () => {
    const index = lab.layout.list(lab.layout.imageIndex([image]));
    lab.publish();
    const { referrers } = await attach([DOCUMENT], { reference: at(index) });
    expect(JSON.parse(String(lab.store.manifests.get(referrers[0]?.digest ?? '')?.bytes)).subject).toEqual({
      mediaType: OCI.index,
      digest: index.digest,
      size: index.size,
    });
  });

  it('is nothing where the image is named by a tag, or is not there', async () => {
    await expect(attach([DOCUMENT], { reference: ':1.0' })).rejects.toMatchObject({
      finding: 'usage.artifact',
      exitCode: 64,
    });
    await expect(attach([DOCUMENT], { reference: `@sha256:${'0'.repeat(64)}` })).rejects.toMatchObject({
      finding: 'registry.not-found',
      exitCode: 1,
    });
    expect(writes()).toEqual([]);
  });

  it('is never read back from a cache', async () => {
    await expect(attach([DOCUMENT], { cache: memoryCache() })).rejects.toThrow(TypeError);
    expect(writes()).toEqual([]);
  });
});

describe('a registry without the referrers API', () => {
  beforeEach(() => {
    lab.server.referrers = false;
  });

  it('gets the list under the fallback tag', async () => {
    const { place, referrers } = await attach();
    expect(place).toEqual({ kind: 'tag', tag: tag() });
    const [{ digest = '' } = {}] = referrers;
    expect(listOf(tag())).toEqual({
      schemaVersion: 2,
      mediaType: OCI.index,
      manifests: [
        {
          mediaType: OCI.manifest,
          digest,
          size: lab.store.manifests.get(digest)?.bytes.length,
          artifactType: DOCUMENT.artifactType,
          annotations: DOCUMENT.annotations,
        },
      ],
    });
    expect(await textsOf()).toEqual(['{"payload":"e30="}']);
  });

  it('keeps what others have put into the list, and what we do not know of it', async () => {
    const other = lab.layout.attesting([lab.layout.blob('{"other":1}', OCI.bundle)], image);
    lab.layout.list(other);
    lab.publish();
    const entry = { ...other, platform: { os: 'linux', architecture: 'amd64' }, data: 'e30=' };
    const list = { schemaVersion: 2, mediaType: OCI.index, manifests: [entry], annotations: { by: 'them' } };
    lab.store.putManifest(JSON.stringify(list), OCI.index, tag());
    await attach();
    const { manifests, annotations } = listOf(tag());
    expect(manifests[0]).toEqual(entry);
    expect(manifests).toHaveLength(2);
    expect(annotations).toEqual({ by: 'them' });
    expect(await textsOf()).toEqual(['{"other":1}', '{"payload":"e30="}']);
  });

  it('is written to no second time for the same documents', async () => {
    await attach();
    const before = lab.store.tags.get(tag());
    await attach();
    expect(lab.store.tags.get(tag())).toBe(before);
    expect(writes().filter((one) => one === `PUT manifests/${tag()}`)).toHaveLength(1);
  });

  it('is written to where the list is empty', async () => {
    lab.store.putManifest(
      JSON.stringify({ schemaVersion: 2, mediaType: OCI.index, manifests: [] }),
      OCI.index,
      tag(),
    );
    await attach();
    expect(listOf(tag()).manifests).toHaveLength(1);
  });

  it.each([
    ['an image', () => lab.store.tags.set(tag(), image.digest)],
    [
      'a list of Docker',
      () =>
        lab.store.putManifest(
          JSON.stringify({
            schemaVersion: 2,
            mediaType: 'application/vnd.docker.distribution.manifest.list.v2+json',
            manifests: [],
          }),
          'application/vnd.docker.distribution.manifest.list.v2+json',
          tag(),
        ),
    ],
  ])('is left alone where the tag names %s', async (_, prepare) => {
    prepare();
    const before = lab.store.tags.get(tag());
    await expect(attach()).rejects.toMatchObject({ finding: 'registry.write-failed', exitCode: 2 });
    expect(lab.store.tags.get(tag())).toBe(before);
  });
});

describe('a registry with the referrers API that says nothing of it', () => {
  it('is asked for its list, and gets no tag where it lists everything', async () => {
    when(lab.server, { method: 'PUT', path: '/manifests/' }, (response) => {
      const write = response.writeHead.bind(response);
      response.writeHead = ((status: number, headers: Record<string, string>) => {
        const { 'oci-subject': _, ...others } = headers;
        return write(status, others);
      }) as typeof response.writeHead;
      return false;
    });
    expect((await attach()).place).toEqual({ kind: 'referrers' });
    expect([...lab.store.tags.keys()]).toEqual([]);
  });

  it('gets the list under the tag where it does not list it', async () => {
    lab.server.referrers = false;
    when(lab.server, { method: 'GET', path: '/referrers/' }, (response) => {
      response
        .writeHead(200, { 'content-type': OCI.index })
        .end(JSON.stringify({ schemaVersion: 2, mediaType: OCI.index, manifests: [] }));
      return true;
    });
    expect((await attach()).place).toEqual({ kind: 'tag', tag: tag() });
    expect(await textsOf()).toEqual(['{"payload":"e30="}']);
  });
});

describe('who writes', () => {
  const USER = { name: 'tester', password: 's3cret' };
  const credential: RegistryCredential = {
    kind: 'basic',
    username: USER.name,
    password: USER.password,
    from: 'a test',
  };

  it('asks for a token that may push, for writes alone', async () => {
    const tokens = await startTokenServer({ user: USER });
    lab.server.guard = tokens.guard;
    await attach([DOCUMENT], { credential, listed: [tokens.host] });
    const scopes = tokens.requests.map(({ path }) => new URL(path, tokens.origin).searchParams.get('scope'));
    expect(scopes).toEqual([`repository:${REPOSITORY}:pull`, `repository:${REPOSITORY}:pull,push`]);
    await tokens.close();
  });

  it('is told to log in where the token does not push', async () => {
    const tokens = await startTokenServer({ user: USER });
    lab.server.guard = (request, scope) =>
      scope.endsWith('push')
        ? `Bearer realm="${tokens.realm}",service="registry.test"`
        : tokens.guard(request, scope);
    await expect(attach([DOCUMENT], { credential, listed: [tokens.host] })).rejects.toMatchObject({
      finding: 'source.unauthorized',
      exitCode: 2,
      hint: expect.stringContaining('may push'),
    });
    expect(lab.store.blobs.has(EMPTY)).toBe(false);
    await tokens.close();
  });

  it('SSRF-04 puts content where the registry says only at the registry itself', async () => {
    const elsewhere = await startRegistry();
    for (const location of [
      `${elsewhere.origin}/v2/x/blobs/uploads/1`,
      'http://169.254.169.254/latest',
      'file:///etc/passwd',
      `http://user:secret@${lab.server.host}/v2/${REPOSITORY}/blobs/uploads/1`,
    ]) {
      lab.server.intercept = undefined;
      when(lab.server, { method: 'POST', path: '/blobs/uploads/' }, (response) => {
        response.writeHead(202, { location }).end();
        return true;
      });
      await expect(attach([DOCUMENT], { credential })).rejects.toMatchObject({
        finding: 'source.host-refused',
        exitCode: 2,
      });
    }
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.close();
  });

  it('SSRF-01 puts content at a host that the user listed, without any credentials', async () => {
    const elsewhere = await startRegistry();
    lab.server.guard = (request) =>
      request.headers.authorization === undefined ? 'Basic realm="x"' : undefined;
    when(elsewhere, { method: 'PUT', path: '/put' }, (response) => {
      const { path = '', body = '' } = elsewhere.requests.at(-1) ?? {};
      expect(new URL(path, elsewhere.origin).searchParams.get('digest')).toMatch(/^sha256:/);
      lab.store.putBlob(Buffer.from(body, 'latin1'));
      response.writeHead(201).end();
      return true;
    });
    when(lab.server, { method: 'POST', path: '/blobs/uploads/' }, (response) => {
      if (lab.server.requests.at(-1)?.authorization === undefined) return false;
      response.writeHead(202, { location: `${elsewhere.origin}/put?sig=a%2Bb+c&x=1` }).end();
      return true;
    });
    await attach([DOCUMENT], { credential, listed: [elsewhere.host] });
    expect(elsewhere.requests.map(({ path }) => path.replace(/digest=.*/, ''))).toEqual([
      '/put?sig=a%2Bb+c&x=1&',
      '/put?sig=a%2Bb+c&x=1&',
    ]);
    expect(JSON.stringify(elsewhere.requests)).not.toContain('authorization":"');
    expect(await lab.collect(at(image), { credential })).toMatchObject({ answer: 'complete' });
    await elsewhere.close();
  });
});
