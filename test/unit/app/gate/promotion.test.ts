import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ArtifactResult } from '../../../../src/core/model/result.ts';
import { SlsaGateError } from '../../../../src/errors.ts';
import { type ImageGate, imagePolicy, RELEASE, startImageGate } from '../../../kit/image-gate.ts';
import { REPOSITORY } from '../../../kit/servers/registry-lab.ts';
import { type RequestPlace, WRITE_FAULTS, when } from '../../../kit/servers/registry-push.ts';

let gate: ImageGate;
beforeEach(async () => {
  gate = await startImageGate();
});
afterEach(() => gate.close());

const TARGET = 'production';
const named = (): string | undefined => gate.lab.store.tags.get(TARGET);
const asked = (): string[] => gate.lab.server.requests.map(({ method, path }) => `${method} ${path}`);
const writes = (): string[] => asked().filter((one) => !/^(?:GET|HEAD) /.test(one));
const promotion = ({ findings }: ArtifactResult) => findings.find(({ rule }) => rule === 'promotion');

describe('a promotion', () => {
  it('reads the tag before anything is decided, and moves it after the record', async () => {
    const result = await gate.gate({ promote: TARGET });
    expect(promotion(result)).toMatchObject({ outcome: 'pass', actual: 'moved there from nothing' });
    expect(result.findings.map(({ rule }) => rule).slice(-2)).toEqual(['evidence-record', 'promotion']);
    const base = `/v2/${REPOSITORY}/manifests`;
    expect(asked()[0]).toBe(`GET ${base}/${TARGET}`);
    expect(asked().slice(-5)).toEqual([
      `GET ${base}/${gate.image.digest}`,
      `GET ${base}/${RELEASE}`,
      `GET ${base}/${TARGET}`,
      `PUT ${base}/${TARGET}`,
      `GET ${base}/${TARGET}`,
    ]);
  });

  it('says where the tag came from', async () => {
    gate.lab.store.tags.set(TARGET, gate.other.digest);
    const result = await gate.gate({ promote: TARGET });
    expect(promotion(result)).toMatchObject({
      outcome: 'pass',
      actual: `moved there from ${gate.other.digest}`,
    });
  });

  it('writes nothing where the tag names the image already', async () => {
    gate.lab.store.tags.set(TARGET, gate.image.digest);
    const result = await gate.gate({ promote: TARGET });
    expect(promotion(result)).toMatchObject({ outcome: 'pass', actual: 'it named it already' });
    expect(writes()).toEqual([]);
  });

  it('may be of the very tag by which the image was named', async () => {
    const result = await gate.gate({ promote: RELEASE });
    expect([result.verdict, writes()]).toEqual(['allow', []]);
  });

  it('may be of an image that is named by its purl', async () => {
    const url = encodeURIComponent(`${gate.lab.server.host}/${REPOSITORY}`);
    const purl = `pkg:oci/widget@${gate.image.digest}?repository_url=${url}`;
    expect((await gate.gate({ artifacts: [purl], promote: TARGET })).verdict).toBe('allow');
    expect(named()).toBe(gate.image.digest);
  });

  it('is no part of the record: the same decision without one gives the same record', async () => {
    const first = await gate.gate({ promote: TARGET });
    const again = await gate.gate();
    expect([again.recordId, again.decisionDigest]).toEqual([first.recordId, first.decisionDigest]);
    expect(promotion(again)).toBeUndefined();
  });
});

describe('nothing is promoted', () => {
  const expectNothing = (result: ArtifactResult, verdict: ArtifactResult['verdict']): void => {
    expect([result.verdict, promotion(result), writes(), named()]).toEqual([
      verdict,
      undefined,
      [],
      undefined,
    ]);
  };

  it('by a dry run, which does not even look', async () => {
    expectNothing(await gate.gate({ promote: TARGET, dryRun: true }), 'indeterminate');
    expect(asked().filter((one) => one.endsWith(TARGET))).toEqual([]);
  });

  it('after a denial', async () => {
    expectNothing(await gate.gate({ reference: ':dev', promote: TARGET }), 'deny');
    const refs = { source: { repository: 'https://github.com/octo-org/other' } };
    expectNothing(await gate.gate({ promote: TARGET, policy: imagePolicy(refs) }), 'deny');
  });

  it('after a denial that is remembered, although nothing else speaks against it', async () => {
    const refs = { source: { repository: 'https://github.com/octo-org/other' } };
    await gate.gate({ policy: imagePolicy(refs) });
    expectNothing(await gate.gate({ promote: TARGET, requestId: 'two' }), 'deny');
  });

  it('while a source cannot be read', async () => {
    when(gate.lab.server, { method: 'GET', path: '/referrers/' }, (response) => {
      response.writeHead(500).end();
      return true;
    });
    expectNothing(await gate.gate({ promote: TARGET }), 'indeterminate');
  });

  it('of an image that is not there', async () => {
    expectNothing(await gate.gate({ reference: ':none', promote: TARGET }), 'deny');
  });

  it('without a durable record', async () => {
    const { evidence } = gate.log;
    const store = async () => {
      throw new SlsaGateError('evidence.unwritable', 'the archive is full');
    };
    const sinks = [{ sink: { name: 'archive', store }, isRequired: true }];
    expectNothing(
      await gate.gate({ promote: TARGET, ports: { evidence: { ...evidence, sinks } } }),
      'indeterminate',
    );
  });

  it.each([
    ['a file', [new URL(import.meta.url).pathname]],
    ['a digest', [`sha256:${'a'.repeat(64)}`]],
    ['a package', ['pkg:npm/widget@1.0.0']],
    ['a purl without a registry', [`pkg:oci/widget@sha256:${'a'.repeat(64)}`]],
    ['two images', ['registry.example/a:1', 'registry.example/b:1']],
  ])('of %s: it is refused before anything is asked', async (_, artifacts) => {
    for (const dryRun of [false, true]) {
      await expect(gate.gate({ artifacts, promote: TARGET, dryRun })).rejects.toMatchObject({
        finding: 'usage.flag',
        exitCode: 64,
      });
    }
    expect(asked()).toEqual([]);
  });
});

const STEPS: Readonly<Record<string, RequestPlace>> = {
  'reading the tag before': { method: 'GET', path: `/manifests/${TARGET}`, nth: 1 },
  'reading the image': { method: 'GET', path: '/manifests/sha256:', nth: 2 },
  'reading the source tag': { method: 'GET', path: `/manifests/${RELEASE}`, nth: 2 },
  'reading the tag again': { method: 'GET', path: `/manifests/${TARGET}`, nth: 2 },
  'writing the tag': { method: 'PUT', path: `/manifests/${TARGET}` },
  'reading the tag back': { method: 'GET', path: `/manifests/${TARGET}`, nth: 3 },
};
const CASES = Object.keys(STEPS).flatMap((step) =>
  Object.keys(WRITE_FAULTS).map((fault) => ({ step, fault })),
);

/** 404 says that nothing is there, which is another answer. */
const ABSENT: Readonly<Record<string, string | undefined>> = {
  'reading the tag before': undefined,
  'reading the image': 'registry.not-found',
  'reading the source tag': 'registry.tag-moved',
  'reading the tag again': undefined,
  'writing the tag': 'registry.write-failed',
  'reading the tag back': 'registry.write-failed',
};
const DENIES = new Set(['registry.not-found', 'registry.tag-moved']);

describe('a promotion of which a step fails', () => {
  it.each(CASES.filter(({ step, fault }) => fault !== '404' || ABSENT[step] !== undefined))(
    '$step: $fault is no allow, and the record stays',
    async ({ step, fault }) => {
      when(gate.lab.server, STEPS[step] as RequestPlace, (response) => {
        WRITE_FAULTS[fault]?.(response);
        return true;
      });
      const result = await gate.gate({ promote: TARGET });
      const code = promotion(result)?.code ?? '';
      if (fault === '404') expect(code).toBe(ABSENT[step]);
      else if (fault === '401' || fault === '403') expect(code).toBe('source.unauthorized');
      else if (step === 'writing the tag' || step === 'reading the tag back')
        expect(code).toBe('registry.write-failed');
      else expect(code).toMatch(/^source\./);
      const isDenial = DENIES.has(code);
      expect(result).toMatchObject({
        verdict: isDenial ? 'deny' : 'indeterminate',
        recordId: expect.stringMatching(/^rec_/),
        reason: promotion(result)?.message,
      });
      expect(promotion(result)?.outcome).toBe(isDenial ? 'fail' : 'error');
      if (step !== 'reading the tag back') expect(named()).toBeUndefined();
      expect(await gate.log.log.store.record(String(result.recordId))).toMatchObject({ verdict: 'allow' });
      gate.lab.server.intercept = undefined;
      const again = await gate.gate({ promote: TARGET });
      expect([again.verdict, again.recordId, named()]).toEqual(['allow', result.recordId, gate.image.digest]);
    },
  );

  it('writing the tag, which was done all the same: it is not claimed, and found the next time', async () => {
    when(gate.lab.server, STEPS['writing the tag'] as RequestPlace, (response) => {
      gate.lab.store.tags.set(TARGET, gate.image.digest);
      response.socket?.resetAndDestroy();
      return true;
    });
    const result = await gate.gate({ promote: TARGET });
    expect([result.verdict, promotion(result)?.code]).toEqual(['indeterminate', 'registry.write-failed']);
    gate.lab.server.intercept = undefined;
    expect(promotion(await gate.gate({ promote: TARGET }))).toMatchObject({ outcome: 'pass' });
  });

  it.each([
    ['a page', 'text/html', '<html>', 'registry.malformed-response'],
    ['nothing', 'application/vnd.oci.image.manifest.v1+json', '', 'registry.malformed-response'],
    [
      'schema 1',
      'application/vnd.docker.distribution.manifest.v1+prettyjws',
      '{}',
      'registry.unsupported-manifest',
    ],
  ])('reading the tag before, which is %s', async (_, type, body, code) => {
    when(gate.lab.server, { method: 'GET', path: `/manifests/${TARGET}` }, (response) => {
      response.writeHead(200, { 'content-type': type }).end(body);
      return true;
    });
    const result = await gate.gate({ promote: TARGET });
    expect(promotion(result)?.code).toBe(code);
    expect(result.verdict).not.toBe('allow');
    expect(writes()).toEqual([]);
  });

  it('is usage, before anything is decided, where the registry must not be asked at all', async () => {
    const prepare = () => Promise.reject(new SlsaGateError('credential.unusable', 'no such helper'));
    const openPromotion = async () => ({ prepare, close: async () => {} });
    await expect(gate.gate({ promote: TARGET, ports: { openPromotion } })).rejects.toMatchObject({
      finding: 'credential.unusable',
    });
    expect(await gate.log.log.store.list({ type: 'decision' }, 10)).toEqual([]);
  });
});
