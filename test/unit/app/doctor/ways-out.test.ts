import { describe, expect, it } from 'vitest';
import { allowedHostCheck, plainHttpLines, proxyCheck } from '../../../../src/app/doctor/ways-out.ts';
import { SlsaGateError } from '../../../../src/errors.ts';

const refused = (code: 'source.unavailable' | 'config.invalid') => async () => {
  throw new SlsaGateError(code, 'no');
};

describe('the proxy', () => {
  const proxy = { origin: 'http://proxy.example:3128', from: 'HTTPS_PROXY', except: ['', ' ', '.example'] };

  it('is told with what does not go through it', async () => {
    const line = await proxyCheck(
      () => proxy,
      async () => undefined,
    ).run();
    expect(line).toMatchObject({
      status: 'ok',
      found: 'http://proxy.example:3128 from HTTPS_PROXY, not for .example',
    });
  });

  it('is not asked with --offline, nor where there is none', async () => {
    expect(await proxyCheck(() => proxy, undefined).run()).toMatchObject({
      status: 'ok',
      found: expect.stringContaining('--offline'),
    });
    expect(await proxyCheck(() => undefined, refused('source.unavailable')).run()).toMatchObject({
      status: 'ok',
    });
  });

  it('that does not answer, or is no address, is refused', async () => {
    await expect(proxyCheck(() => proxy, refused('source.unavailable')).run()).rejects.toMatchObject({
      finding: 'source.unavailable',
    });
    const broken = () => {
      throw new SlsaGateError('config.invalid', 'no address');
    };
    await expect(proxyCheck(broken, undefined).run()).rejects.toMatchObject({ finding: 'config.invalid' });
  });
});

describe('a host that is listed', () => {
  it.each([
    ['a private one', async () => 'private' as const, 'ok', undefined],
    ['a public one', async () => 'public' as const, 'warning', undefined],
    ['one that nobody knows', refused('source.unavailable'), 'warning', 'source.unavailable'],
  ])('%s', async (_, kindOf, status, code) => {
    const line = await allowedHostCheck('host.example:443', kindOf).run();
    expect(line).toMatchObject({ id: 'allow-host', name: '--allow-host host.example:443', status });
    expect('code' in line ? line.code : undefined).toBe(code);
  });

  it('hides no bug', async () => {
    const bug = allowedHostCheck('x:1', async () => Promise.reject(new TypeError('x')));
    await expect(bug.run()).rejects.toThrow(TypeError);
  });
});

describe('an address', () => {
  const lines = (url: string, ...listed: readonly string[]) =>
    plainHttpLines([{ from: '--pypi-url', url }], new Set(listed));

  it.each([['https://pypi.org'], ['https://localhost:1'], ['no address']])(
    'that is not plain http is not told: %s',
    (url) => expect(lines(url)).toEqual([]),
  );

  it('of this machine may be plain http where it is listed', () => {
    expect(lines('http://127.0.0.1:8080', '127.0.0.1:8080')).toEqual([]);
    expect(lines('http://[::1]', '[::1]:80')).toEqual([]);
    expect(lines('http://localhost', 'localhost:80')).toEqual([]);
  });

  it.each([
    ['http://127.0.0.1:8080', ['127.0.0.1:80']],
    ['http://pypi.example', ['pypi.example:443']],
    ['http://pypi.example', []],
  ])('that is plain http and not listed is a problem: %s', (url, listed) => {
    expect(lines(url, ...listed)).toMatchObject([
      {
        id: 'allow-host',
        status: 'problem',
        code: 'config.insecure-url',
        hint: expect.stringContaining('--allow-host'),
      },
    ]);
  });

  it('that is plain http, listed, and elsewhere is a warning', () => {
    expect(lines('http://pypi.example', 'pypi.example:80')).toMatchObject([
      { id: 'allow-host', name: '--pypi-url', status: 'warning', code: 'config.insecure-url' },
    ]);
    // Not loopback, whatever it looks like.
    expect(lines('http://127.0.0.1.example', '127.0.0.1.example:80')).toHaveLength(1);
  });
});
