import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ArtifactResult } from '../../src/core/model/result.ts';
import { type ImageGate, RELEASE, startImageGate } from '../kit/image-gate.ts';
import { OCI } from '../kit/oci-layout.ts';
import { REPOSITORY } from '../kit/servers/registry-lab.ts';
import { honourConditions, type RequestPlace, when } from '../kit/servers/registry-push.ts';

/** A tag that is moved while the gate decides, or while it promotes. */

let gate: ImageGate;
beforeEach(async () => {
  gate = await startImageGate();
});
afterEach(() => gate.close());

const TARGET = 'production';
const GET_TARGET = { method: 'GET', path: `/manifests/${TARGET}` } as const;
const PUT_TARGET = { method: 'PUT', path: `/manifests/${TARGET}` } as const;

const point = (tag: string, digest: string): void => void gate.lab.store.tags.set(tag, digest);
const named = (tag: string): string | undefined => gate.lab.store.tags.get(tag);
const puts = (): number => gate.lab.server.requests.filter(({ method }) => method === 'PUT').length;
const promotion = ({ findings }: ArtifactResult) => findings.find(({ rule }) => rule === 'promotion');
const onPlace = (place: RequestPlace, act: () => void): void =>
  when(gate.lab.server, place, () => {
    act();
    return false;
  });

/** Denied, on account of the tag alone, with the allow on record. */
async function expectMoved(result: ArtifactResult): Promise<void> {
  expect(result).toMatchObject({ verdict: 'deny', recordId: expect.stringMatching(/^rec_/) });
  expect(promotion(result)).toMatchObject({
    code: 'registry.tag-moved',
    outcome: 'fail',
    required: true,
    error: { exitCode: 1 },
  });
  expect(await gate.log.log.store.record(String(result.recordId))).toMatchObject({ verdict: 'allow' });
}

describe('RAC-01 a tag that is moved between resolving and promoting', () => {
  it('RAC-01 promotes by digest: the very bytes that were decided on', async () => {
    const result = await gate.gate({ promote: TARGET });
    expect(result.verdict).toBe('allow');
    expect(promotion(result)).toMatchObject({
      outcome: 'pass',
      expected: `${gate.lab.server.host}/${REPOSITORY}:${TARGET} names ${gate.image.digest}`,
    });
    expect(named(TARGET)).toBe(gate.image.digest);
    const put = gate.lab.server.requests.find(({ method }) => method === 'PUT');
    expect(put?.headers['content-type']).toBe(OCI.manifest);
    expect(Buffer.from(put?.body ?? '', 'latin1')).toEqual(
      gate.lab.store.manifests.get(gate.image.digest)?.bytes,
    );
  });

  it('RAC-01 is denied when the source tag names another image before the promotion', async () => {
    onPlace({ method: 'GET', path: `/manifests/${RELEASE}`, nth: 2 }, () =>
      point(RELEASE, gate.other.digest),
    );
    await expectMoved(await gate.gate({ promote: TARGET }));
    expect([puts(), named(TARGET)]).toEqual([0, undefined]);
  });

  it('RAC-01 is denied when the source tag is gone before the promotion', async () => {
    onPlace({ method: 'GET', path: `/manifests/${RELEASE}`, nth: 2 }, () =>
      gate.lab.store.tags.delete(RELEASE),
    );
    await expectMoved(await gate.gate({ promote: TARGET }));
    expect(puts()).toBe(0);
  });

  it('RAC-01 takes no notice of a tag beside a digest', async () => {
    point(RELEASE, gate.other.digest);
    const result = await gate.gate({ reference: `:${RELEASE}@${gate.image.digest}`, promote: TARGET });
    expect([result.verdict, named(TARGET)]).toEqual(['allow', gate.image.digest]);
  });

  it.each([
    [
      'it named another image',
      (): void => point(TARGET, gate.image.digest),
      (): void => point(TARGET, gate.other.digest),
    ],
    ['there was none', (): void => {}, (): void => point(TARGET, gate.other.digest)],
    [
      'it is gone',
      (): void => point(TARGET, gate.other.digest),
      (): void => void gate.lab.store.tags.delete(TARGET),
    ],
  ])('RAC-01 is denied when the target tag was moved meanwhile: %s', async (_, before, meanwhile) => {
    before();
    onPlace({ ...GET_TARGET, nth: 2 }, meanwhile);
    await expectMoved(await gate.gate({ promote: TARGET }));
    expect(puts()).toBe(0);
  });

  it('RAC-01 is denied when the registry answers the PUT well and lets the tag name another image', async () => {
    when(gate.lab.server, PUT_TARGET, (response) => {
      point(TARGET, gate.other.digest);
      response.writeHead(201, { 'docker-content-digest': gate.image.digest }).end();
      return true;
    });
    await expectMoved(await gate.gate({ promote: TARGET }));
  });

  it('RAC-01 is denied when somebody moves the tag between the PUT and its reading back', async () => {
    onPlace({ ...GET_TARGET, nth: 3 }, () => point(TARGET, gate.other.digest));
    await expectMoved(await gate.gate({ promote: TARGET }));
    expect(puts()).toBe(1);
  });

  it('RAC-01 is denied when the registry says another digest than it gives on reading back', async () => {
    when(gate.lab.server, { ...GET_TARGET, nth: 3 }, (response) => {
      const kept = gate.lab.store.manifests.get(gate.other.digest);
      response
        .writeHead(200, { 'content-type': OCI.manifest, 'docker-content-digest': gate.image.digest })
        .end(kept?.bytes);
      return true;
    });
    const result = await gate.gate({ promote: TARGET });
    expect([result.verdict, promotion(result)?.code]).toEqual(['indeterminate', 'registry.write-failed']);
  });

  it.each([
    ['over an image', true],
    ['into nothing', false],
  ])('RAC-01 is a compare-and-set where the registry honours conditions: %s', async (_, isThere) => {
    if (isThere) point(TARGET, gate.other.digest);
    const stranger = gate.lab.layout.list(gate.lab.layout.image('stranger'));
    gate.lab.publish();
    onPlace(PUT_TARGET, () => point(TARGET, stranger.digest));
    honourConditions(gate.lab.server, REPOSITORY);
    await expectMoved(await gate.gate({ promote: TARGET }));
    expect(named(TARGET)).toBe(stranger.digest);
    const put = gate.lab.server.requests.find(({ method }) => method === 'PUT');
    expect([put?.headers['if-match'], put?.headers['if-none-match']]).toEqual(
      isThere ? [`"${gate.other.digest}"`, undefined] : [undefined, '*'],
    );
  });

  it.each([
    ['weak', 'W/"1"'],
    ['no ETag at all', '1'],
    ['several', '"1", "2"'],
  ])('RAC-01 sets no condition by an ETag that is none: %s', async (_, etag) => {
    point(TARGET, gate.other.digest);
    when(gate.lab.server, GET_TARGET, (response) => {
      response.setHeader('etag', etag);
      return false;
    });
    expect((await gate.gate({ promote: TARGET })).verdict).toBe('allow');
    const put = gate.lab.server.requests.find(({ method }) => method === 'PUT');
    expect([put?.headers['if-match'], put?.headers['if-none-match']]).toEqual([undefined, undefined]);
  });

  it('RAC-01 takes 412 for a lost race only where it set a condition', async () => {
    point(TARGET, gate.other.digest);
    when(gate.lab.server, PUT_TARGET, (response) => {
      response.writeHead(412).end();
      return true;
    });
    const result = await gate.gate({ promote: TARGET });
    expect([result.verdict, promotion(result)?.code]).toEqual(['indeterminate', 'registry.write-failed']);
  });

  it('RAC-01 is denied when the registry gives other bytes under the digest that was decided on', async () => {
    onPlace({ method: 'GET', path: `/manifests/${gate.image.digest}` }, () => {
      const other = gate.lab.store.manifests.get(gate.other.digest);
      if (other !== undefined) gate.lab.store.manifests.set(gate.image.digest, other);
    });
    const result = await gate.gate({ promote: TARGET });
    expect([result.verdict, promotion(result)?.code]).toEqual(['deny', 'registry.digest-mismatch']);
    expect(puts()).toBe(0);
  });

  it('RAC-01 can be asked again: the allow that is on record promotes when the tag stays', async () => {
    onPlace({ ...GET_TARGET, nth: 2 }, () => point(TARGET, gate.other.digest));
    const first = await gate.gate({ promote: TARGET });
    await expectMoved(first);
    const again = await gate.gate({ promote: TARGET });
    expect([again.verdict, again.recordId, named(TARGET)]).toEqual([
      'allow',
      first.recordId,
      gate.image.digest,
    ]);
  });
});
