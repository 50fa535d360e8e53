import { describe, expect, it } from 'vitest';
import { SlsaGateError } from '../../../../../src/errors.ts';
import { clientOf, within } from '../../../../kit/servers/opened.ts';
import { FAULTS, json, sendAnswer, status } from '../../../../kit/servers/package-faults.ts';
import { adapterOf, DIGESTS, NAME, PURL, query, reference, started, TARBALL, VERSION } from './registry.ts';

const PROVENANCE = { predicateType: 'https://slsa.dev/provenance/v1', bundle: {} };
const attested = { name: NAME, version: VERSION, tarball: TARBALL, attestations: [PROVENANCE] };
const bare = { name: NAME, version: VERSION, tarball: TARBALL };
const PATHS = {
  manifest: '/@octo%2fwidget/1.2.3',
  packument: '/@octo%2fwidget',
  attestations: '/-/npm/v1/attestations/@octo%2fwidget@1.2.3',
};
const paths = ({ requests }: { readonly requests: readonly { readonly path: string }[] }) =>
  requests.map(({ path }) => path);

describe("attestations in npm's registry", () => {
  it('are handed on as the very list that the registry answers', async () => {
    const server = await started();
    server.publish(attested);
    const source = adapterOf(server).source();
    expect(source.name).toBe(`npm:${server.host}`);
    expect(await source.collect(query())).toEqual({
      name: `npm:${server.host}`,
      answer: 'complete',
      attestations: [
        {
          bytes: Buffer.from(JSON.stringify({ attestations: [PROVENANCE] })),
          source: `npm:${server.host}#@octo/widget@1.2.3`,
        },
      ],
    });
    expect(paths(server)).toEqual([PATHS.manifest, PATHS.attestations]);
    expect(server.requests.every(({ headers }) => headers.accept === 'application/json')).toBe(true);
  });

  it('are found below a path, for a package without a scope, and for a file that is known by its purl alone', async () => {
    const server = await started({ path: '/api/npm/all' });
    server.publish({ ...attested, name: 'widget', version: '1.0.0-rc.1' });
    const source = adapterOf(server, { path: '/api/npm/all' }).source();
    expect(source.name).toBe(`npm:${server.host}/api/npm/all`);
    const purl = 'pkg:npm/widget@1.0.0-rc.1';
    expect(await source.collect(query(purl, { remote: undefined, purl }))).toMatchObject({
      answer: 'complete',
    });
    expect(paths(server)).toEqual([
      '/api/npm/all/widget/1.0.0-rc.1',
      '/api/npm/all/-/npm/v1/attestations/widget@1.0.0-rc.1',
    ]);
  });

  it('need no second manifest after the version was resolved, and a new one the next time', async () => {
    const server = await started();
    server.publish(attested);
    const registry = adapterOf(server);
    await registry.resolve(reference());
    await registry.source().collect(query());
    expect(server.requests.map(({ place }) => place)).toEqual(['manifest', 'tarball', 'attestations']);
    await registry.source().collect(query());
    expect(server.requests.slice(3).map(({ place }) => place)).toEqual(['manifest', 'attestations']);
  });

  it('are found after one 503', async () => {
    const server = await started();
    server.publish(attested);
    for (const place of ['manifest', 'attestations'] as const) {
      let asked = 0;
      server.fail(place, (response, good) =>
        asked++ === 0 ? status(503)(response, good) : sendAnswer(response, good),
      );
      expect(await adapterOf(server).source().collect(query())).toMatchObject({ answer: 'complete' });
      expect(asked).toBe(2);
      server.fail(place, undefined);
    }
  });

  it('NPM-02 are handed on whatever they name: only the core compares', async () => {
    const server = await started();
    server.publish({
      ...attested,
      attestations: [{ ...PROVENANCE, bundle: { repository: 'evil-org/widget' } }],
    });
    const { attestations } = await adapterOf(server).source().collect(query());
    expect(attestations[0]?.bytes.toString()).toContain('evil-org');
  });
});

describe('absence in the registry of npm', () => {
  it('is a 404 for a version of which the registry promises nothing', async () => {
    const server = await started();
    server.publish(bare);
    expect(await adapterOf(server).source().collect(query())).toEqual({
      name: `npm:${server.host}`,
      answer: 'absent',
      attestations: [],
      reason: 'the registry has no attestations of @octo/widget@1.2.3',
    });
    expect(paths(server)).toEqual([PATHS.manifest, PATHS.attestations]);
  });

  it('is a version that a readable package has not', async () => {
    const server = await started();
    server.publish({ ...attested, version: '1.2.4' });
    expect(await adapterOf(server).source().collect(query())).toMatchObject({
      answer: 'absent',
      reason: 'the registry has no @octo/widget@1.2.3',
    });
    expect(paths(server)).toEqual([PATHS.manifest, PATHS.packument]);
  });

  it('is not a package that cannot be read: it may only be hidden', async () => {
    const server = await started({ token: 'secret' });
    server.publish(attested);
    const answer = await adapterOf(server).source().collect(query());
    expect(answer).toMatchObject({ answer: 'failed', code: 'source.http-status', attestations: [] });
    expect(JSON.stringify(answer)).not.toContain('secret');
  });

  it('is not a 404 of a mirror that leaves out what npm says of every version', async () => {
    for (const signatures of [undefined, null, [], 'none']) {
      const server = await started();
      server.publish({ ...bare, edit: (dist) => void Object.assign(dist, { signatures }) });
      expect(await adapterOf(server).source().collect(query())).toMatchObject({
        answer: 'failed',
        code: 'source.unavailable',
        reason: 'the registry leaves out whether there are attestations of @octo/widget@1.2.3',
      });
    }
  });

  it('is not a 404 for attestations that the registry promises', async () => {
    const server = await started();
    server.publish(attested);
    server.fail('attestations', status(404));
    expect(await adapterOf(server).source().collect(query())).toEqual({
      name: `npm:${server.host}`,
      answer: 'failed',
      attestations: [],
      code: 'source.http-status',
      reason: 'the registry names attestations of @octo/widget@1.2.3 and answers 404 for them',
    });
  });

  it('NPM-03 is an empty list where nothing is promised; where something is, the list itself is handed on', async () => {
    const server = await started();
    server.publish(bare);
    server.fail('attestations', json({ attestations: [] }));
    expect(await adapterOf(server).source().collect(query())).toMatchObject({
      answer: 'absent',
      attestations: [],
    });
    const promising = await started();
    promising.publish({ ...attested, attestations: [] });
    const { answer, attestations } = await adapterOf(promising).source().collect(query());
    expect([answer, attestations.map(({ bytes }) => bytes.toString())]).toEqual([
      'complete',
      ['{"attestations":[]}'],
    ]);
  });

  it.each([
    [{ attestations: null }],
    [{ attestations: {} }],
    [{ attestations: 'none' }],
    [{ attestation: [] }],
  ])('NPM-03 is not %j', async (value) => {
    const server = await started();
    server.publish(bare);
    server.fail('attestations', json(value));
    expect(await adapterOf(server).source().collect(query())).toMatchObject({
      answer: 'failed',
      code: 'source.malformed-response',
    });
  });
});

describe('a registry of npm that lacks the address of a single version', () => {
  it('is asked for the whole package instead', async () => {
    const server = await started({ withoutManifests: true });
    server.publish(attested);
    expect(await adapterOf(server).source().collect(query())).toMatchObject({ answer: 'complete' });
    expect(paths(server)).toEqual([PATHS.manifest, PATHS.packument, PATHS.attestations]);
    server.fail('manifest', status(405));
    expect(await adapterOf(server).source().collect(query())).toMatchObject({ answer: 'complete' });
  });

  it.each(FAULTS)('has failed with %s for the package', async (_, code, fault) => {
    const server = await started({ withoutManifests: true });
    server.publish(attested);
    server.fail('packument', fault);
    expect(await collectIn(server)).toMatchObject({ answer: 'failed', code, attestations: [] });
  });
});

/** Within a deadline, so that what drips ends. */
const collectIn = (server: Awaited<ReturnType<typeof started>>, deadlineMs = 500) =>
  adapterOf(server, { http: clientOf([server.host], within(deadlineMs)) })
    .source()
    .collect(query());

describe.each(['manifest', 'attestations'] as const)('a registry of npm has failed, for its %s', (place) => {
  it.each(FAULTS)('with %s', async (_, code, fault) => {
    const server = await started();
    server.publish(attested);
    server.fail(place, fault);
    const answer = await collectIn(server);
    expect(answer).toEqual({
      name: `npm:${server.host}`,
      answer: 'failed',
      code,
      attestations: [],
      reason: expect.stringMatching(/^.{10,200}$/),
    });
  });

  it.each(FAULTS)('with %s, also where nothing is promised', async (_, _code, fault) => {
    const server = await started();
    server.publish(bare);
    server.fail(place, fault);
    expect(await collectIn(server)).toMatchObject({ answer: 'failed', attestations: [] });
  });

  it('with an answer larger than allowed', async () => {
    const server = await started();
    server.publish(attested);
    server.fail(place, (response, { headers }) => {
      response.writeHead(200, { ...headers, 'content-length': 17 * 1024 * 1024 });
      response.write('{');
    });
    expect(await collectIn(server)).toMatchObject({ answer: 'failed', code: 'limit.response' });
  });
});

describe('a registry of npm has failed', () => {
  const at = (url: string, options = {}, listed: readonly string[] = []) =>
    adapterOf({ origin: url, host: '' }, { http: clientOf(listed, options), listedHosts: listed });

  it('with a refused connection', async () => {
    const server = await started();
    await server.close();
    expect(await adapterOf(server).source().collect(query())).toMatchObject({
      answer: 'failed',
      code: 'source.unavailable',
    });
  });

  it('with a name that nobody knows, and with a server that speaks no TLS', async () => {
    const resolve = () => Promise.reject(Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' }));
    expect(await at('https://registry.example', { resolve }).source().collect(query())).toMatchObject({
      answer: 'failed',
      code: 'source.unavailable',
    });
    const server = await started();
    const url = `https://${server.host}`;
    expect(await at(url, {}, [server.host]).source().collect(query())).toMatchObject({
      answer: 'failed',
      code: 'source.unavailable',
    });
  });

  it('SSRF-04 when its manifest names attestations elsewhere, and nothing is asked there', async () => {
    const server = await started();
    const other = await started();
    const registry = adapterOf(server, {
      listedHosts: [server.host],
      http: clientOf([server.host, other.host]),
    });
    for (const url of [
      `${other.origin}/-/npm/v1/attestations/@octo%2fwidget@1.2.3`,
      'https://registry.npmjs.org.evil.example/-/npm/v1/attestations/@octo%2fwidget@1.2.3',
      'http://169.254.169.254/latest/meta-data/',
      'file:///etc/passwd',
      'data:application/json,{}',
      '//elsewhere.example/',
      'attestations',
      `${server.origin.replace('//', '//user:password@')}/-/npm/v1/attestations/x`,
    ]) {
      const version = `1.2.${server.requests.length + 10}`;
      server.publish({
        ...attested,
        version,
        edit: (dist) => void Object.assign(dist, { attestations: { url } }),
      });
      const answer = await registry.source().collect(query(PURL.replace('1.2.3', version)));
      expect([url, answer.answer, answer.code]).toEqual([
        url,
        'failed',
        expect.stringMatching(/^source\.(host-refused|malformed-response)$/),
      ]);
      expect(answer.reason).not.toContain('password');
    }
    expect(other.requests).toEqual([]);
  });

  it('SSRF-06 never: attestations at a listed host are asked without the credentials of the registry', async () => {
    const server = await started({ token: 'secret' });
    const mirror = await started();
    mirror.publish(attested);
    const url = `${mirror.origin}/-/npm/v1/attestations/@octo%2fwidget@1.2.3`;
    server.publish({ ...attested, edit: (dist) => void Object.assign(dist, { attestations: { url } }) });
    const hosts = [server.host, mirror.host];
    const credentials = [server, mirror].map(({ origin }) => ({
      origin,
      header: 'authorization',
      value: 'Bearer secret',
    }));
    const { createNpmRegistry } = await import('../../../../../src/adapters/attestations/npm/index.ts');
    const registry = createNpmRegistry({
      http: clientOf(hosts),
      registryFor: () => ({ url: server.origin, credentials }),
      listedHosts: hosts,
    });
    expect(await registry.source().collect(query())).toMatchObject({ answer: 'complete' });
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer secret']);
    expect(mirror.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it('when it answers about another package or version', async () => {
    for (const changes of [
      { name: '@octo/other' },
      { version: '1.2.4' },
      { name: '@octo/Widget' },
      { version: 7 },
    ]) {
      const server = await started();
      server.publish({ ...attested, edit: (_, manifest) => void Object.assign(manifest, changes) });
      expect(await adapterOf(server).source().collect(query())).toMatchObject({
        answer: 'failed',
        code: 'source.malformed-response',
      });
    }
  });

  it('with attestations that it names as null or as a text', async () => {
    for (const attestations of [null, 'yes', [], { url: null }, { url: 5 }, { provenance: null }]) {
      const server = await started();
      server.publish({ ...bare, edit: (dist) => void Object.assign(dist, { attestations }) });
      expect([attestations, (await adapterOf(server).source().collect(query())).code]).toEqual([
        attestations,
        'source.malformed-response',
      ]);
    }
  });
});

describe('what npm cannot be asked', () => {
  it('is anything but a version of a package', async () => {
    const server = await started();
    const source = adapterOf(server).source();
    for (const purl of [undefined, 'pkg:pypi/widget@1.2.3', 'pkg:npm/widget', 'not a purl']) {
      await expect(
        source.collect({ ...query(), digests: DIGESTS, remote: undefined, purl }),
      ).rejects.toMatchObject({ constructor: SlsaGateError, finding: 'usage.artifact' });
    }
    expect(server.requests).toEqual([]);
  });

  it.each([
    'http://registry.example',
    'ftp://registry.example',
    'registry.example',
    'https://a:b@registry.example',
    'https://registry.example/?x',
  ])('NET-11 is a registry at %s', async (url) => {
    await expect(
      (async () =>
        adapterOf({ origin: url, host: '' }, { http: clientOf([]), listedHosts: [] })
          .source()
          .collect(query()))(),
    ).rejects.toMatchObject({ finding: expect.stringMatching(/^config\.(insecure-url|invalid)$/) });
  });
});
