import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImageWriter } from '../../../../../src/adapters/attestations/oci/writer.ts';
import { parseOciReference } from '../../../../../src/core/model/oci/reference.ts';
import type { AttachedReferrers } from '../../../../../src/core/model/oci/referrer.ts';
import { type DescriptorJson, OCI } from '../../../../kit/oci-layout.ts';
import { at, REPOSITORY, type RegistryLab, startLab } from '../../../../kit/servers/registry-lab.ts';
import {
  honourConditions,
  type RequestPlace,
  toReferrer,
  WRITE_FAULTS,
  when,
} from '../../../../kit/servers/registry-push.ts';

const DOCUMENT = toReferrer('{"payload":"e30="}');

let lab: RegistryLab;
let image: DescriptorJson;
beforeEach(async () => {
  lab = await startLab();
  image = lab.layout.list(lab.layout.image());
  lab.publish();
});
afterEach(() => lab.close());

const attach = (document = DOCUMENT): Promise<AttachedReferrers> =>
  createImageWriter({
    registry: lab.registry({ http: { retry: { attempts: 1 } } }),
    listedHosts: new Set([lab.server.host]),
    close: async () => {},
  }).attach(parseOciReference(`${lab.server.host}/${REPOSITORY}${at(image)}`), [document]);

const tag = (): string => image.digest.replace(':', '-');
const listNow = (): DescriptorJson[] => {
  const digest = lab.store.tags.get(tag());
  return digest === undefined
    ? []
    : (JSON.parse(String(lab.store.manifests.get(digest)?.bytes)) as { manifests: DescriptorJson[] })
        .manifests;
};
const entries = (): string[] => listNow().map(({ digest }) => digest);
/** Somebody else puts one more into the list, on top of what there is. */
const writeAsOther = (name: string, over: readonly DescriptorJson[] = []): string => {
  const bytes = JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI.manifest,
    config: DOCUMENT,
    layers: [],
    name,
  });
  const digest = lab.store.putManifest(bytes, OCI.manifest);
  const entry = { mediaType: OCI.manifest, digest, size: bytes.length };
  lab.store.putManifest(
    JSON.stringify({ schemaVersion: 2, mediaType: OCI.index, manifests: [...over, entry] }),
    OCI.index,
    tag(),
  );
  return digest;
};

/** Every request after that for the image itself. */
const STEPS: Readonly<Record<string, RequestPlace & { readonly fallback?: boolean }>> = {
  'begin an upload': { method: 'POST', path: '/blobs/uploads/' },
  'put a blob': { method: 'PUT', path: '/blobs/uploads/', nth: 2 },
  'read a blob back': { method: 'GET', path: '/blobs/sha256:', nth: 1 },
  'put the manifest': { method: 'PUT', path: '/manifests/sha256:' },
  'read the manifest back': { method: 'GET', path: '/manifests/sha256:', nth: 2 },
  'list the referrers': { method: 'GET', path: '/referrers/' },
  'read the fallback list': { method: 'GET', path: /\/manifests\/sha256-/, nth: 1, fallback: true },
  'put the fallback list': { method: 'PUT', path: /\/manifests\/sha256-/, fallback: true },
  'read the fallback list back': { method: 'GET', path: /\/manifests\/sha256-/, nth: 2, fallback: true },
};
/** A registry that lists no referrers says so by 404, and what is not there yet by 404 too. */
const MEANS_ABSENCE = new Set(['list the referrers 404', 'read the fallback list 404']);
const CASES = Object.keys(STEPS)
  .flatMap((step) => Object.keys(WRITE_FAULTS).map((fault) => ({ step, fault })))
  .filter(({ step, fault }) => !MEANS_ABSENCE.has(`${step} ${fault}`));

describe('a step that fails', () => {
  it.each(CASES)('$step: $fault is told, and nothing is claimed', async ({ step, fault }) => {
    const { fallback = false, ...place } = STEPS[step] as (typeof STEPS)[string];
    lab.server.referrers = !fallback;
    // Read back as absent for ever: otherwise it would be written again, and well.
    const isForEver = step === 'read the fallback list back' && fault === '404';
    when(lab.server, isForEver ? { method: 'GET', path: place.path } : place, (response) => {
      WRITE_FAULTS[fault]?.(response);
      return true;
    });
    const isUnauthorized = fault === '401' || fault === '403';
    const isElsewhere = step === 'list the referrers' && fault === 'redirect';
    await expect(attach()).rejects.toMatchObject({
      finding: isUnauthorized
        ? 'source.unauthorized'
        : isElsewhere
          ? 'source.host-refused'
          : 'registry.write-failed',
      exitCode: 2,
    });
    lab.server.intercept = undefined;
    // The same again mends it.
    const { referrers } = await attach();
    const { attestations } = await lab.collect(at(image));
    expect([referrers.length, attestations.length]).toEqual([1, 1]);
  });

  it('the look whether a blob is there: a broken one ends it before anything is written', async () => {
    when(lab.server, { method: 'HEAD', path: '/blobs/' }, (response) => {
      response.writeHead(500).end();
      return true;
    });
    await expect(attach()).rejects.toMatchObject({ finding: 'source.http-status', exitCode: 2 });
    expect(lab.server.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD')).toEqual([]);
  });

  it.each([
    ['no Location', {}],
    ['an unreadable Location', { location: 'http://[' }],
    ['an endless Location', { location: `/v2/${'x'.repeat(9000)}` }],
  ])('an upload with %s', async (_, headers) => {
    when(lab.server, { method: 'POST', path: '/blobs/uploads/' }, (response) => {
      response.writeHead(202, headers as Record<string, string>).end();
      return true;
    });
    await expect(attach()).rejects.toMatchObject({ finding: 'registry.write-failed', exitCode: 2 });
  });
});

describe('a registry that keeps something else', () => {
  it('under the digest of the document', async () => {
    when(lab.server, { method: 'GET', path: '/blobs/sha256:', nth: 2 }, (response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end('{"payload":"e30!"}');
      return true;
    });
    await expect(attach()).rejects.toMatchObject({
      finding: 'registry.write-failed',
      message: expect.stringContaining('registry.digest-mismatch'),
    });
  });

  it('under the digest of the manifest', async () => {
    when(lab.server, { method: 'GET', path: '/manifests/sha256:', nth: 2 }, (response) => {
      const body = { schemaVersion: 2, mediaType: OCI.manifest, config: DOCUMENT, layers: [] };
      response.writeHead(200, { 'content-type': OCI.manifest }).end(JSON.stringify(body));
      return true;
    });
    await expect(attach()).rejects.toMatchObject({
      finding: 'registry.write-failed',
      message: expect.stringContaining('registry.digest-mismatch'),
    });
  });

  it('as its list, although it says that it lists the manifest', async () => {
    when(lab.server, { method: 'GET', path: '/referrers/' }, (response) => {
      response
        .writeHead(200, { 'content-type': OCI.index })
        .end(JSON.stringify({ schemaVersion: 2, mediaType: OCI.index, manifests: [] }));
      return true;
    });
    await expect(attach()).rejects.toMatchObject({ finding: 'registry.write-failed', exitCode: 2 });
    expect([...lab.store.tags.keys()]).toEqual([]);
  });

  it.each([
    ['a page', 'text/html', '<html>'],
    ['a list that is cut short', OCI.index, '{"schemaVersion":2,"manifests":['],
  ])('as its list: %s', async (_, type, body) => {
    when(lab.server, { method: 'GET', path: '/referrers/' }, (response) => {
      response.writeHead(200, { 'content-type': type }).end(body);
      return true;
    });
    await expect(attach()).rejects.toMatchObject({ finding: 'registry.write-failed', exitCode: 2 });
  });

  it('for the image itself: nothing is attached to it', async () => {
    const kept = lab.store.manifests.get(image.digest);
    if (kept !== undefined) kept.bytes = Buffer.concat([kept.bytes, Buffer.from(' ')]);
    await expect(attach()).rejects.toMatchObject({ finding: 'registry.digest-mismatch', exitCode: 1 });
    expect(lab.server.requests).toHaveLength(1);
  });
});

describe('somebody else who writes the fallback list', () => {
  const onList = { method: 'PUT', path: /\/manifests\/sha256-/ } as const;
  beforeEach(() => {
    lab.server.referrers = false;
  });

  it('over ours: it is written again, with both', async () => {
    let other = '';
    when(lab.server, { method: 'GET', path: /\/manifests\/sha256-/, nth: 2 }, () => {
      other = writeAsOther('over');
      return false;
    });
    const { referrers } = await attach();
    expect(entries().toSorted()).toEqual([other, referrers[0]?.digest ?? ''].toSorted());
  });

  it('over ours, again and again: it is told after four writes', async () => {
    when(lab.server, { method: 'GET', path: /\/manifests\/sha256-/ }, (_, count) => {
      if (count > 1) writeAsOther(`over ${count}`);
      return false;
    });
    await expect(attach()).rejects.toMatchObject({ finding: 'registry.write-failed', exitCode: 2 });
    const puts = lab.server.requests.filter(
      ({ method, path }) => method === 'PUT' && path.includes('/manifests/sha256-'),
    );
    expect(puts).toHaveLength(4);
  });

  it('just before us: where the registry honours conditions, nothing of his is lost', async () => {
    let other = '';
    when(lab.server, { ...onList, nth: 1 }, () => {
      other = writeAsOther('before', listNow());
      return false;
    });
    honourConditions(lab.server, REPOSITORY);
    const { referrers } = await attach();
    expect(entries().toSorted()).toEqual([other, referrers[0]?.digest ?? ''].toSorted());
  });

  it('just before us, into a list that there was: the same', async () => {
    const first = writeAsOther('first');
    let second = '';
    when(lab.server, { ...onList, nth: 1 }, () => {
      second = writeAsOther('second', listNow());
      return false;
    });
    honourConditions(lab.server, REPOSITORY);
    const { referrers } = await attach();
    expect(entries().toSorted()).toEqual([first, second, referrers[0]?.digest ?? ''].toSorted());
  });

  it('without end, where the registry honours conditions: it is told', async () => {
    when(lab.server, onList, (_, count) => {
      writeAsOther(`before ${count}`, listNow());
      return false;
    });
    honourConditions(lab.server, REPOSITORY);
    await expect(attach()).rejects.toMatchObject({ finding: 'registry.write-failed', exitCode: 2 });
    expect(entries()).toHaveLength(4);
  });

  it('at the same time, as we do: each finds all of them in the end', async () => {
    honourConditions(lab.server, REPOSITORY);
    const done = await Promise.all(['1', '2', '3', '4'].map((text) => attach(toReferrer(text))));
    const digests = done.map(({ referrers }) => referrers[0]?.digest ?? '');
    expect(new Set(digests).size).toBe(4);
    expect(entries().toSorted()).toEqual(digests.toSorted());
  });
});
