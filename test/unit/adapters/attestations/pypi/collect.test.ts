import { describe, expect, it } from 'vitest';
import { SlsaGateError } from '../../../../../src/errors.ts';
import { clientOf, within } from '../../../../kit/servers/opened.ts';
import { FAULTS, json, sendAnswer, status } from '../../../../kit/servers/package-faults.ts';
import type { PypiIndexServer } from '../../../../kit/servers/pypi-index.ts';
import {
  ATTESTED,
  adapterOf,
  BARE,
  PURL,
  query,
  reference,
  SDIST,
  SHA256,
  started,
  WHEEL,
} from './index-server.ts';

const PATHS = {
  page: '/simple/octo-widget/',
  provenance: `/integrity/octo-widget/1.2.3/${WHEEL}/provenance`,
};
const paths = ({ requests }: PypiIndexServer) => requests.map(({ path }) => path);
const ask = (server: PypiIndexServer, deadlineMs = 500) =>
  adapterOf(server, { http: clientOf([server.host], within(deadlineMs)) })
    .source()
    .collect(query());

describe('provenance in a Python index', () => {
  it('is handed on as the very object that the index answers', async () => {
    const server = await started();
    server.upload({ ...ATTESTED, fileName: SDIST, bytes: Buffer.from('sdist') });
    server.upload(ATTESTED);
    const publisher = {
      kind: 'GitHub',
      repository: 'octo-org/widget',
      workflow: 'release.yml',
      environment: null,
      claims: null,
    };
    const provenance = { version: 1, attestation_bundles: [{ publisher, attestations: [{ version: 1 }] }] };
    expect(await ask(server)).toEqual({
      name: `pypi:${server.host}`,
      answer: 'complete',
      attestations: [
        { bytes: Buffer.from(JSON.stringify(provenance)), source: `pypi:${server.host}#${WHEEL}` },
      ],
    });
    expect(server.requests.map(({ path, headers }) => [path, headers.accept])).toEqual([
      [PATHS.page, 'application/vnd.pypi.simple.v1+json'],
      [PATHS.provenance, 'application/vnd.pypi.integrity.v1+json'],
    ]);
  });

  it('is found for a file that is known by its digest and purl alone', async () => {
    const server = await started();
    server.upload(ATTESTED);
    const asked = query(PURL, { remote: undefined, purl: PURL });
    expect(await adapterOf(server).source().collect(asked)).toMatchObject({ answer: 'complete' });
  });

  it('needs no second page after the file was resolved, and a new one the next time', async () => {
    const server = await started();
    server.upload(ATTESTED);
    const index = adapterOf(server);
    await index.resolve(reference());
    await index.source().collect(query());
    expect(paths(server)).toEqual([PATHS.page, PATHS.provenance]);
    await index.source().collect(query());
    expect(paths(server).slice(2)).toEqual([PATHS.page, PATHS.provenance]);
  });

  it('is found although the list says that there is none', async () => {
    const server = await started();
    server.upload({ ...ATTESTED, edit: (file) => Object.assign(file, { provenance: null }) });
    expect(await ask(server)).toMatchObject({ answer: 'complete' });
  });

  it.each([
    ['', 'no reason given'],
    [true, 'no reason given'],
    ['CVE-2026-1', 'CVE-2026-1'],
    ['x'.repeat(500), 'x'.repeat(100)],
  ])('of a file that was yanked (%j) is found, and says so', async (yanked, reason) => {
    const server = await started();
    server.upload({ ...ATTESTED, edit: (file) => Object.assign(file, { yanked }) });
    expect(await ask(server)).toMatchObject({ answer: 'complete', reason: `the file was yanked: ${reason}` });
  });

  it('is found after one 503', async () => {
    const server = await started();
    server.upload(ATTESTED);
    for (const place of ['simple', 'provenance'] as const) {
      let asked = 0;
      server.fail(place, (response, good) => (asked++ === 0 ? status(503) : sendAnswer)(response, good));
      expect(await ask(server)).toMatchObject({ answer: 'complete' });
      expect(asked).toBe(2);
      server.fail(place, undefined);
    }
  });
});

describe('absence in a Python index', () => {
  it('is a 404 for a file of which the list says that there is none', async () => {
    const server = await started();
    server.upload(BARE);
    expect(await ask(server)).toEqual({
      name: `pypi:${server.host}`,
      answer: 'absent',
      attestations: [],
      reason: `the index has no provenance of ${WHEEL}`,
    });
    expect(paths(server)).toEqual([PATHS.page, PATHS.provenance]);
  });

  it('is a digest that no file of the release has', async () => {
    const server = await started();
    server.upload(ATTESTED);
    const asked = query(PURL, { digests: { sha256: '0'.repeat(64) } });
    expect(await adapterOf(server).source().collect(asked)).toMatchObject({
      answer: 'absent',
      attestations: [],
    });
    expect(paths(server)).toEqual([PATHS.page]);
  });

  it('is an object without attestations, where none are promised', async () => {
    const server = await started();
    server.upload(BARE);
    for (const bundles of [[], [{ publisher: { kind: 'GitHub' }, attestations: [] }]]) {
      server.fail('provenance', json({ version: 1, attestation_bundles: bundles }));
      expect(await ask(server)).toMatchObject({ answer: 'absent' });
    }
  });

  it('is not an object without attestations, where some are promised', async () => {
    const server = await started();
    server.upload(ATTESTED);
    server.fail('provenance', json({ version: 1, attestation_bundles: [] }));
    expect(await ask(server)).toMatchObject({ answer: 'failed', code: 'source.malformed-response' });
  });

  it('is not a 404 for provenance that the list names, or does not speak of', async () => {
    const server = await started();
    server.upload(ATTESTED);
    server.fail('provenance', status(404));
    expect(await ask(server)).toMatchObject({
      answer: 'failed',
      code: 'source.http-status',
      reason: `the index names provenance of ${WHEEL} and answers 404 for it`,
    });
    const silent = await started();
    silent.upload({ ...BARE, edit: (file) => delete file.provenance });
    expect(await ask(silent)).toMatchObject({
      answer: 'failed',
      code: 'source.http-status',
      reason: `the index does not say whether there is provenance of ${WHEEL} and answers 404 for it`,
    });
  });

  it('is not a project that the index does not show', async () => {
    expect(await ask(await started())).toMatchObject({ answer: 'failed', code: 'source.http-status' });
  });

  it.each([
    { version: 1, attestation_bundles: null },
    { version: 1, attestation_bundles: {} },
    { version: 1, attestation_bundles: [null] },
    { version: 1, attestation_bundles: [{ publisher: { kind: 'GitHub' }, attestations: null }] },
    { version: 1 },
    { message: 'No provenance available' },
  ])('is not %j', async (value) => {
    const server = await started();
    server.upload(BARE);
    server.fail('provenance', json(value));
    expect(await ask(server)).toMatchObject({ answer: 'failed', code: 'source.malformed-response' });
  });
});

describe.each(['simple', 'provenance'] as const)('a Python index has failed, for its %s', (place) => {
  it.each(FAULTS)('with %s', async (_, code, fault) => {
    const server = await started();
    server.upload(ATTESTED);
    server.fail(place, fault);
    expect(await ask(server)).toEqual({
      name: `pypi:${server.host}`,
      answer: 'failed',
      code,
      attestations: [],
      reason: expect.stringMatching(/^.{10,200}$/),
    });
  });

  it.each(FAULTS)('with %s, also where nothing is promised', async (_, _code, fault) => {
    const server = await started();
    server.upload(BARE);
    server.fail(place, fault);
    expect(await ask(server)).toMatchObject({ answer: 'failed', attestations: [] });
  });
});

describe('a Python index has failed', () => {
  it('with a refused connection, an unknown name, and no TLS', async () => {
    const server = await started();
    const asked = (indexUrl: string, options = {}) =>
      adapterOf(server, { indexUrl, http: clientOf([server.host], options) })
        .source()
        .collect(query());
    const resolve = () => Promise.reject(Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' }));
    const unavailable = { answer: 'failed', code: 'source.unavailable' };
    expect(await asked('https://index.example', { resolve })).toMatchObject(unavailable);
    expect(await asked(`https://${server.host}`)).toMatchObject(unavailable);
    await server.close();
    expect(await asked(server.origin)).toMatchObject(unavailable);
  });

  it('SSRF-04 when its list names provenance elsewhere, and nothing is asked there', async () => {
    const elsewhere = await started();
    for (const provenance of [
      `${elsewhere.origin}${PATHS.provenance}`,
      'https://pypi.org.evil.example/integrity',
      'http://169.254.169.254/latest/meta-data/',
      'file:///etc/passwd',
      'data:application/json,{}',
      '/integrity/x',
      '',
    ]) {
      const server = await started();
      server.upload({ ...ATTESTED, edit: (file) => Object.assign(file, { provenance }) });
      const http = clientOf([server.host, elsewhere.host]);
      const answer = await adapterOf(server, { http }).source().collect(query());
      expect([provenance, answer.answer, answer.code]).toEqual([
        provenance,
        'failed',
        expect.stringMatching(/^source\.(host-refused|malformed-response)$/),
      ]);
      expect(paths(server)).toEqual([PATHS.page]);
    }
    expect(elsewhere.requests).toEqual([]);
  });

  it('SSRF-06 never: its credentials are shown to the index alone', async () => {
    const [server, mirror] = [await started(), await started()];
    mirror.upload(ATTESTED);
    const provenance = `${mirror.origin}${PATHS.provenance}`;
    server.upload({ ...ATTESTED, edit: (file) => Object.assign(file, { provenance }) });
    const listedHosts = [server.host, mirror.host];
    const credentials = [server, mirror].map(({ origin }) => ({
      origin,
      header: 'authorization',
      value: 'Basic c2VjcmV0',
    }));
    const index = adapterOf(server, { http: clientOf(listedHosts), listedHosts, credentials });
    expect(await index.source().collect(query())).toMatchObject({ answer: 'complete' });
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Basic c2VjcmV0']);
    expect(mirror.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });
});

describe('what PyPI cannot be asked', () => {
  it('is anything but a release of a project', async () => {
    const server = await started();
    const source = adapterOf(server).source();
    for (const purl of [undefined, 'pkg:npm/widget@1.2.3', 'pkg:pypi/widget', 'not a purl']) {
      await expect(
        source.collect({ ...query(), digests: { sha256: SHA256 }, remote: undefined, purl }),
      ).rejects.toMatchObject({ constructor: SlsaGateError, finding: 'usage.artifact' });
    }
    expect(server.requests).toEqual([]);
  });
});
