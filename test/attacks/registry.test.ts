import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAttestations } from '../../src/core/attestation/parse.ts';
import type { CollectedAttestations } from '../../src/core/ports.ts';
import { type DescriptorJson, OCI } from '../kit/oci-layout.ts';
import { at, REPOSITORY, type RegistryLab, startLab } from '../kit/servers/registry-lab.ts';
import { refusedWith, sigstore } from './verify.ts';

const TAG = 'org.opencontainers.image.ref.name';
const BUILDKIT = { 'vnd.docker.reference.type': 'attestation-manifest' };

let lab: RegistryLab;
beforeEach(async () => {
  lab = await startLab();
});
afterEach(() => lab.close());

const image = (): DescriptorJson => lab.layout.list(lab.layout.image());
const refer = (subject: DescriptorJson, text = '{"bundle":1}'): DescriptorJson =>
  lab.layout.list(lab.layout.attesting([lab.layout.blob(text, OCI.bundle)], subject));
const hexOf = ({ digest }: DescriptorJson): string => digest.slice(7);
const textsOf = ({ attestations }: CollectedAttestations): string[] =>
  attestations.map(({ bytes }) => Buffer.from(bytes).toString());
/** Lists these as referrers, whatever their manifests say. */
const index = (manifests: unknown, more: object = {}): string =>
  JSON.stringify({ schemaVersion: 2, mediaType: OCI.index, manifests, ...more });

/** Answers 200 with this where the path has this part. */
function answer(part: string, body: string | Buffer, type: string = OCI.index, headers = {}): void {
  const before = lab.server.intercept;
  lab.server.intercept = (request, response) => {
    if (!request.url?.includes(part)) return before?.(request, response) ?? false;
    response.writeHead(200, { 'content-type': type, ...headers }).end(body);
    return true;
  };
}

describe('NET-01 other content than its digest', () => {
  const otherBytes = (): Buffer =>
    Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI.manifest, config: {}, layers: [] }));

  it.each(['', ':1.0'])(
    'NET-01 is denied under the digest of an image, with a tag beside it: %j',
    async (tag) => {
      const subject = image();
      lab.publish();
      lab.store.manifests.set(subject.digest, { mediaType: OCI.manifest, bytes: otherBytes() });
      await expect(lab.resolve(`${tag}${at(subject)}`)).rejects.toMatchObject({
        finding: 'registry.digest-mismatch',
        exitCode: 1,
        expected: subject.digest,
      });
    },
  );

  it('NET-01 is denied for one bit', async () => {
    const subject = image();
    lab.publish();
    const { bytes, mediaType } = lab.store.manifests.get(subject.digest) ?? {
      bytes: Buffer.alloc(1),
      mediaType: '',
    };
    const spoilt = Buffer.from(bytes.toString().replace('"size":', '"size": '));
    lab.store.manifests.set(subject.digest, { mediaType, bytes: spoilt });
    await expect(lab.resolve(at(subject))).rejects.toMatchObject({ finding: 'registry.digest-mismatch' });
  });

  it('NET-01 is denied for a platform of an index', async () => {
    const platform = lab.layout.image();
    const whole = lab.layout.list(lab.layout.imageIndex([platform]));
    lab.publish();
    lab.store.manifests.set(platform.digest, { mediaType: OCI.manifest, bytes: otherBytes() });
    await expect(lab.resolve(at(whole))).rejects.toMatchObject({ finding: 'registry.digest-mismatch' });
  });

  it('NET-01 is denied for a platform whose size is another than its index says', async () => {
    const platform = lab.layout.image();
    const whole = lab.layout.list(lab.layout.imageIndex([{ ...platform, size: platform.size + 1 }]));
    lab.publish();
    await expect(lab.resolve(at(whole))).rejects.toMatchObject({ finding: 'registry.digest-mismatch' });
  });

  it('NET-01 is denied for the index through which an image is reached', async () => {
    const platform = lab.layout.image();
    const whole = lab.layout.list(lab.layout.imageIndex([platform]));
    lab.layout.list(platform);
    lab.publish();
    lab.store.manifests.set(whole.digest, {
      mediaType: OCI.index,
      bytes: Buffer.from(index([platform, platform])),
    });
    await expect(lab.resolve(at(platform), { viaIndex: whole.digest })).rejects.toMatchObject({
      finding: 'registry.digest-mismatch',
    });
  });

  it('NET-01 is denied where tag and header differ', async () => {
    const subject = lab.layout.list(lab.layout.image(), { [TAG]: '1.0' });
    lab.publish();
    const { bytes } = lab.store.manifests.get(subject.digest) ?? { bytes: '' };
    answer('/manifests/1.0', bytes as Buffer, OCI.manifest, {
      'docker-content-digest': `sha256:${'a'.repeat(64)}`,
    });
    await expect(lab.resolve(':1.0')).rejects.toMatchObject({ finding: 'registry.digest-mismatch' });
  });

  it.each(['sha256:abc', 'md5:x', '', `SHA256:${'a'.repeat(64)}`])(
    'NET-01 is not known where the header is no digest: %j',
    async (said) => {
      const subject = lab.layout.list(lab.layout.image(), { [TAG]: '1.0' });
      lab.publish();
      const { bytes } = lab.store.manifests.get(subject.digest) ?? { bytes: '' };
      answer('/manifests/1.0', bytes as Buffer, OCI.manifest, { 'docker-content-digest': said });
      await expect(lab.resolve(':1.0')).rejects.toMatchObject({ finding: 'registry.malformed-response' });
    },
  );

  it.each(['referrer', 'attestation'])('NET-01 makes the answer of a source bad: %s', async (what) => {
    const subject = image();
    const referrer = refer(subject);
    refer(subject, '{"bundle":2}');
    lab.publish();
    if (what === 'referrer') answer(`/manifests/${referrer.digest}`, otherBytes(), OCI.manifest);
    else answer('/blobs/', '{"bundle":3}', 'application/octet-stream');
    const collected = await lab.collect(at(subject));
    expect(collected).toMatchObject({ answer: 'partial', code: 'registry.digest-mismatch' });
    expect(textsOf(collected)).toEqual(what === 'referrer' ? ['{"bundle":2}'] : []);
  });

  it.each([
    ['longer', `{"bundle":1}${' '.repeat(100_000)}`],
    ['one longer', '{"bundle":1} '],
    ['shorter', '{"bundle"'],
  ])('NET-01 makes the answer of a source bad where an attestation is %s', async (_, body) => {
    const subject = image();
    refer(subject);
    lab.publish();
    answer('/blobs/', body, 'application/octet-stream');
    expect(await lab.collect(at(subject))).toMatchObject({
      answer: 'partial',
      attestations: [],
      code: 'registry.digest-mismatch',
    });
  });

  it.each([
    ['a page', '<html></html>', 'text/html; charset=utf-8'],
    ['nothing', '', 'application/octet-stream'],
  ])(
    'NET-01 is not said of %s in the place of an attestation: that is only unreadable',
    async (_, body, type) => {
      const subject = image();
      refer(subject);
      lab.publish();
      answer('/blobs/', body, type);
      expect(await lab.collect(at(subject))).toMatchObject({
        answer: 'partial',
        code: 'registry.malformed-response',
      });
    },
  );
});

describe('NET-02 a tag that moves', () => {
  it('NET-02 is read once: everything after it uses the digest that it had then', async () => {
    const first = lab.layout.list(lab.layout.image('first'));
    const second = lab.layout.list(lab.layout.image('second'));
    refer(first, '{"of":"first"}');
    refer(second, '{"of":"second"}');
    lab.publish();
    let reads = 0;
    lab.server.intercept = (request) => {
      if (request.url?.endsWith('/manifests/1.0'))
        lab.store.tags.set('1.0', reads++ % 2 === 0 ? first.digest : second.digest);
      return false;
    };
    expect(textsOf(await lab.collect(':1.0'))).toEqual(['{"of":"first"}']);
    expect(reads).toBe(1);
    expect(lab.paths().filter((path) => path.includes(hexOf(second)))).toEqual([]);
  });
});

describe('NET-03 a manifest with two meanings', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['image and index', { manifests: [] }, OCI.manifest],
    ['image and index, without media type', { manifests: [], mediaType: undefined }, OCI.manifest],
    ['image by its header, index by its body', { mediaType: OCI.index }, OCI.manifest],
    ['index by its header, image by its body', {}, OCI.index],
    ['form of Docker by its header, of OCI by its body', {}, OCI.dockerManifest],
    ['a member that differs by case alone', { Layers: [] }, OCI.manifest],
  ])('NET-03 is denied: %s', async (_, changes, type) => {
    const subject = lab.layout.list(
      { ...lab.layout.image('widget', changes), mediaType: type },
      { [TAG]: '1.0' },
    );
    lab.publish();
    const denied = { finding: 'registry.ambiguous-manifest', exitCode: 1 };
    await expect(lab.resolve(at(subject))).rejects.toMatchObject(denied);
    await expect(lab.resolve(':1.0')).rejects.toMatchObject(denied);
  });

  it('NET-03 is denied where an index and the registry call a platform by two kinds', async () => {
    const platform = lab.layout.image('widget', { mediaType: undefined });
    const whole = lab.layout.list(lab.layout.imageIndex([{ ...platform, mediaType: OCI.manifest }]));
    lab.publish();
    lab.store.manifests.set(platform.digest, {
      mediaType: OCI.dockerManifest,
      bytes: lab.store.blobs.get(platform.digest) ?? Buffer.alloc(0),
    });
    await expect(lab.resolve(at(whole))).rejects.toMatchObject({ finding: 'registry.ambiguous-manifest' });
  });

  it('NET-03 is denied where one digest is listed as two', async () => {
    const platform = lab.layout.image();
    const whole = lab.layout.list(lab.layout.imageIndex([platform, { ...platform, mediaType: OCI.index }]));
    lab.publish();
    await expect(lab.resolve(at(whole))).rejects.toMatchObject({ finding: 'registry.ambiguous-manifest' });
  });

  it('NET-03 is denied where an index calls that an index which the registry calls an image', async () => {
    const platform = lab.layout.image('widget', { mediaType: undefined });
    const whole = lab.layout.list(lab.layout.imageIndex([{ ...platform, mediaType: OCI.index }]));
    lab.publish();
    lab.store.manifests.set(platform.digest, {
      mediaType: OCI.manifest,
      bytes: lab.store.blobs.get(platform.digest) ?? Buffer.alloc(0),
    });
    await expect(lab.resolve(at(whole))).rejects.toMatchObject({ finding: 'registry.ambiguous-manifest' });
  });

  it('NET-03 makes the answer of a source bad where one digest is listed as two', async () => {
    const subject = image();
    const referrer = refer(subject);
    lab.publish();
    answer('/referrers/', index([lab.layout.imageIndex([{ ...referrer, size: 1 }]), referrer]));
    lab.layout.list(lab.layout.imageIndex([{ ...referrer, size: 1 }]));
    lab.publish();
    expect(await lab.collect(at(subject))).toMatchObject({
      answer: 'partial',
      code: 'registry.ambiguous-manifest',
    });
  });

  it('NET-03 makes the answer of a source bad where a referrer has two meanings', async () => {
    const subject = image();
    const layer = lab.layout.blob('{"bundle":1}', OCI.bundle);
    lab.layout.list(lab.layout.attesting([layer], subject, { manifests: [] }));
    lab.publish();
    expect(await lab.collect(at(subject))).toMatchObject({
      answer: 'partial',
      attestations: [],
      code: 'registry.ambiguous-manifest',
    });
  });
});

describe('NET-04 the two sides of an index', () => {
  it('NET-04 attestations of the index are none of its platform, and the reverse', async () => {
    const platform = lab.layout.image();
    const whole = lab.layout.list(lab.layout.imageIndex([platform]));
    refer(whole, '{"of":"index"}');
    lab.publish();
    expect(await lab.collect(at(platform))).toMatchObject({ answer: 'absent' });
    expect(textsOf(await lab.collect(at(whole)))).toEqual(['{"of":"index"}']);
    refer(platform, '{"of":"platform"}');
    lab.publish();
    expect(textsOf(await lab.collect(at(platform)))).toEqual(['{"of":"platform"}']);
    expect(textsOf(await lab.collect(at(whole)))).toEqual(['{"of":"index"}']);
  });

  it('NET-04 says of an index what it commits to, so that a policy can refuse a platform that was meant', async () => {
    const platform = lab.layout.image();
    const whole = lab.layout.list(lab.layout.imageIndex([platform]));
    lab.publish();
    expect((await lab.resolve(at(whole))).index?.digest).toBe(whole.digest);
    expect((await lab.resolve(at(platform))).index).toBeUndefined();
  });

  it.each<[string, (child: DescriptorJson) => DescriptorJson]>([
    ['does not list the image', () => lab.layout.imageIndex([lab.layout.image('other')])],
    ['lists nothing', () => lab.layout.imageIndex([])],
    ['lists it as an attestation', (child) => lab.layout.imageIndex([{ ...child, annotations: BUILDKIT }])],
    [
      'lists it for no platform',
      (child) => lab.layout.imageIndex([{ ...child, platform: { os: 'unknown', architecture: 'unknown' } }]),
    ],
    ['lists it in another index', (child) => lab.layout.imageIndex([lab.layout.imageIndex([child])])],
    ['is the image', (child) => child],
    ['is another image', () => lab.layout.image('other')],
  ])('NET-04 denies an image by an index that %s', async (_, make) => {
    const child = image();
    const via = lab.layout.list(make(child));
    lab.publish();
    await expect(lab.resolve(at(child), { viaIndex: via.digest })).rejects.toMatchObject({
      finding: 'subject.platform-not-covered',
      exitCode: 1,
    });
  });

  it('NET-04 denies an image by an index that is not there', async () => {
    const child = image();
    lab.publish();
    await expect(lab.resolve(at(child), { viaIndex: `sha256:${'f'.repeat(64)}` })).rejects.toMatchObject({
      finding: 'registry.not-found',
    });
  });
});

describe('NET-05 a referrer that nobody signed', () => {
  it('NET-05 is listed, whatever its labels say, and never verifies', async () => {
    const subject = image();
    const forged = sigstore
      .signStatement({
        subject: [{ name: 'widget', digest: { sha256: hexOf(subject) } }],
        signature: (right) => Buffer.concat([right.subarray(0, -1), Buffer.from([(right.at(-1) ?? 0) ^ 1])]),
      })
      .text();
    refer(subject, forged);
    refer(subject, forged.replace(/"sig":"[^"]*"/, '"sig":""'));
    lab.publish();
    const collected = await lab.collect(at(subject));
    expect(collected.answer).toBe('complete');
    expect(
      textsOf(collected)
        .map((text) => refusedWith(text))
        .sort(),
    ).toEqual(['bundle.malformed', 'dsse.signature']);
  });

  it('NET-05 is no attestation as a statement without envelope', async () => {
    const subject = image();
    const statement =
      '{"_type":"https://in-toto.io/Statement/v1","predicateType":"https://slsa.dev/provenance/v1"}';
    const artifactType = 'application/vnd.in-toto+json';
    lab.layout.list(
      lab.layout.attesting([lab.layout.blob(statement, OCI.statement)], subject, { artifactType }),
    );
    lab.publish();
    const { attestations } = await lab.collect(at(subject));
    expect(parseAttestations(attestations)).toMatchObject([
      { parsed: { finding: 'attestation.unverified' } },
    ]);
  });
});

describe('NET-06 a place that is withheld', () => {
  const withFallback = (subject: DescriptorJson, changes: Partial<DescriptorJson> = {}): void => {
    const referrer = lab.layout.attesting([lab.layout.blob('{"in":"fallback"}', OCI.bundle)], subject);
    lab.layout.list(lab.layout.imageIndex([{ ...referrer, ...changes }]), {
      [TAG]: `sha256-${hexOf(subject)}`,
    });
  };
  /** What the registry itself would list is only in the fallback list. */
  const withheld = (): void => answer('/referrers/', index([]));

  it('NET-06 is found by the fallback tag when the list is empty', async () => {
    const subject = image();
    withFallback(subject);
    lab.publish();
    withheld();
    const collected = await lab.collect(at(subject));
    expect(collected).toMatchObject({ answer: 'complete' });
    expect(textsOf(collected)).toEqual(['{"in":"fallback"}']);
  });

  it('NET-06 is found by the fallback tag when the list holds only what is no attestation', async () => {
    const subject = image();
    withFallback(subject);
    const sbom = lab.layout.list(
      lab.layout.attesting([lab.layout.blob('{}', 'application/spdx+json')], subject),
    );
    lab.publish();
    answer('/referrers/', index([sbom]));
    expect(textsOf(await lab.collect(at(subject)))).toEqual(['{"in":"fallback"}']);
  });

  it.each(['text/plain', 'application/vnd.oci.image.config.v1+json', ''])(
    'NET-06 is found although its list says that it is of the type %j',
    async (artifactType) => {
      const subject = image();
      withFallback(subject, { artifactType });
      lab.publish();
      lab.server.referrers = false;
      expect(textsOf(await lab.collect(at(subject)))).toEqual(['{"in":"fallback"}']);
      answer('/referrers/', index([{ ...refer(subject, '{"in":"list"}'), artifactType }]));
      lab.publish();
      expect(textsOf(await lab.collect(at(subject)))).toEqual(['{"in":"list"}']);
    },
  );

  it('NET-06 is found in the list when the fallback tag is gone, or leads elsewhere', async () => {
    const subject = image();
    refer(subject);
    lab.publish();
    lab.store.tags.set(`sha256-${hexOf(subject)}`, subject.digest);
    expect(textsOf(await lab.collect(at(subject)))).toEqual(['{"bundle":1}']);
  });

  it.each([500, 502, 503])('NET-06 is not absent when the list fails with %i', async (status) => {
    const subject = image();
    withFallback(subject);
    lab.publish();
    lab.server.intercept = (request, response) => {
      if (!request.url?.includes('/referrers/')) return false;
      response.writeHead(status).end();
      return true;
    };
    const collected = await lab.collect(at(subject));
    expect(collected).toMatchObject({ answer: 'partial', code: 'source.http-status' });
    expect(textsOf(collected)).toEqual(['{"in":"fallback"}']);
  });

  it('NET-06 is not absent when the list does not come in time', async () => {
    const subject = image();
    lab.publish();
    lab.server.intercept = (request) => request.url?.includes('/referrers/') === true;
    expect(await lab.collect(at(subject), { http: { headersTimeoutMs: 100 } })).toMatchObject({
      answer: 'partial',
      code: 'source.timeout',
    });
  });

  it('NET-06 is not absent when the list was filtered, although nobody asked for that', async () => {
    const subject = image();
    lab.publish();
    answer('/referrers/', index([]), OCI.index, { 'oci-filters-applied': 'artifactType' });
    expect(await lab.collect(at(subject))).toMatchObject({
      answer: 'partial',
      code: 'registry.malformed-response',
    });
  });
});

describe('NET-07 a list that cannot be read', () => {
  const BODIES: readonly (readonly [string, string])[] = [
    ['{"manifests":null}', OCI.index],
    ['{"manifests":"x"}', OCI.index],
    ['{}', OCI.index],
    ['', OCI.index],
    ['null', OCI.index],
    ['[]', OCI.index],
    ['{"schemaVersion":2,"manifests":null}', OCI.index],
    [index(null, { schemaVersion: 1 }), OCI.index],
    [index(null, { mediaType: OCI.manifest }), OCI.index],
    [index(null).slice(0, -1), OCI.index],
    [index({}), OCI.index],
    [index([null]), OCI.index],
    [index([{ digest: 'sha256:abc' }]), OCI.index],
    ['<html></html>', 'text/html'],
    ['<html></html>', OCI.index],
    [index([]), 'application/json'],
    [index([]), 'text/plain'],
    [index([]), ''],
    [index([]), OCI.manifest],
  ];

  it.each(BODIES)('NET-07 is never empty: %s as %s', async (body, type) => {
    const subject = image();
    lab.publish();
    answer('/referrers/', body, type);
    expect(await lab.collect(at(subject))).toMatchObject({
      answer: 'partial',
      attestations: [],
      code: 'registry.malformed-response',
    });
  });

  it.each(['{}', '', '{"manifests":null}', index(null), '<html></html>'])(
    'NET-07 is never empty in the fallback tag: %s',
    async (body) => {
      const subject = image();
      lab.publish();
      lab.server.referrers = false;
      answer(`/manifests/sha256-${hexOf(subject)}`, body);
      expect(await lab.collect(at(subject))).toMatchObject({
        answer: 'partial',
        code: 'registry.malformed-response',
      });
    },
  );

  it('NET-07 is never empty on its second page', async () => {
    lab.server.pageSize = 1;
    const subject = image();
    refer(subject, '{"bundle":1}');
    refer(subject, '{"bundle":2}');
    lab.publish();
    answer('from=1', '{"manifests":null}');
    expect(await lab.collect(at(subject))).toMatchObject({
      answer: 'partial',
      code: 'registry.malformed-response',
    });
  });
});

describe('NET-10 a list of many pages', () => {
  it.each([31, 101])('NET-10 is read to its end: %i referrers, the decisive one last', async (count) => {
    const subject = image();
    for (let i = 1; i < count; i++) refer(subject, `{"decoy":${i}}`);
    refer(subject, '{"decisive":1}');
    lab.publish();
    lab.server.pageSize = 10;
    const collected = await lab.collect(at(subject));
    expect(collected.answer).toBe('complete');
    expect(textsOf(collected)).toHaveLength(count);
    expect(textsOf(collected)).toContain('{"decisive":1}');
  });

  it('NET-10 is read no further than 100 pages, and is not whole then', async () => {
    const subject = image();
    const decisive = refer(subject, '{"decisive":1}');
    lab.publish();
    let page = 0;
    lab.server.intercept = (request, response) => {
      if (!request.url?.includes('/referrers/')) return false;
      page++;
      const decoy = {
        mediaType: 'application/json',
        digest: `sha256:${`${page}`.padStart(64, '0')}`,
        size: 1,
      };
      const link = `<?page=${page}>; rel="next"`;
      response.writeHead(200, { 'content-type': OCI.index, ...(page < 101 && { link }) });
      response.end(index([page === 101 ? decisive : decoy]));
      return true;
    };
    expect(await lab.collect(at(subject))).toMatchObject({
      answer: 'partial',
      attestations: [],
      code: 'source.page-limit',
    });
    expect(page).toBe(100);
  });
});

describe('NET-12 content that no digest binds', () => {
  it.each([
    'application/vnd.docker.distribution.manifest.v1+prettyjws',
    'application/vnd.docker.distribution.manifest.v1+json',
    'application/vnd.oci.artifact.manifest.v1+json',
  ])('NET-12 is denied: an image of the type %s', async (type) => {
    const subject = image();
    lab.publish();
    const { bytes } = lab.store.manifests.get(subject.digest) ?? { bytes: Buffer.alloc(0) };
    lab.store.manifests.set(subject.digest, { bytes, mediaType: type });
    await expect(lab.resolve(at(subject))).rejects.toMatchObject({
      finding: 'registry.unsupported-manifest',
      exitCode: 1,
    });
  });

  it('NET-12 is denied: schema 1 in the body', async () => {
    const subject = lab.layout.list(lab.layout.image('old', { schemaVersion: 1, fsLayers: [] }));
    lab.publish();
    await expect(lab.resolve(at(subject))).rejects.toMatchObject({
      finding: 'registry.unsupported-manifest',
    });
  });

  it.each<[string, Partial<DescriptorJson>]>([
    ['urls', { urls: ['https://elsewhere.example/layer'] }],
    [
      'a nondistributable type',
      { mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip' },
    ],
    ['a foreign type', { mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' }],
  ])('NET-12 is denied: layers of %s, of a platform too', async (_, changes) => {
    const layers = [lab.layout.blob('layer', OCI.layer, changes)];
    const windows = lab.layout.list(lab.layout.image('windows', { layers }));
    const inner = lab.layout.imageIndex([lab.layout.image(), windows]);
    const whole = lab.layout.list(lab.layout.imageIndex([inner]));
    lab.publish();
    for (const subject of [windows, inner, whole])
      await expect(lab.resolve(at(subject))).rejects.toMatchObject({
        finding: 'registry.unsupported-manifest',
      });
  });

  it.each([`sha1:${'a'.repeat(40)}`, `sha256:${'A'.repeat(64)}`, 'sha256:../../v2/', 'sha256:abcd'])(
    'NET-12 is denied: a platform by %s',
    async (digest) => {
      const whole = lab.layout.list(lab.layout.imageIndex([{ ...lab.layout.image(), digest }]));
      lab.publish();
      await expect(lab.resolve(at(whole))).rejects.toMatchObject({
        finding: 'registry.unsupported-manifest',
      });
      expect(lab.server.requests).toHaveLength(1);
    },
  );

  it.each([`md5:${'a'.repeat(32)}`, `sha256:${'A'.repeat(64)}`, 'sha256:../../v2/'])(
    'NET-12 makes a list unreadable, and never empty: %s',
    async (digest) => {
      const subject = image();
      lab.publish();
      answer('/referrers/', index([{ mediaType: OCI.manifest, digest, size: 1 }]));
      expect(await lab.collect(at(subject))).toMatchObject({
        answer: 'partial',
        code: 'registry.malformed-response',
      });
    },
  );

  it('NET-12 makes the answer of a source bad: a referrer of schema 1', async () => {
    const subject = image();
    const referrer = refer(subject);
    lab.publish();
    const { bytes } = lab.store.manifests.get(referrer.digest) ?? { bytes: Buffer.alloc(0) };
    const mediaType = 'application/vnd.docker.distribution.manifest.v1+json';
    answer('/referrers/', index([referrer]));
    lab.store.manifests.set(referrer.digest, { bytes, mediaType });
    expect(await lab.collect(at(subject))).toMatchObject({
      answer: 'partial',
      code: 'registry.unsupported-manifest',
    });
  });
});

describe('a page that is no content', () => {
  it.each(['text/html', 'text/plain', 'application/json', 'application/octet-stream', ''])(
    'is never an image, nor a wrong one: 200 as %j',
    async (type) => {
      const subject = lab.layout.list(lab.layout.image(), { [TAG]: '1.0' });
      lab.publish();
      answer('/manifests/', '<html></html>', type);
      for (const reference of [at(subject), ':1.0'])
        await expect(lab.resolve(reference)).rejects.toMatchObject({
          finding: 'registry.malformed-response',
          exitCode: 2,
        });
    },
  );

  it('is never an image: an empty answer', async () => {
    const subject = image();
    lab.publish();
    answer('/manifests/', '', OCI.manifest);
    await expect(lab.resolve(at(subject))).rejects.toMatchObject({ finding: 'registry.malformed-response' });
  });
});

it(`is asked of ${REPOSITORY} alone`, async () => {
  const subject = image();
  refer(subject);
  lab.publish();
  await lab.collect(at(subject));
  for (const { path } of lab.server.requests) expect(path.startsWith(`/v2/${REPOSITORY}/`)).toBe(true);
});
