import { describe, expect, it } from 'vitest';
import { createPypiIndex } from '../../../../../src/adapters/attestations/pypi/index.ts';
import { SlsaGateError } from '../../../../../src/errors.ts';
import { clientOf, within } from '../../../../kit/servers/opened.ts';
import { FAULTS, sendAnswer, status } from '../../../../kit/servers/package-faults.ts';
import { ATTESTED, adapterOf, PURL, reference, SDIST, SHA256, started, WHEEL } from './index-server.ts';

const refusal = (finding: string, changes: object = {}) =>
  expect.objectContaining({ constructor: SlsaGateError, finding, ...changes });
const RESOLVED = {
  reference: `${PURL}?checksum=sha256:${SHA256}&file_name=${WHEEL}`,
  digests: { sha256: SHA256 },
  purl: PURL,
  fileName: WHEEL,
  viaIndex: undefined,
  index: undefined,
};

const withBoth = async () => {
  const server = await started();
  server.upload(ATTESTED);
  server.upload({ ...ATTESTED, fileName: SDIST, bytes: Buffer.from('sdist') });
  server.upload({ ...ATTESTED, version: '1.2.4', fileName: 'octo_widget-1.2.4-py3-none-any.whl' });
  return server;
};

const editedBy = async (edit: (file: Record<string, unknown>) => void) => {
  const server = await started();
  server.upload({ ...ATTESTED, edit });
  return adapterOf(server).resolve(reference());
};

const pageEditedBy = async (edit: (page: Record<string, unknown>) => void) => {
  const server = await started();
  server.upload(ATTESTED);
  server.fail('simple', (response, good) => {
    const page = JSON.parse(good.body.toString());
    edit(page);
    sendAnswer(response, { ...good, body: Buffer.from(JSON.stringify(page)) });
  });
  return adapterOf(server).resolve(reference());
};

describe('a file of a Python index', () => {
  it('is named by the digest that the index lists, and is not read itself', async () => {
    const server = await started();
    server.upload(ATTESTED);
    expect(await adapterOf(server).resolve(reference())).toEqual(RESOLVED);
    expect(server.requests.map(({ path, headers }) => [path, headers.accept])).toEqual([
      ['/simple/octo-widget/', 'application/vnd.pypi.simple.v1+json'],
    ]);
  });

  it.each(['pkg:pypi/Octo_Widget@1.2.3', 'pkg:pypi/octo.widget@1.2.3', 'pkg:pypi/OCTO--widget@1.2.3'])(
    'is found by another spelling of its project: %s',
    async (text) => {
      const server = await started();
      server.upload(ATTESTED);
      expect(await adapterOf(server).resolve(reference(text))).toEqual(RESOLVED);
    },
  );

  it('is found where the address of the index is written as pip wants it', async () => {
    const server = await started();
    server.upload(ATTESTED);
    for (const indexUrl of [`${server.origin}/`, `${server.origin}/simple`, `${server.origin}/simple/`])
      expect(await adapterOf(server, { indexUrl }).resolve(reference())).toEqual(RESOLVED);
  });

  it('is the named one of several, or the one that is pinned', async () => {
    const registry = adapterOf(await withBoth());
    expect(await registry.resolve(reference(`${PURL}?file_name=${WHEEL}`))).toEqual(RESOLVED);
    expect(await registry.resolve(reference(`${PURL}?checksum=sha256:${SHA256}`))).toEqual(RESOLVED);
    expect(await registry.resolve(reference(RESOLVED.reference))).toEqual(RESOLVED);
    expect((await registry.resolve(reference(`${PURL}?file_name=${SDIST}`))).fileName).toBe(SDIST);
  });

  it('has to be named where there are several', async () => {
    await expect(adapterOf(await withBoth()).resolve(reference())).rejects.toEqual(
      refusal('usage.artifact', {
        message: `octo-widget 1.2.3 has several files: ${WHEEL}, ${SDIST}`,
        hint: `Name one of them: ${PURL}?file_name=${WHEEL}`,
      }),
    );
  });

  it('is not another one than the purl pins', async () => {
    const asked = adapterOf(await withBoth()).resolve(
      reference(`${PURL}?checksum=sha256:${'0'.repeat(64)}&file_name=${WHEEL}`),
    );
    await expect(asked).rejects.toEqual(refusal('registry.digest-mismatch', { actual: `sha256:${SHA256}` }));
  });

  it.each([
    `${PURL}?file_name=octo_widget-1.2.4-py3-none-any.whl`,
    `${PURL}?file_name=other.whl`,
    `${PURL}?checksum=sha256:${'0'.repeat(64)}`,
    'pkg:pypi/octo-widget@1.2',
    'pkg:pypi/octo-widget@1.2.30',
    'pkg:pypi/octo-widget@2.3',
    'pkg:pypi/octo-widget@3',
  ])('is not found as %s', async (text) => {
    await expect(adapterOf(await withBoth()).resolve(reference(text))).rejects.toEqual(
      refusal('registry.not-found'),
    );
  });

  it('cannot be known of a project that the index does not show', async () => {
    const server = await started();
    await expect(adapterOf(server).resolve(reference())).rejects.toEqual(
      refusal('source.http-status', { details: { origin: server.origin, status: 404 } }),
    );
  });

  it.each([
    ['no digest', {}],
    ['MD5 alone', { md5: 'd41d8cd98f00b204e9800998ecf8427e' }],
    ['another case', { SHA256 }],
  ])('is not decided about by %s', async (_, hashes) => {
    await expect(editedBy((file) => Object.assign(file, { hashes }))).rejects.toEqual(
      refusal('subject.weak-digest'),
    );
  });

  it.each<[string, object]>([
    ['a digest that is too short', { hashes: { sha256: SHA256.slice(1) } }],
    ['a digest in upper case', { hashes: { sha256: SHA256.toUpperCase() } }],
    ['hashes that are null', { hashes: null }],
    ['a digest that is a list', { hashes: { sha256: [SHA256] } }],
    ['provenance that is a number', { provenance: 1 }],
    ['a name with a folder', { filename: 'octo_widget-1.2.3-py3-none-x/../y.whl' }],
  ])('is not read with %s', async (_, changes) => {
    await expect(editedBy((file) => Object.assign(file, changes))).rejects.toEqual(
      refusal('source.malformed-response'),
    );
  });

  it.each<[string, (page: Record<string, unknown>) => void]>([
    ['files that are null', (page) => Object.assign(page, { files: null })],
    ['no files', (page) => delete page.files],
    ['files that are an object', (page) => Object.assign(page, { files: {} })],
    ['another project', (page) => Object.assign(page, { name: 'octo-widgets' })],
    ['version 2 of the interface', (page) => Object.assign(page, { meta: { 'api-version': '2.0' } })],
    ['no version of the interface', (page) => delete page.meta],
    ['a file twice', (page) => Object.assign(page, { files: [page.files, page.files].flat() })],
  ])('is not read from a page with %s', async (_, edit) => {
    await expect(pageEditedBy(edit)).rejects.toEqual(refusal('source.malformed-response'));
  });

  it('is not there where the index lists no file at all', async () => {
    await expect(pageEditedBy((page) => Object.assign(page, { files: [] }))).rejects.toEqual(
      refusal('registry.not-found'),
    );
  });

  it('is read after one 503', async () => {
    const server = await started();
    server.upload(ATTESTED);
    let asked = 0;
    server.fail('simple', (response, good) => (asked++ === 0 ? status(503) : sendAnswer)(response, good));
    expect(await adapterOf(server).resolve(reference())).toEqual(RESOLVED);
    expect(asked).toBe(2);
  });

  it.each(FAULTS)('cannot be known with %s', async (_, code, fault) => {
    const server = await started();
    server.upload(ATTESTED);
    server.fail('simple', fault);
    const http = clientOf([server.host], within(500));
    await expect(adapterOf(server, { http }).resolve(reference())).rejects.toEqual(refusal(code));
  });

  it('lies at pypi.org where no index is named, and NET-11 never at an address without TLS', () => {
    const http = clientOf([]);
    expect(createPypiIndex({ http, credentials: [], listedHosts: [] }).source().name).toBe('pypi:pypi.org');
    for (const indexUrl of [
      'http://pypi.org',
      'HTTP://pypi.org',
      'pypi.org',
      'file:///simple',
      'https://a:b@pypi.org',
    ])
      expect(() => createPypiIndex({ http, indexUrl, credentials: [], listedHosts: [] })).toThrow(
        refusal(expect.stringMatching(/^config\.(insecure-url|invalid)$/) as unknown as string),
      );
  });
});

describe('names of files', () => {
  it.each<[string, string]>([
    ['octo_widget-1.2.3-1-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl', '1.2.3'],
    ['Octo.Widget-1.2.3-py3-none-any.whl', '1.2.3'],
    ['octo-widget-1.2.3.tar.gz', '1.2.3'],
    ['octo-widget-1.2.3.zip', '1.2.3'],
    ['octo_widget-1.2.3rc1.tar.gz', '1.2.3RC1'],
    ['octo_widget-1!2.0.post1.dev3-py3-none-any.whl', '1!2.0.post1.dev3'],
    ['octo_widget-1.2.3+local.1-py3-none-any.whl', '1.2.3%2Blocal.1'],
  ])('%s is of version %s', async (fileName, version) => {
    const server = await started();
    server.upload({ ...ATTESTED, fileName });
    const { fileName: found } = await adapterOf(server).resolve(reference(`pkg:pypi/octo-widget@${version}`));
    expect(found).toBe(fileName);
  });

  it.each<[string, string]>([
    ['octo_widget-1.2.3-py3-none-any.whl', '1.2'],
    ['octo_widget-1.2.3.tar.gz', '2.3'],
    ['octo_widget-1.2.3.tar.gz', '1.2.3.tar'],
    ['octo_widget-0-1.2.3.tar.gz', '1.2.3'],
    ['octo_widget_evil-1.2.3.tar.gz', '1.2.3'],
    ['octo_widget-1.2.3-py3-none.whl', '1.2.3'],
    ['octo_widget-1.2.3-1-py3-none-any-x.whl', '1.2.3'],
    ['octo_widget-1.2.3.exe', '1.2.3'],
    ['octo_widget-1.2.3.tar.gz.asc', '1.2.3'],
    ['1.2.3.tar.gz', '1.2.3'],
    ['.tar.gz', '1.2.3'],
  ])('%s is not of version %s', async (fileName, version) => {
    const server = await started();
    server.upload({ ...ATTESTED, fileName });
    await expect(adapterOf(server).resolve(reference(`pkg:pypi/octo-widget@${version}`))).rejects.toEqual(
      refusal('registry.not-found'),
    );
  });
});

describe('names of releases', () => {
  it.each([
    'pkg:pypi/..@1.0',
    'pkg:pypi/%2e%2e%2fx@1.0',
    'pkg:pypi/a%2fb@1.0',
    'pkg:pypi/octo/widget@1.0',
    'pkg:pypi/widget%3fx@1.0',
    'pkg:pypi/widget%23x@1.0',
    'pkg:pypi/widget%00@1.0',
    'pkg:pypi/w%C3%AFdget@1.0',
    'pkg:pypi/-widget@1.0',
    'pkg:pypi/widget',
    'pkg:pypi/widget@..',
    'pkg:pypi/widget@1.0%2f..%2f2.0',
    'pkg:pypi/widget@1.0%3fx',
    'pkg:pypi/widget@1.*',
    'pkg:pypi/widget@>=1.0',
    'pkg:pypi/widget@==1.0',
    'pkg:pypi/widget@~1.0',
    'pkg:pypi/widget@1.0?file_name=..%2fwidget-1.0.tar.gz',
    'pkg:pypi/widget@1.0?file_name=..',
    'pkg:pypi/widget@1.0?file_name=a%3fb.whl',
    'pkg:pypi/widget@1.0?repository_url=https://evil.example',
    'pkg:pypi/widget@1.0?checksum=md5:d41d8cd98f00b204e9800998ecf8427e',
    `pkg:pypi/widget@1.0?checksum=sha512:${'0'.repeat(128)}`,
    'pkg:pypi/widget@1.0#setup.py',
  ])('SSRF-07 are not %s', async (text) => {
    const server = await started();
    await expect(adapterOf(server).resolve(reference(text))).rejects.toEqual(refusal('usage.artifact'));
    expect(server.requests).toEqual([]);
  });
});
