import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createNpmRegistry } from '../../../../../src/adapters/attestations/npm/index.ts';
import { SlsaGateError } from '../../../../../src/errors.ts';
import { hash } from '../../../../kit/keys.ts';
import { integrityOf } from '../../../../kit/servers/npm-registry.ts';
import { clientOf, within } from '../../../../kit/servers/opened.ts';
import { FAULTS, json, sendAnswer, status } from '../../../../kit/servers/package-faults.ts';
import { adapterOf, DIGESTS, NAME, PURL, reference, started, TARBALL, VERSION } from './registry.ts';

const published = { name: NAME, version: VERSION, tarball: TARBALL };
const refusal = (finding: string, changes: object = {}) =>
  expect.objectContaining({ constructor: SlsaGateError, finding, ...changes });
const OTHER = gzipSync('widget 6.6.6');

type Edit = (dist: Record<string, unknown>) => void;
const publishedWith = async (edit: Edit) => {
  const server = await started();
  server.publish({ ...published, edit });
  return server;
};

describe("a package in npm's registry", () => {
  it('is named by the digests of its tarball', async () => {
    const server = await started();
    server.publish(published);
    expect(await adapterOf(server).resolve(reference())).toEqual({
      reference: `${PURL}?checksum=sha512:${DIGESTS.sha512}`,
      digests: DIGESTS,
      purl: PURL,
      fileName: undefined,
      viaIndex: undefined,
      index: undefined,
    });
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/@octo%2fwidget/1.2.3',
      '/@octo/widget/-/widget-1.2.3.tgz',
    ]);
  });

  it('is the one that its purl pins, or none', async () => {
    const server = await started();
    server.publish(published);
    const registry = adapterOf(server);
    for (const checksum of [`sha512:${DIGESTS.sha512}`, `sha256:${DIGESTS.sha256}`]) {
      const { digests } = await registry.resolve(reference(`${PURL}?checksum=${checksum}`));
      expect(digests).toEqual(DIGESTS);
    }
    for (const checksum of [`sha512:${'0'.repeat(128)}`, `sha256:${'0'.repeat(64)}`]) {
      const asked = registry.resolve(reference(`${PURL}?checksum=${checksum}`));
      await expect(asked).rejects.toEqual(refusal('npm.integrity', { expected: checksum }));
    }
  });

  it('comes from the registry of its scope, which alone gets its credentials', async () => {
    const [own, everyone] = [await started({ token: 'secret' }), await started()];
    for (const server of [own, everyone]) {
      server.publish(published);
      server.publish({ ...published, name: 'widget' });
    }
    const credentials = [{ origin: own.origin, header: 'authorization', value: 'Bearer secret' }];
    const listedHosts = [own.host, everyone.host];
    const registry = createNpmRegistry({
      http: clientOf(listedHosts),
      registryFor: (scope) => ({ url: scope === '@octo' ? own.origin : everyone.origin, credentials }),
      listedHosts,
    });
    await registry.resolve(reference());
    expect(everyone.requests).toEqual([]);
    await registry.resolve(reference('pkg:npm/widget@1.2.3'));
    expect(own.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer secret',
      'Bearer secret',
    ]);
    expect(everyone.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
    expect([registry.source('@octo').name, registry.source().name]).toEqual([
      `npm:${own.host}`,
      `npm:${everyone.host}`,
    ]);
  });

  it('is not one that the package has not, or that cannot be read', async () => {
    const server = await started();
    await expect(adapterOf(server).resolve(reference())).rejects.toEqual(refusal('source.http-status'));
    server.publish({ ...published, version: '1.2.4' });
    await expect(adapterOf(server).resolve(reference())).rejects.toEqual(
      refusal('registry.not-found', { message: 'the package has no such version: @octo/widget@1.2.3' }),
    );
  });

  it('is read after one 503', async () => {
    const server = await started();
    server.publish(published);
    for (const place of ['manifest', 'tarball'] as const) {
      let asked = 0;
      server.fail(place, (response, good) => (asked++ === 0 ? status(503) : sendAnswer)(response, good));
      expect(await adapterOf(server).resolve(reference())).toMatchObject({ digests: DIGESTS });
      expect(asked).toBe(2);
      server.fail(place, undefined);
    }
  });

  it.each(FAULTS)('cannot be known with %s for its manifest', async (_, code, fault) => {
    const server = await started();
    server.publish(published);
    server.fail('manifest', fault);
    const http = clientOf([server.host], within(500));
    await expect(adapterOf(server, { http }).resolve(reference())).rejects.toEqual(refusal(code));
    expect(server.requests.filter(({ place }) => place === 'tarball')).toEqual([]);
  });
});

/** What is well-formed JSON of the right type is not told from it before it is hashed. */
const NOT_A_TARBALL = new Set(['the right content of a wrong type', 'content of no type']);

describe('the tarball of a package', () => {
  it.each(FAULTS.filter(([name]) => !NOT_A_TARBALL.has(name)))(
    'is not read with %s',
    async (name, code, fault) => {
      const server = await started();
      server.publish(published);
      server.fail('tarball', fault);
      const http = clientOf([server.host], within(500));
      // Cut short by a server that says it is whole: no other than one that was replaced.
      const expected = name === 'JSON that is cut short' ? 'npm.integrity' : code;
      await expect(adapterOf(server, { http }).resolve(reference())).rejects.toEqual(refusal(expected));
    },
  );

  it('NPM-07 is refused when it was replaced', async () => {
    const server = await started();
    server.publish(published);
    server.fail('tarball', (response, good) => sendAnswer(response, { ...good, body: OTHER }));
    await expect(adapterOf(server).resolve(reference())).rejects.toEqual(
      refusal('npm.integrity', {
        expected: `sha512:${DIGESTS.sha512}`,
        actual: `sha512:${hash('sha512', OTHER).toString('hex')}`,
      }),
    );
  });

  it('is not read beyond the limit', async () => {
    const server = await started();
    server.publish(published);
    server.fail('tarball', (response) => {
      response.writeHead(200, { 'content-length': 2 * 1024 ** 3 + 1 });
      response.write('x');
    });
    await expect(adapterOf(server).resolve(reference())).rejects.toEqual(refusal('limit.response'));
  });

  it('SSRF-04 is not asked of a host that is not listed', async () => {
    const elsewhere = await started();
    for (const tarball of [
      `${elsewhere.origin}/widget-1.2.3.tgz`,
      'http://169.254.169.254/widget.tgz',
      'http://[::1]/widget.tgz',
      'https://registry.npmjs.org.evil.example/widget.tgz',
      'file:///etc/passwd',
      '/widget/-/widget-1.2.3.tgz',
    ]) {
      const server = await publishedWith((dist) => Object.assign(dist, { tarball }));
      const http = clientOf([server.host, elsewhere.host]);
      const registry = adapterOf(server, { http, listedHosts: [server.host] });
      await expect(registry.resolve(reference())).rejects.toEqual(
        refusal(expect.stringMatching(/^source\.(host-refused|malformed-response)$/) as unknown as string),
      );
    }
    expect(elsewhere.requests).toEqual([]);
  });

  it('SSRF-06 is asked of a listed host without credentials, also after a redirect', async () => {
    const [server, store] = [await started({ token: 'secret' }), await started()];
    store.publish(published);
    const tarball = `${store.origin}/@octo/widget/-/widget-1.2.3.tgz`;
    const listedHosts = [server.host, store.host];
    const credentials = [{ origin: server.origin, header: 'authorization', value: 'Bearer secret' }];
    const http = clientOf(listedHosts);
    const registry = createNpmRegistry({
      http,
      registryFor: () => ({ url: server.origin, credentials }),
      listedHosts,
    });
    server.publish({ ...published, edit: (dist) => Object.assign(dist, { tarball }) });
    server.publish({ ...published, version: '1.2.4' });
    server.fail('tarball', status(302, { location: tarball }));
    await registry.resolve(reference());
    await registry.resolve(reference('pkg:npm/%40octo/widget@1.2.4'));
    expect(store.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
  });
});

describe('the digest that the registry names', () => {
  const sha1 = `sha1-${hash('sha1', TARBALL).toString('base64')}`;
  const right = integrityOf(TARBALL);
  const wrong = integrityOf(OTHER);

  it.each<[string, string | null | undefined]>([
    ['none at all', undefined],
    ['none but null', null],
    ['the empty text', ''],
    ['white space', ' \n '],
    ['SHA-1 alone', sha1],
    ['MD5 alone', 'md5-1B2M2Y8AsgTpgAmY7PhCfg=='],
    ['SHA-512 under another name', right.replace('sha512', 'SHA512')],
    ['an algorithm of the same beginning', right.replace('sha512-', 'sha512/256-')],
  ])('NPM-07 is refused: %s', async (_, integrity) => {
    const server = await publishedWith((dist) => Object.assign(dist, { integrity }));
    await expect(adapterOf(server).resolve(reference())).rejects.toEqual(refusal('subject.weak-digest'));
    expect(server.requests.map(({ place }) => place)).toEqual(['manifest']);
  });

  it.each([
    ['two of SHA-512 that differ', `${right} ${wrong}`],
    ['two that differ, the right one last', `${wrong} ${right}`],
    ['one of other bytes', wrong],
    ['one of other bytes, beside the right SHA-1', `${sha1} ${wrong}`],
  ])('NPM-07 is no other than that of the tarball: %s', async (_, integrity) => {
    const server = await publishedWith((dist) => Object.assign(dist, { integrity }));
    await expect(adapterOf(server).resolve(reference())).rejects.toEqual(refusal('npm.integrity'));
  });

  it.each([
    ['too short', 'sha512-AAAA'],
    ['hex', `sha512-${DIGESTS.sha512}`],
    ['lenient base64', right.replace(/=+$/, '')],
    ['empty', 'sha512-'],
  ])('NPM-07 is of the form of a digest, not %s', async (_, integrity) => {
    const server = await publishedWith((dist) => Object.assign(dist, { integrity }));
    await expect(adapterOf(server).resolve(reference())).rejects.toEqual(
      refusal('source.malformed-response'),
    );
  });

  it('NPM-07 is the strongest of several', async () => {
    for (const integrity of [
      `${sha1} ${right}`,
      `${right}\n${sha1}`,
      `${right} ${right}`,
      `${right}?option`,
    ]) {
      const server = await publishedWith((dist) => Object.assign(dist, { integrity }));
      expect(await adapterOf(server).resolve(reference())).toMatchObject({ digests: DIGESTS });
    }
  });
});

describe('names of packages', () => {
  it.each([
    'pkg:npm/..@1.0.0',
    'pkg:npm/.hidden@1.0.0',
    'pkg:npm/%2e%2e%2f%2e%2e%2fx@1.0.0',
    'pkg:npm/%40octo/..@1.0.0',
    'pkg:npm/%40../widget@1.0.0',
    'pkg:npm/%40octo/widget%2f..%2f..@1.0.0',
    'pkg:npm/widget%2f1.0.0@1.0.0',
    'pkg:npm/widget%3fx=y@1.0.0',
    'pkg:npm/widget%23x@1.0.0',
    'pkg:npm/widget%5cx@1.0.0',
    'pkg:npm/widget%00@1.0.0',
    'pkg:npm/%40octo%40evil/widget@1.0.0',
    'pkg:npm/octo/widget@1.0.0',
    'pkg:npm/%40octo/deep/widget@1.0.0',
    'pkg:npm/-%2fnpm%2fv1@1.0.0',
    'pkg:npm/widget@1.0.0%2f..%2f2.0.0',
    'pkg:npm/widget@..',
    'pkg:npm/widget@1.0.0%3fx',
    'pkg:npm/widget@1.0.0%23x',
    'pkg:npm/widget@1.0.0?repository_url=https://evil.example',
    'pkg:npm/widget@1.0.0?checksum=sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709',
    'pkg:npm/widget@1.0.0?checksum=sha512:..',
    'pkg:npm/widget@1.0.0#package.json',
  ])('SSRF-07 are not %s', async (text) => {
    const server = await started();
    await expect(adapterOf(server).resolve(reference(text))).rejects.toEqual(refusal('usage.artifact'));
    expect(server.requests).toEqual([]);
  });

  it.each([
    'latest',
    'next',
    '1',
    '1.2',
    '1.x',
    '1.2.x',
    '%5e1.2.3',
    '~1.2.3',
    '>=1.2.3',
    '=1.2.3',
    'v1.2.3',
    '01.2.3',
    '1.2.3%20-%201.2.4',
    '*',
    '1.2.3-',
    '1.2.3%2B',
    'file:widget.tgz',
  ])('SSRF-07 come with an exact version, not %s', async (version) => {
    const server = await started();
    const text = `pkg:npm/widget@${version}`;
    await expect(adapterOf(server).resolve(reference(text))).rejects.toEqual(refusal('usage.artifact'));
    expect(server.requests).toEqual([]);
  });

  it('are asked for encoded', async () => {
    const server = await started();
    server.publish({ ...published, name: '@octo/wid.get~x', version: '1.2.3-rc.1' });
    await adapterOf(server).resolve(reference('pkg:npm/%40octo/wid.get~x@1.2.3-rc.1'));
    expect(server.requests[0]?.path).toBe('/@octo%2fwid.get~x/1.2.3-rc.1');
    server.fail('manifest', json({}));
    await expect(adapterOf(server).resolve(reference('pkg:npm/widget@1.2.3%2Bbuild.5'))).rejects.toEqual(
      refusal('source.malformed-response'),
    );
    expect(server.requests.at(-1)?.path).toBe('/widget/1.2.3%2Bbuild.5');
  });
});
