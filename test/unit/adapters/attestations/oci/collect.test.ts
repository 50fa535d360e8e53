import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CollectedAttestations } from '../../../../../src/core/ports.ts';
import { type DescriptorJson, OCI, sha256Of } from '../../../../kit/oci-layout.ts';
import { sendError } from '../../../../kit/servers/registry-answers.ts';
import {
  at,
  memoryCache,
  REPOSITORY,
  type RegistryLab,
  startLab,
} from '../../../../kit/servers/registry-lab.ts';

const TAG = 'org.opencontainers.image.ref.name';
const BUILDKIT = { 'vnd.docker.reference.type': 'attestation-manifest' };

let lab: RegistryLab;
beforeEach(async () => {
  lab = await startLab();
});
afterEach(() => lab.close());

const name = (): string => `oci:${lab.server.host}/${REPOSITORY}`;
/** Texts of what was found. */
const textsOf = ({ attestations }: CollectedAttestations): string[] =>
  attestations.map(({ bytes }) => Buffer.from(bytes).toString());
const image = (): DescriptorJson => lab.layout.list(lab.layout.image());
const bundle = (text: string): DescriptorJson => lab.layout.blob(text, OCI.bundle);
const refer = (subject: DescriptorJson, text = '{"bundle":1}'): DescriptorJson =>
  lab.layout.list(lab.layout.attesting([bundle(text)], subject));
const hexOf = ({ digest }: DescriptorJson): string => digest.slice(7);

/** More than all manifests of one digest may be together, in pieces that are each as large as allowed. */
const PIECES = 17;
const PIECE = 'x'.repeat(4 * 1024 * 1024 - 2_000);

describe('attestations of an image', () => {
  it('RES-02 are not read where the manifests that are listed are too large together', async () => {
    const subject = image();
    for (let number = 0; number < PIECES; number++)
      lab.layout.list(lab.layout.attesting([bundle('{}')], subject, { more: `${number}${PIECE}` }));
    lab.publish();
    const before = lab.paths().length;
    const answer = await lab.collect(at(subject));
    expect(answer).toMatchObject({ answer: 'partial', code: 'limit.graph', attestations: [] });
    expect(lab.paths().length - before).toBeLessThan(PIECES);
  });

  it('RES-02 are not read of an image that commits to platforms that are too large together', async () => {
    const platforms = Array.from({ length: PIECES }, (_, number) => ({
      ...lab.layout.image('widget', { annotations: { number: `${number}${PIECE}` } }),
      platform: { architecture: 'amd64', os: 'linux' },
    }));
    const index = lab.layout.list(lab.layout.imageIndex(platforms));
    lab.publish();
    await expect(lab.collect(at(index))).rejects.toMatchObject({ finding: 'limit.graph', exitCode: 2 });
    expect(lab.paths()).toEqual([`manifests/${index.digest}`]);
  });

  it('RES-02 are not known where pages of the list are too large together', async () => {
    const subject = image();
    lab.publish();
    let pages = 0;
    lab.server.intercept = ({ url = '' }, response) => {
      if (!url.includes('/referrers/')) return false;
      const digest = sha256Of(Buffer.from(`${pages++}`));
      const listed = { mediaType: OCI.manifest, digest, size: 2, annotations: { text: PIECE } };
      const list = { schemaVersion: 2, mediaType: OCI.index, manifests: [listed] };
      const next = `</v2/${REPOSITORY}/referrers/${subject.digest}?n=${pages}>; rel="next"`;
      response.writeHead(200, { 'content-type': OCI.index, link: next }).end(JSON.stringify(list));
      return true;
    };
    const answer = await lab.collect(at(subject));
    expect(answer).toMatchObject({ answer: 'partial', attestations: [] });
    expect(pages).toBe(PIECES);
  });

  it('are what refers to it, found with five requests', async () => {
    const subject = image();
    const referrer = refer(subject);
    lab.publish();
    expect(await lab.collect(at(subject))).toEqual({
      name: name(),
      answer: 'complete',
      attestations: [
        {
          bytes: expect.anything(),
          source: `${name()}#${sha256Of(Buffer.from('{"bundle":1}'))}`,
          mediaType: OCI.bundle,
        },
      ],
    });
    expect(lab.paths().sort()).toEqual(
      [
        `manifests/${subject.digest}`,
        `referrers/${subject.digest}`,
        `manifests/sha256-${hexOf(subject)}.att`,
        `manifests/${referrer.digest}`,
        `blobs/${sha256Of(Buffer.from('{"bundle":1}'))}`,
      ].sort(),
    );
  });

  it('are found again by digest with a cache: no manifest is asked for, and no attestation', async () => {
    const subject = image();
    refer(subject);
    lab.publish();
    const cache = memoryCache();
    const first = await lab.collect(at(subject), { cache });
    const before = lab.paths().length;
    expect(await lab.collect(at(subject), { cache })).toEqual(first);
    expect(lab.paths().slice(before).sort()).toEqual([
      `manifests/sha256-${hexOf(subject)}.att`,
      `referrers/${subject.digest}`,
    ]);
  });

  it('are found through the fallback tag where the registry offers no list', async () => {
    lab.server.referrers = false;
    const subject = image();
    const referrer = lab.layout.attesting([bundle('{"bundle":1}')], subject);
    lab.layout.list(lab.layout.imageIndex([{ ...referrer, artifactType: 'text/plain' }]), {
      [TAG]: `sha256-${hexOf(subject)}`,
    });
    lab.publish();
    expect(await lab.collect(at(subject))).toMatchObject({ answer: 'complete' });
    expect(lab.paths()).toHaveLength(6);
  });

  it.each([303, 406])(
    'are found through the fallback tag where the list is refused with %i',
    async (status) => {
      const subject = image();
      const referrer = lab.layout.attesting([bundle('{"bundle":1}')], subject);
      lab.layout.list(lab.layout.imageIndex([referrer]), { [TAG]: `sha256-${hexOf(subject)}` });
      lab.publish();
      lab.server.intercept = (request, response) => {
        if (!request.url?.includes('/referrers/')) return false;
        response.writeHead(status, { location: 'https://pages.example/packages' }).end();
        return true;
      };
      expect(await lab.collect(at(subject))).toMatchObject({ answer: 'complete' });
    },
  );

  it('are those of cosign too, with the evidence in their annotations', async () => {
    const subject = image();
    const annotations = {
      'dev.sigstore.cosign/certificate': 'x',
      predicateType: 'https://slsa.dev/provenance/v1',
    };
    const layer = lab.layout.blob('{"envelope":1}', OCI.envelope, { annotations });
    lab.layout.list(lab.layout.attesting([layer]), { [TAG]: `sha256-${hexOf(subject)}.att` });
    refer(subject);
    lab.publish();
    const collected = await lab.collect(at(subject));
    expect(collected.answer).toBe('complete');
    expect(collected.attestations).toMatchObject([
      { mediaType: OCI.bundle },
      { mediaType: OCI.envelope, annotations, claimedPredicateType: 'https://slsa.dev/provenance/v1' },
    ]);
  });

  it('are one when they are reached twice', async () => {
    const subject = image();
    const layer = bundle('{"bundle":1}');
    lab.layout.list(lab.layout.attesting([layer, layer], subject));
    lab.layout.list(lab.layout.attesting([layer], subject, { annotations: { again: '1' } }));
    lab.publish();
    expect(textsOf(await lab.collect(at(subject)))).toEqual(['{"bundle":1}']);
  });

  it('are read from all pages of the list', async () => {
    lab.server.pageSize = 2;
    const subject = image();
    for (let i = 0; i < 7; i++) refer(subject, `{"bundle":${i}}`);
    lab.publish();
    const collected = await lab.collect(at(subject));
    expect(collected.answer).toBe('complete');
    expect(textsOf(collected)).toHaveLength(7);
    expect(lab.paths().filter((path) => path.startsWith('referrers/'))).toHaveLength(4);
  });

  it('are found in an index that refers to the image, or lies in the fallback list', async () => {
    lab.server.referrers = false;
    const subject = image();
    const referrer = lab.layout.attesting([bundle('{"bundle":1}')], subject);
    const inner = lab.layout.imageIndex([referrer]);
    lab.layout.list(lab.layout.imageIndex([inner]), { [TAG]: `sha256-${hexOf(subject)}` });
    lab.publish();
    expect(textsOf(await lab.collect(at(subject)))).toEqual(['{"bundle":1}']);
  });

  it('are those of the index too through which it was reached', async () => {
    const platform = lab.layout.image();
    const index = lab.layout.list(lab.layout.imageIndex([platform]));
    refer(index, '{"of":"index"}');
    refer(platform, '{"of":"platform"}');
    lab.publish();
    const viaIndex = index.digest;
    expect(textsOf(await lab.collect(at(platform), { viaIndex }))).toEqual([
      '{"of":"platform"}',
      '{"of":"index"}',
    ]);
    expect(textsOf(await lab.collect(at(platform)))).toEqual(['{"of":"platform"}']);
  });

  it('may be attached to its SHA-512, by which it was named', async () => {
    const subject = image();
    lab.publish();
    const kept = lab.store.manifests.get(subject.digest);
    const hex = createHash('sha512')
      .update(kept?.bytes ?? '')
      .digest('hex');
    if (kept !== undefined) lab.store.manifests.set(`sha512:${hex}`, kept);
    lab.server.referrers = false;
    const referrer = lab.layout.attesting([bundle('{"bundle":1}')], { ...subject, digest: `sha512:${hex}` });
    lab.layout.list(lab.layout.imageIndex([referrer]), { [TAG]: `sha512-${hex.slice(0, 64)}` });
    lab.publish();
    expect(textsOf(await lab.collect(`@sha512:${hex}`))).toEqual(['{"bundle":1}']);
  });
});

describe('an image without attestations', () => {
  it.each([
    ['an empty list', () => {}],
    [
      'a list that is null in an index that is right in all else',
      () => {
        lab.server.nullLists = true;
      },
    ],
    [
      'no list, and no tag beside the image',
      () => {
        lab.server.referrers = false;
      },
    ],
  ])('has none by %s', async (_, change) => {
    const subject = image();
    lab.publish();
    change();
    expect(await lab.collect(at(subject))).toEqual({ name: name(), answer: 'absent', attestations: [] });
    expect(lab.paths()).toHaveLength(4);
  });

  it('has none by answers 404 alone only where the registry gave the image to whom we ask as', async () => {
    lab.server.referrers = false;
    const subject = image();
    lab.publish();
    const cache = memoryCache();
    await lab.collect(at(subject), { cache });
    const before = lab.server.requests.length;
    expect(await lab.collect(at(subject), { cache })).toMatchObject({ answer: 'absent' });
    expect(
      lab.server.requests
        .slice(before)
        .map(({ method }) => method)
        .sort(),
    ).toEqual(['GET', 'GET', 'GET', 'HEAD']);
    lab.store.manifests.delete(subject.digest);
    expect(await lab.collect(at(subject), { cache })).toMatchObject({
      answer: 'failed',
      code: 'source.http-status',
    });
  });

  it('has none by what BuildKit lists in its index, and says so', async () => {
    const platform = lab.layout.image();
    const statement = lab.layout.blob('{"_type":"x"}', OCI.statement);
    const buildkit = lab.layout.attesting([statement]);
    const index = lab.layout.list(lab.layout.imageIndex([platform, { ...buildkit, annotations: BUILDKIT }]));
    lab.publish();
    const reason = 'left out: attestation manifests of BuildKit, which nobody signed (1)';
    expect(await lab.collect(at(index))).toEqual({
      name: name(),
      answer: 'absent',
      attestations: [],
      reason,
    });
    expect(await lab.collect(at(platform), { viaIndex: index.digest })).toMatchObject({
      answer: 'absent',
      reason,
    });
  });

  it('has none by a listed manifest that refers to another image, and says so', async () => {
    const subject = image();
    const other = lab.layout.list(lab.layout.image('other'));
    const stranger = refer(other);
    lab.publish();
    lab.server.intercept = (request, response) => {
      if (!request.url?.includes(`/referrers/${subject.digest}`)) return false;
      const body = { schemaVersion: 2, mediaType: OCI.index, manifests: [stranger] };
      response.writeHead(200, { 'content-type': OCI.index }).end(JSON.stringify(body));
      return true;
    };
    expect(await lab.collect(at(subject))).toMatchObject({
      answer: 'absent',
      attestations: [],
      reason: 'left out: listed referrers of something else (1)',
    });
  });

  it("has none by the tag of cosign's attestations for another image", async () => {
    const subject = image();
    const other = lab.layout.list(lab.layout.image('other'));
    lab.layout.list(lab.layout.attesting([lab.layout.blob('{}', OCI.envelope)]), {
      [TAG]: `sha256-${hexOf(other)}.att`,
    });
    lab.publish();
    expect(await lab.collect(at(subject))).toMatchObject({ answer: 'absent' });
  });

  it('has none by a manifest without subject that the list calls an attestation of cosign', async () => {
    const subject = image();
    const layer = lab.layout.blob('{}', OCI.envelope);
    const decoy = lab.layout.list(lab.layout.attesting([layer]));
    lab.publish();
    lab.server.intercept = (request, response) => {
      if (!request.url?.includes('/referrers/')) return false;
      const annotations = { kind: 'dev.cosignproject.cosign/atts', [TAG]: `sha256-${hexOf(subject)}.att` };
      const body = { schemaVersion: 2, mediaType: OCI.index, manifests: [{ ...decoy, annotations }] };
      response.writeHead(200, { 'content-type': OCI.index }).end(JSON.stringify(body));
      return true;
    };
    expect(await lab.collect(at(subject))).toMatchObject({ answer: 'absent' });
  });
});

describe('a digest that nobody resolved', () => {
  const digest = 'd'.repeat(64);

  it('has the attestations that refer to it, although it is no image', async () => {
    const layer = lab.layout.blob('{"bundle":1}', OCI.bundle);
    lab.layout.list(
      lab.layout.attesting([layer], { mediaType: OCI.layer, digest: `sha256:${digest}`, size: 1 }),
    );
    lab.publish();
    expect(textsOf(await lab.collectDigest(digest))).toEqual(['{"bundle":1}']);
    expect(lab.paths()).not.toContain(`manifests/sha256:${digest}`);
  });

  it('has none in a repository that is there', async () => {
    image();
    lab.publish();
    lab.server.referrers = false;
    expect(await lab.collectDigest(digest)).toMatchObject({ answer: 'absent' });
    expect(lab.paths().at(-1)).toBe('tags/list?n=1');
  });

  it.each([true, false])(
    'is not known to have none where there is no repository (list: %s)',
    async (referrers) => {
      lab.server.referrers = referrers;
      const source = lab.registry().source({ registry: lab.server.host, repository: 'no/such' });
      const query = { remote: undefined, digests: { sha256: digest }, viaIndex: undefined, purl: undefined };
      expect(await source.collect({ ...query, sources: [], given: [], wantsHistory: false })).toEqual({
        name: `oci:${lab.server.host}/no/such`,
        answer: 'failed',
        attestations: [],
        code: 'source.http-status',
        reason: `there is no repository ${lab.server.host}/no/such, or it is not shown to whom we ask as`,
      });
    },
  );

  it.each(['', '<html></html>', '{}', '{"tags":"x"}'])(
    'is not known to have none where the tags of the repository are %j',
    async (body) => {
      image();
      lab.publish();
      lab.server.referrers = false;
      lab.server.intercept = (request, response) => {
        if (!request.url?.includes('/tags/')) return false;
        response.writeHead(200).end(body);
        return true;
      };
      expect(await lab.collectDigest(digest)).toMatchObject({
        answer: 'failed',
        code: 'registry.malformed-response',
      });
    },
  );
});

describe('an answer that is not whole', () => {
  /** Answers differently where the path has this part. */
  const spoil = (part: string, status: number, body = '', headers: Record<string, string> = {}): void => {
    lab.server.intercept = (request, response) => {
      if (!request.url?.includes(part)) return false;
      response.writeHead(status, headers).end(body);
      return true;
    };
  };

  it.each([
    [401, 'source.unauthorized'],
    [403, 'source.unauthorized'],
    [409, 'source.http-status'],
    [410, 'source.http-status'],
    [429, 'source.rate-limited'],
    [500, 'source.http-status'],
    [503, 'source.http-status'],
  ])('is partial when the list of referrers is refused with %i', async (status, code) => {
    const subject = image();
    lab.publish();
    spoil('/referrers/', status);
    expect(await lab.collect(at(subject))).toMatchObject({ answer: 'partial', attestations: [], code });
  });

  it.each(['.att', 'referrers'])('keeps what was found elsewhere when %s is refused', async (part) => {
    const subject = image();
    refer(subject);
    const layer = lab.layout.blob('{"envelope":1}', OCI.envelope);
    lab.layout.list(lab.layout.attesting([layer]), { [TAG]: `sha256-${hexOf(subject)}.att` });
    lab.publish();
    spoil(part, 500);
    const collected = await lab.collect(at(subject));
    expect(collected).toMatchObject({ answer: 'partial', code: 'source.http-status' });
    expect(textsOf(collected)).toEqual([part === '.att' ? '{"bundle":1}' : '{"envelope":1}']);
  });

  it('is failed when nothing answers', async () => {
    const subject = image();
    lab.publish();
    spoil('/v2/', 500);
    expect(await lab.collectDigest(hexOf(subject))).toMatchObject({
      answer: 'failed',
      code: 'source.http-status',
      reason: expect.stringContaining('answered with status 500'),
    });
  });

  it('is partial when a page of the list is refused, with what the pages before it list', async () => {
    lab.server.pageSize = 1;
    const subject = image();
    refer(subject, '{"bundle":1}');
    refer(subject, '{"bundle":2}');
    lab.publish();
    spoil('from=1', 404, '404 page not found');
    const collected = await lab.collect(at(subject));
    expect(collected).toMatchObject({ answer: 'partial', code: 'source.http-status' });
    expect(textsOf(collected)).toHaveLength(1);
  });

  it.each(['.att', 'fallback'])(
    'is partial when the tag (%s) is answered by a page of another server',
    async (tag) => {
      const subject = image();
      lab.publish();
      spoil(`sha256-${hexOf(subject)}${tag === '.att' ? '.att' : ''}`, 404, '<html>gone</html>');
      expect(await lab.collect(at(subject))).toMatchObject({ answer: 'partial', code: 'source.http-status' });
    },
  );

  it('takes a tag for absent by an empty answer 404, as some registries give it', async () => {
    const subject = image();
    lab.publish();
    spoil('/manifests/sha256-', 404);
    expect(await lab.collect(at(subject))).toMatchObject({ answer: 'absent' });
  });

  it.each(['NAME_UNKNOWN', 'NOT_FOUND', 'TAG_EXPIRED'])(
    'takes a tag for absent by the code %s',
    async (code) => {
      const subject = image();
      lab.publish();
      lab.server.intercept = (request, response) => {
        if (!request.url?.includes('/manifests/sha256-')) return false;
        sendError(response, 404, code);
        return true;
      };
      expect(await lab.collect(at(subject))).toMatchObject({ answer: 'absent' });
    },
  );

  it.each(['manifest', 'attestation'])('is partial when a %s is listed and not there', async (what) => {
    const subject = image();
    refer(subject, '{"bundle":1}');
    const absent = refer(subject, '{"bundle":2}');
    lab.publish();
    if (what === 'manifest') spoil(`/manifests/${absent.digest}`, 404);
    else lab.store.blobs.delete(sha256Of(Buffer.from('{"bundle":2}')));
    const collected = await lab.collect(at(subject));
    expect(collected).toMatchObject({
      answer: 'partial',
      code: 'registry.malformed-response',
      reason: `the registry lists ${what === 'manifest' ? 'a manifest' : 'an attestation'} that it does not hold`,
    });
    expect(textsOf(collected)).toEqual(['{"bundle":1}']);
  });

  it('has a reason of bounded length without control characters', async () => {
    const subject = image();
    lab.publish();
    spoil('/referrers/', 200, '{}', { 'content-type': `text/${'x'.repeat(3000)}` });
    const { reason } = await lab.collect(at(subject));
    expect(reason?.length).toBeLessThan(220);
    expect(reason).toMatch(/^[\x20-\x7e]+$/);
  });

  it('throws for usage alone, such as a registry in a private network that is not listed', async () => {
    const registry = lab.registry();
    const source = registry.source({ registry: '10.0.0.1:5000', repository: REPOSITORY });
    const query = {
      remote: undefined,
      digests: { sha256: 'd'.repeat(64) },
      viaIndex: undefined,
      purl: undefined,
    };
    await expect(
      source.collect({ ...query, sources: [], given: [], wantsHistory: false }),
    ).rejects.toMatchObject({ finding: 'source.blocked-address', exitCode: 64 });
  });
});
