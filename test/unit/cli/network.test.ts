import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { networkOptions } from '../../../src/cli/network.ts';
import { parseInvocation } from '../../../src/cli/parse.ts';
import { VERIFY } from '../../../src/cli/spec/verify.ts';
import { addresses, createSources, credentialOptions } from '../../../src/cli/wire-sources.ts';
import { SlsaGateError } from '../../../src/errors.ts';

/** What flags and environment make of the outbound client. */

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'slsa-gate-network-'));
  for (const name of ['ca.pem', 'cert.pem', 'key.pem']) writeFileSync(join(folder, name), name);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

const words = (...argv: readonly string[]) => parseInvocation(VERIFY, ['a', ...argv]);
const options = async (...argv: readonly string[]) => networkOptions(await words(...argv));
const refusal = (finding: string, members: object = {}) =>
  expect.objectContaining({ constructor: SlsaGateError, finding, exitCode: 64, ...members });

const withoutProxies = (): void => {
  for (const name of ['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy']) vi.stubEnv(name, '');
};

describe('the outbound client of a command', () => {
  it('has nothing that nobody asked for', async () => {
    withoutProxies();
    expect(await options()).toEqual({
      userAgent: expect.stringMatching(/^slsa-gate\/\d/),
      listedHosts: [],
      clientCertificates: [],
    });
  });

  it.each([
    ['registry.example', 'registry.example:443'],
    ['Registry.Example:5000', 'registry.example:5000'],
    ['127.0.0.1:80', '127.0.0.1:80'],
    ['[::1]:5000', '[::1]:5000'],
    ['[::1]', '[::1]:443'],
  ])('lists %s', async (given, listed) => {
    expect((await options('--allow-host', given)).listedHosts).toEqual([listed]);
  });

  it.each([
    'https://registry.example',
    'registry.example/path',
    '*.example',
    '',
    'a b',
    '.example',
    'host:port',
  ])('lists no such host: %s', async (given) => {
    await expect(options('--allow-host', given)).rejects.toEqual(refusal('usage.flag'));
  });

  it('takes the proxy of the flag, then of the environment, with its exceptions', async () => {
    withoutProxies();
    vi.stubEnv('https_proxy', 'http://lower.example:3128');
    vi.stubEnv('NO_PROXY', 'a.example,.b.example');
    expect((await options()).proxy).toEqual({
      url: 'http://lower.example:3128',
      except: ['a.example', '.b.example'],
    });
    vi.stubEnv('HTTPS_PROXY', 'http://upper.example:3128');
    expect((await options()).proxy?.url).toBe('http://upper.example:3128');
    expect((await options('--proxy', 'https://flag.example')).proxy?.url).toBe('https://flag.example');
  });

  it.each(['socks5://user:secret@proxy.example', 'proxy.example:3128', 'not one', 'file:///secret'])(
    'refuses a proxy that is none, without repeating it: %s',
    async (given) => {
      withoutProxies();
      const asked = options('--proxy', given);
      await expect(asked).rejects.toEqual(refusal('config.invalid'));
      await expect(asked).rejects.not.toThrow(/secret/);
      vi.stubEnv('HTTPS_PROXY', given);
      await expect(options()).rejects.toEqual(refusal('config.invalid'));
    },
  );

  it('reads authorities and certificates', async () => {
    withoutProxies();
    const file = (name: string): string => join(folder, name);
    const found = await options(
      ...['--ca-file', file('ca.pem')],
      ...['--client-certificate', `registry.example=${file('cert.pem')},${file('key.pem')}`],
    );
    expect(String(found.extraCaPem)).toBe('ca.pem');
    expect(found.clientCertificates).toEqual([
      { host: 'registry.example:443', certificatePem: expect.anything(), keyPem: expect.anything() },
    ]);
    expect(String(found.clientCertificates?.[0]?.keyPem)).toBe('key.pem');
  });

  it.each([
    [['--ca-file', '/nonexistent/ca.pem'], 'path.not-found'],
    [['--client-certificate', 'registry.example'], 'usage.flag'],
    [['--client-certificate', 'registry.example=cert.pem'], 'usage.flag'],
    [['--client-certificate', '*=cert.pem,key.pem'], 'usage.flag'],
    [['--client-certificate', 'registry.example=/nonexistent/a,/nonexistent/b'], 'path.not-found'],
  ])('refuses %j', async (argv, code) => {
    withoutProxies();
    await expect(options(...argv)).rejects.toEqual(refusal(code));
  });
});

describe('the sources of a command', () => {
  it('lie where the flags say', async () => {
    expect(addresses(await words())).toEqual({
      githubUrl: 'https://api.github.com',
      pypiUrl: 'https://pypi.org',
      rekorUrl: 'https://rekor.sigstore.dev',
    });
    const given = ['--github-url', 'https://api.octo.ghe.com/', '--pypi-url', 'https://pypi.example//'];
    expect(addresses(await words(...given))).toMatchObject({
      githubUrl: 'https://api.octo.ghe.com',
      pypiUrl: 'https://pypi.example',
    });
  });

  it('find credentials where the flags say', async () => {
    const given = [
      '--credential-helper',
      'ecr-login=/opt/bin/helper',
      '--registry-config',
      'c',
      '--npmrc',
      'n',
    ];
    expect(credentialOptions(await words(...given))).toMatchObject({
      helpers: new Map([['ecr-login', '/opt/bin/helper']]),
      dockerConfig: 'c',
      npmrc: 'n',
    });
  });

  it.each(['ecr-login', 'ecr-login=helper', '=/opt/helper', 'a/b=/opt/helper'])(
    'PTH-04 take no helper by a path that is not absolute: %s',
    async (given) => {
      const read = async (): Promise<unknown> => credentialOptions(await words('--credential-helper', given));
      await expect(read()).rejects.toEqual(refusal('usage.flag'));
    },
  );

  it.each(['0s', '2', 'soon'])('have no such time: %s', async (given) => {
    const made = async (): Promise<unknown> => createSources(await words('--timeout', given));
    await expect(made()).rejects.toEqual(refusal('usage.flag'));
  });

  it('keep nothing, or keep it somewhere, but not both', async () => {
    await expect(words('--cache-dir', folder, '--without-cache')).rejects.toEqual(refusal('usage.flag'));
  });
});
