import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/core/limits.ts';
import type { CollectedAttestations } from '../../src/core/ports.ts';
import { type DescriptorJson, OCI } from '../kit/oci-layout.ts';
import { at, type RegistryLab, startLab } from '../kit/servers/registry-lab.ts';
import { startTokenServer } from '../kit/servers/registry-tokens.ts';

const TAG = 'org.opencontainers.image.ref.name';

let lab: RegistryLab;
let image: DescriptorJson;
beforeEach(async () => {
  lab = await startLab();
  image = lab.layout.list(lab.layout.image(), { [TAG]: '1.0' });
});
afterEach(() => lab.close());

const hexOf = ({ digest }: DescriptorJson): string => digest.slice(7);
const fakeDigest = (number: number): string => `sha256:${number.toString(16).padStart(64, '0')}`;
const list = (manifests: unknown): string =>
  JSON.stringify({ schemaVersion: 2, mediaType: OCI.index, manifests });
const refer = (text = '{"bundle":1}'): DescriptorJson =>
  lab.layout.list(lab.layout.attesting([lab.layout.blob(text, OCI.bundle)], image));
const collect = (): Promise<CollectedAttestations> => lab.collect(at(image));
const countOf = (part: string): number => lab.paths().filter((path) => path.includes(part)).length;

/** Answers the list of referrers by what is asked for. */
function answerList(answer: (query: URLSearchParams) => { body: string; link?: string }): void {
  lab.server.intercept = (request, response) => {
    const url = new URL(request.url ?? '', lab.server.origin);
    if (!url.pathname.includes('/referrers/')) return false;
    const { body, link } = answer(url.searchParams);
    response.writeHead(200, { 'content-type': OCI.index, ...(link !== undefined && { link }) }).end(body);
    return true;
  };
}

describe('more than can be considered', () => {
  it('RES-01 blocks 100,000 referrers on pages, and asks for none of them', async () => {
    lab.publish();
    answerList((query) => {
      const page = Number(query.get('page') ?? 0);
      const manifests = Array.from({ length: 1000 }, (_, index) => ({
        mediaType: OCI.manifest,
        digest: fakeDigest(page * 1000 + index + 1),
        size: 100,
      }));
      return { body: list(manifests), link: `<?page=${page + 1}>; rel="next"` };
    });
    expect(await collect()).toMatchObject({
      answer: 'partial',
      attestations: [],
      code: 'limit.attestations',
    });
    expect(countOf('referrers')).toBe(3);
    expect(countOf('manifests/sha256:')).toBe(1);
  });

  it('RES-01 blocks as many on one page', async () => {
    lab.publish();
    const manifests = Array.from({ length: LIMITS.manifests + 1 }, (_, index) => ({
      mediaType: OCI.manifest,
      digest: fakeDigest(index + 1),
      size: 100,
    }));
    answerList(() => ({ body: list(manifests) }));
    expect(await collect()).toMatchObject({ answer: 'partial', code: 'limit.attestations' });
    expect(countOf('manifests/sha256:')).toBe(1);
  });

  it('RES-01 blocks more attestations than are considered, instead of taking the first', async () => {
    const layers = Array.from({ length: LIMITS.attestations + 1 }, (_, index) =>
      lab.layout.blob(`{"bundle":${index}}`, OCI.bundle),
    );
    lab.layout.list(lab.layout.attesting(layers, image));
    lab.publish();
    expect(await collect()).toMatchObject({
      answer: 'partial',
      attestations: [],
      code: 'limit.attestations',
    });
    expect(countOf('blobs')).toBe(0);
  });

  it('RES-01 blocks an attestation that is too large before it is asked for, and keeps the others', async () => {
    const large = { mediaType: OCI.bundle, digest: fakeDigest(1), size: LIMITS.attestationBytes + 1 };
    lab.layout.list(lab.layout.attesting([large, lab.layout.blob('{"bundle":1}', OCI.bundle)], image));
    lab.publish();
    const collected = await collect();
    expect(collected).toMatchObject({ answer: 'partial', code: 'limit.bytes' });
    expect(collected.attestations).toHaveLength(1);
    expect(countOf('blobs')).toBe(1);
  });

  it('RES-01 blocks attestations that are too large together', async () => {
    const layers = Array.from({ length: 9 }, (_, index) => ({
      mediaType: OCI.bundle,
      digest: fakeDigest(index + 1),
      size: LIMITS.attestationBytes,
    }));
    lab.layout.list(lab.layout.attesting(layers, image));
    lab.publish();
    expect(await collect()).toMatchObject({ answer: 'partial', code: 'limit.attestations' });
    expect(countOf('blobs')).toBe(0);
  });

  it('RES-01 blocks an image that commits to more platforms than are followed', async () => {
    const platforms = (from: number): DescriptorJson[] =>
      Array.from({ length: 1500 }, (_, index) => ({
        mediaType: OCI.manifest,
        digest: fakeDigest(from + index),
        size: 100,
      }));
    const inner = [1, 2].map((part) => lab.layout.imageIndex(platforms(part * 1500)));
    const whole = lab.layout.list(lab.layout.imageIndex(inner));
    lab.publish();
    await expect(lab.resolve(at(whole))).rejects.toMatchObject({
      finding: 'limit.attestations',
      exitCode: 2,
    });
    expect(lab.server.requests).toHaveLength(3);
  });
});

describe('an answer without end', () => {
  /** Bytes that the other side took in before it let go. */
  const pour = (part: string, type: string): { sent: number } => {
    const poured = { sent: 0 };
    lab.server.intercept = (request, response) => {
      if (!request.url?.includes(part)) return false;
      response.writeHead(200, { 'content-type': type });
      const zeros = Buffer.alloc(64 * 1024);
      const more = (): void => {
        while (!response.destroyed && response.write(zeros)) poured.sent += zeros.length;
        if (!response.destroyed) response.once('drain', more);
      };
      more();
      return true;
    };
    return poured;
  };

  it.each<[string, string]>([
    ['/manifests/sha256:', OCI.manifest],
    ['/manifests/1.0', OCI.manifest],
  ])('RES-02 is bounded: %s', async (part, type) => {
    lab.publish();
    const poured = pour(part, type);
    const reference = part.endsWith('1.0') ? ':1.0' : at(image);
    await expect(lab.resolve(reference)).rejects.toMatchObject({ finding: 'limit.response', exitCode: 2 });
    expect(poured.sent).toBeLessThan(4 * LIMITS.manifestBytes);
  });

  it.each<[string, string, string]>([
    ['/referrers/', OCI.index, 'limit.response'],
    ['.att', OCI.manifest, 'limit.response'],
    ['/blobs/', 'application/octet-stream', 'registry.digest-mismatch'],
  ])('RES-02 is bounded in the answer of a source: %s', async (part, type, code) => {
    refer();
    lab.publish();
    const poured = pour(part, type);
    expect(await collect()).toMatchObject({ answer: 'partial', code });
    expect(poured.sent).toBeLessThan(4 * LIMITS.manifestBytes);
  });

  it.each(['/referrers/', '.att', '/blobs/'])('RES-02 is left when it drips: %s', async (part) => {
    refer();
    lab.publish();
    lab.server.intercept = (request, response) => {
      if (!request.url?.includes(part)) return false;
      response.writeHead(200, { 'content-type': OCI.index });
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(timer));
      return true;
    };
    const registry = lab.registry({ http: { deadline: endIn(400) } });
    const source = registry.source({ registry: lab.server.host, repository: 'team/widget' });
    const started = performance.now();
    const collected = await source.collect({
      remote: undefined,
      digests: { sha256: hexOf(image) },
      viaIndex: undefined,
      purl: undefined,
      sources: [],
      given: [],
      wantsHistory: false,
    });
    expect(collected.answer).toMatch(/^(?:partial|failed)$/);
    expect(collected.code).toMatch(/^(?:limit\.time|source\.timeout)$/);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  const endIn = (ms: number): (() => number) => {
    const end = performance.now() + ms;
    return () => end;
  };

  it('RES-03 is bounded after decompression, wherever it comes', async () => {
    refer();
    lab.publish();
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(100_000);
    const compress = (part: string, type: string): void => {
      lab.server.intercept = (request, response) => {
        if (!request.url?.includes(part)) return false;
        response.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip' }).end(bomb);
        return true;
      };
    };
    compress('/manifests/sha256:', OCI.manifest);
    await expect(lab.resolve(at(image))).rejects.toMatchObject({
      finding: 'limit.decompressed',
      exitCode: 2,
    });
    for (const [part, type] of [
      ['/referrers/', OCI.index],
      ['.att', OCI.manifest],
      ['/blobs/', 'application/octet-stream'],
    ] as const) {
      compress(part, type);
      expect(await collect()).toMatchObject({ answer: 'partial', code: 'limit.decompressed' });
    }
  });

  it('RES-03 is bounded for a token', async () => {
    lab.publish();
    const tokens = await startTokenServer({
      answer: () => ({ headers: { 'content-encoding': 'gzip' }, body: 'x' }),
    });
    lab.server.guard = tokens.guard;
    try {
      await expect(lab.resolve(at(image), { listed: [tokens.host] })).rejects.toMatchObject({
        finding: 'source.malformed-response',
      });
    } finally {
      await tokens.close();
    }
  });
});

describe('pages without end', () => {
  it('RES-07 is left when a page names itself as the next', async () => {
    const referrer = refer();
    lab.publish();
    answerList(() => ({ body: list([referrer]), link: '<?>; rel="next"' }));
    const collected = await collect();
    expect(collected).toMatchObject({ answer: 'partial', code: 'limit.pages' });
    // What stands on the pages counts all the same: it can only help.
    expect(collected.attestations).toHaveLength(1);
    expect(countOf('referrers')).toBe(1);
  });

  it('RES-07 is left when two pages name each other', async () => {
    const referrers = [refer('{"bundle":1}'), refer('{"bundle":2}')];
    lab.publish();
    answerList((query) => {
      const page = Number(query.get('page') ?? 0);
      return { body: list([referrers[page]]), link: `<?page=${1 - page}>; rel="next"` };
    });
    const collected = await collect();
    expect(collected).toMatchObject({ answer: 'partial', code: 'limit.pages' });
    expect(countOf('referrers')).toBe(3);
  });

  it('RES-07 is left when further pages bring nothing new', async () => {
    const referrer = refer();
    lab.publish();
    let page = 0;
    answerList(() => ({ body: list([referrer]), link: `<?page=${++page}>; rel="next"` }));
    expect(await collect()).toMatchObject({ answer: 'partial', code: 'limit.pages' });
    expect(countOf('referrers')).toBe(2);
  });

  it('RES-07 is left after as many pages as are read', async () => {
    lab.publish();
    let page = 0;
    answerList(() => {
      page++;
      const stranger = { mediaType: 'application/json', digest: fakeDigest(page), size: 1 };
      return { body: list([stranger]), link: `<?page=${page}>; rel="next"` };
    });
    expect(await collect()).toMatchObject({
      answer: 'partial',
      attestations: [],
      code: 'source.page-limit',
    });
    expect(page).toBe(LIMITS.pages);
  });
});

describe('graphs without end', () => {
  const nested = (depth: number, inner: DescriptorJson): DescriptorJson => {
    let index = inner;
    for (let i = 0; i < depth; i++) index = lab.layout.imageIndex([index]);
    return index;
  };

  it('RES-08 blocks indexes nested in the fallback tag deeper than is followed', async () => {
    lab.server.referrers = false;
    const referrer = lab.layout.attesting([lab.layout.blob('{"bundle":1}', OCI.bundle)], image);
    const fallback = nested(LIMITS.manifestDepth + 1, referrer);
    lab.layout.list(fallback, { [TAG]: `sha256-${hexOf(image)}` });
    lab.publish();
    expect(await collect()).toMatchObject({ answer: 'partial', attestations: [], code: 'limit.graph' });
  });

  it('RES-08 blocks an image of indexes nested deeper than is followed', async () => {
    const whole = lab.layout.list(nested(LIMITS.manifestDepth + 2, lab.layout.image('platform')));
    lab.publish();
    await expect(lab.resolve(at(whole))).rejects.toMatchObject({ finding: 'limit.graph', exitCode: 2 });
  });

  it('RES-08 blocks a listed manifest that is too large before it is asked for', async () => {
    lab.publish();
    const large = { mediaType: OCI.manifest, digest: fakeDigest(1), size: LIMITS.manifestBytes + 1 };
    answerList(() => ({ body: list([large]) }));
    expect(await collect()).toMatchObject({ answer: 'partial', code: 'limit.graph' });
    expect(countOf(fakeDigest(1))).toBe(0);
  });

  it('RES-08 ends on referrers that refer to each other: nobody is asked who refers to a referrer', async () => {
    const referrer = refer();
    lab.layout.list(lab.layout.attesting([lab.layout.blob('{"bundle":2}', OCI.bundle)], referrer));
    lab.publish();
    answerList(() => ({ body: list([referrer, image]) }));
    const collected = await collect();
    expect(collected).toMatchObject({ answer: 'complete' });
    expect(collected.attestations).toHaveLength(1);
    expect(countOf('referrers')).toBe(1);
  });

  it('RES-08 ends on indexes that list each other, which only false digests can do', async () => {
    lab.publish();
    const [first, second] = [1, 2].map((number) => ({
      mediaType: OCI.index,
      digest: fakeDigest(number),
      size: list([{ mediaType: OCI.index, digest: fakeDigest(number), size: 300 }]).length,
    }));
    for (const [one, next] of [
      [first, second],
      [second, first],
    ])
      if (one !== undefined)
        lab.store.manifests.set(one.digest, { mediaType: OCI.index, bytes: Buffer.from(list([next])) });
    answerList(() => ({ body: list([first]) }));
    expect(await collect()).toMatchObject({ answer: 'partial', code: 'registry.digest-mismatch' });
    expect(countOf('manifests/sha256:0')).toBe(1);
  });

  it('RES-08 reads a manifest once, however often it is listed', async () => {
    lab.server.referrers = false;
    const referrer = lab.layout.attesting([lab.layout.blob('{"bundle":1}', OCI.bundle)], image);
    const inner = lab.layout.imageIndex([referrer, referrer]);
    lab.layout.list(lab.layout.imageIndex([inner, referrer, inner]), { [TAG]: `sha256-${hexOf(image)}` });
    lab.publish();
    expect(await collect()).toMatchObject({ answer: 'complete' });
    expect(countOf(referrer.digest)).toBe(1);
    expect(countOf(inner.digest)).toBe(1);
  });
});
