import { describe, expect, it } from 'vitest';
import { createGitHub } from '../../src/adapters/attestations/github/index.ts';
import { createHttpClient } from '../../src/adapters/http/index.ts';
import { parsePurl } from '../../src/core/model/purl.ts';
import { SIGNATURE } from '../kit/servers/github-blobs.ts';
import {
  answerJson,
  bundleOf,
  digestOf,
  type GithubLab,
  openLab,
  queryOf,
  refusedWith,
  sha256Of,
  textsOf,
} from '../kit/servers/github-lab.ts';
import { refusal } from './verify.ts';

/** Addresses that answers name, names that callers give, and who gets to see credentials. */

const DIGEST = digestOf('widget');
const PLACE = { owner: 'octo-org', repo: 'widget' };
const collect = (lab: GithubLab) => lab.github.source(PLACE).collect(queryOf(DIGEST));
const purlOf = (text: string) => {
  const purl = parsePurl(text);
  if (purl === undefined) throw new Error(`no purl: ${text}`);
  return purl;
};

describe('SSRF-04 addresses inside of answers', () => {
  it.each([
    'https://169.254.169.254/latest/meta-data/',
    'https://localhost/x',
    'https://[::1]/x',
    'https://evil.example/x',
    'https://other.blob.core.windows.net/x',
    'https://blob.core.windows.net/x',
    'https://tmaproduction.blob.core.windows.net.evil.example/x',
    'https://eviltmaproduction.blob.core.windows.net/x',
    'https://tmaproduction.blob.core.windows.net./x',
    'https://tmaproduction.blob.core.windows.net:8443/x',
    'http://tmaproduction.blob.core.windows.net/x',
    'https://tmaproduction.blob.core.windows.net@evil.example/x',
    'https://user:secret@tmaproduction.blob.core.windows.net/x',
    'https://evil.example/https://tmaproduction.blob.core.windows.net/x',
    'https://release-assets.githubusercontent.com/x',
    'https://tenant.ghe.com/x',
    'file:///etc/passwd',
    'data:application/json,{}',
    'javascript:alert(1)',
    '//evil.example/x',
    '/attestations/1',
    'none',
  ])('SSRF-04 asks nobody at %s', async (address) => {
    const lab = await openLab();
    const repository = lab.state.repository('octo-org/widget');
    lab.state.attest(repository, DIGEST, bundleOf('good'));
    lab.state.attest(repository, DIGEST, bundleOf('bad'), { address });
    const answer = await collect(lab);
    expect(answer).toMatchObject({ answer: 'partial', code: 'source.host-refused' });
    expect(textsOf(answer)).toEqual([bundleOf('good')]);
    expect(answer.reason).not.toMatch(/secret|passwd|meta-data/);
    expect(lab.requests).toHaveLength(2);
  });

  it('SSRF-04 asks nobody where the right name leads to a private address', async () => {
    const resolved: string[] = [];
    const resolve = async (name: string) => {
      resolved.push(name);
      return [{ address: '10.0.0.1', family: 4 }];
    };
    const lab = await openLab({ client: { resolve } });
    const address = `https://tmaproduction.blob.core.windows.net/attestations/1?${SIGNATURE}`;
    lab.state.attest(lab.state.repository('octo-org/widget'), DIGEST, bundleOf(1), { address });
    expect(await collect(lab)).toMatchObject({ answer: 'partial', code: 'source.host-refused' });
    expect(resolved).toContain('tmaproduction.blob.core.windows.net');
  });

  it('SSRF-04 follows no redirect of the store', async () => {
    const lab = await openLab();
    const blob = { status: 302, headers: { location: `${'http://127.0.0.1:1'}/x` } };
    lab.state.attest(lab.state.repository('octo-org/widget'), DIGEST, bundleOf(1), { blob });
    expect(await collect(lab)).toMatchObject({ answer: 'partial', code: 'source.http-status' });
    expect(lab.requests).toHaveLength(2);
  });

  it.each([
    'https://evil.example/x?after=b',
    'http://169.254.169.254/?after=b',
    '//evil.example/?after=b',
    'data:,?after=b',
  ])('SSRF-04 reads no list on at %s', async (next) => {
    const lab = await openLab();
    lab.settings.hostile = (_, response) =>
      answerJson(response, 200, { attestations: [] }, { link: `<${next}>; rel="next"` });
    expect(await collect(lab)).toMatchObject({ answer: 'failed', code: 'source.host-refused' });
    expect(lab.requests).toHaveLength(1);
  });

  it.each([
    'https://evil.example/x',
    'https://objects.githubusercontent.com.evil.example/x',
    'https://169.254.169.254/x',
    'http://release-assets.githubusercontent.com/x',
    'file:///etc/passwd',
    'https://tmaproduction.blob.core.windows.net/x',
  ])('SSRF-04 reads no release asset at %s', async (location) => {
    const lab = await openLab();
    const release = lab.state.release(lab.state.repository('octo-org/widget'), 'v1');
    lab.state.asset(release, 'a.tgz', Buffer.from('a'), { digest: null, location });
    await expect(lab.github.resolveAsset(purlOf('pkg:github/octo-org/widget@v1#a.tgz'))).rejects.toEqual(
      refusedWith('source.host-refused'),
    );
    expect(lab.requests.filter(({ where }) => where === 'blobs')).toEqual([]);
  });
});

describe('SSRF-02 SSRF-06 credentials', () => {
  const openWithToken = async (options: Parameters<typeof openLab>[0] = {}) => {
    const lab = await openLab({ token: 'very-secret', ...options });
    lab.state.tokens.push({ value: 'very-secret', repositories: ['octo-org/widget'] });
    return { lab, repository: lab.state.repository('octo-org/widget', { isPrivate: true }) };
  };
  const sentTo = ({ requests }: GithubLab, where: 'api' | 'blobs') =>
    requests.filter((one) => one.where === where).map(({ headers }) => headers.authorization);

  it('SSRF-06 sends the token to the API with each request, and to the store with none', async () => {
    const { lab, repository } = await openWithToken();
    lab.state.attest(repository, DIGEST, bundleOf(1));
    const source = lab.github.source(PLACE);
    await source.prefetch([DIGEST, digestOf('other')]);
    expect((await source.collect(queryOf(DIGEST))).answer).toBe('complete');
    expect((await source.collect(queryOf(digestOf('other')))).answer).toBe('absent');
    expect(new Set(sentTo(lab, 'api'))).toEqual(new Set(['Bearer very-secret']));
    expect(sentTo(lab, 'blobs')).toEqual([undefined]);
  });

  it('SSRF-06 sends the store no credential of the client either', async () => {
    const credentials: { origin: string; header: string; value: string }[] = [];
    const { lab, repository } = await openWithToken({ client: { credentials } });
    for (const origin of [lab.blobs, lab.origin])
      credentials.push({ origin, header: 'authorization', value: 'Bearer of-another' });
    lab.state.attest(repository, DIGEST, bundleOf(1));
    lab.state.asset(lab.state.release(repository, 'v1'), 'a.tgz', Buffer.from('a'), { digest: null });
    expect((await collect(lab)).answer).toBe('complete');
    await lab.github.resolveAsset(purlOf('pkg:github/octo-org/widget@v1#a.tgz'));
    expect(sentTo(lab, 'blobs')).toEqual([undefined, undefined]);
    expect(new Set(sentTo(lab, 'api'))).toEqual(new Set(['Bearer very-secret']));
  });

  it('SSRF-06 sends the API nothing where it was given no token', async () => {
    const credentials: { origin: string; header: string; value: string }[] = [];
    const lab = await openLab({ client: { credentials } });
    credentials.push({ origin: lab.origin, header: 'authorization', value: 'Bearer of-another' });
    lab.state.attest(lab.state.repository('octo-org/widget'), DIGEST, bundleOf(1));
    expect((await collect(lab)).answer).toBe('complete');
    expect(sentTo(lab, 'api')).toEqual([undefined]);
  });

  it('SSRF-06 sends the API no token that belongs to another origin', async () => {
    const credential = {
      origin: 'https://api.github.com',
      header: 'authorization',
      value: 'Bearer very-secret',
    };
    const lab = await openLab({ credential });
    lab.state.repository('octo-org/widget');
    expect((await collect(lab)).answer).toBe('absent');
    expect(new Set(sentTo(lab, 'api'))).toEqual(new Set([undefined]));
  });

  it('SSRF-02 drops the token where a release asset leads to the store, also when it is asked again', async () => {
    const { lab, repository } = await openWithToken({ client: { retry: { attempts: 3, baseMs: 1 } } });
    const bytes = Buffer.from('widget');
    lab.state.asset(lab.state.release(repository, 'v1'), 'a.tgz', bytes, { digest: null });
    let isFirst = true;
    lab.settings.hostile = ({ where }, response) => {
      if (where !== 'blobs' || !isFirst) return false;
      isFirst = false;
      response.writeHead(503).end();
      return true;
    };
    const { digests } = await lab.github.resolveAsset(purlOf('pkg:github/octo-org/widget@v1#a.tgz'));
    expect(digests.sha256).toBe(sha256Of(bytes));
    expect(sentTo(lab, 'blobs')).toEqual([undefined, undefined]);
    expect(new Set(sentTo(lab, 'api'))).toEqual(new Set(['Bearer very-secret']));
  });

  it('SSRF-06 tells the token in no reason and no error', async () => {
    const { lab } = await openWithToken();
    for (const status of [400, 401, 403, 429, 500]) {
      lab.settings.hostile = (_, response) =>
        answerJson(response, status, { message: 'Bearer very-secret is not accepted' });
      const answer = await collect(lab);
      expect(answer.answer).toBe('failed');
      expect(JSON.stringify(answer)).not.toContain('very-secret');
      const error = await lab.github
        .resolveAsset(purlOf('pkg:github/octo-org/widget@v1#a'))
        .catch((one) => one);
      expect([error.message, error.actual, error.hint].join()).not.toContain('very-secret');
    }
  });
});

describe('SSRF-07 INJ-08 names that lead elsewhere', () => {
  const BAD = [
    '..',
    '.',
    '',
    'a/b',
    'a%2fb',
    'a?b',
    'a#b',
    'a\\b',
    'a b',
    'a\r\nb',
    'a\0b',
    '../../user',
    'ä',
  ];

  it.each(BAD)('SSRF-07 refuses the owner %j', async (owner) => {
    const lab = await openLab();
    const found = refusal(() => lab.github.source({ owner, repo: 'widget' }));
    expect(found).toMatchObject({ finding: 'usage.bad-identifier', exitCode: 64 });
    expect(refusal(() => lab.github.source({ owner })).finding).toBe('usage.bad-identifier');
    expect(lab.requests).toEqual([]);
  });

  it.each(BAD)('SSRF-07 refuses the repository %j', async (repo) => {
    const lab = await openLab();
    expect(refusal(() => lab.github.source({ owner: 'octo-org', repo })).finding).toBe(
      'usage.bad-identifier',
    );
    const release = () => lab.github.releaseSource({ owner: 'octo-org', repo, tag: 'v1' });
    expect(refusal(release).finding).toBe('usage.bad-identifier');
  });

  it.each([
    '..',
    '',
    '../x',
    'a/../b',
    'a//b',
    '/a',
    'a/',
    'a%2fb',
    'a?b',
    'a#b',
    'a b',
    'a\nb',
    '-x',
    '@{',
    'a@{b',
    'a.lock',
  ])('SSRF-07 refuses the tag %j', async (tag) => {
    const lab = await openLab();
    expect(refusal(() => lab.github.releaseSource({ ...PLACE, tag })).finding).toBe('usage.bad-identifier');
  });

  it.each([
    ['pkg:github/octo-org/widget@v1', 'usage.artifact'],
    ['pkg:github/octo-org/widget#a.tgz', 'usage.artifact'],
    ['pkg:github/widget@v1#a.tgz', 'usage.bad-identifier'],
    ['pkg:github/octo-org/x/widget@v1#a.tgz', 'usage.artifact'],
    ['pkg:github/octo-org/widget@v1?repository_url=evil.example#a.tgz', 'usage.artifact'],
    ['pkg:npm/octo-org/widget@v1#a.tgz', 'usage.artifact'],
    ['pkg:github/octo-org/widget@..%2F..%2Fx#a.tgz', 'usage.bad-identifier'],
    ['pkg:github/octo-org/widget@v1#a/b.tgz', 'usage.bad-identifier'],
    ['pkg:github/octo-org/widget@v1#a%3Fb', 'usage.bad-identifier'],
    ['pkg:github/octo-org/wid%3Fget@v1#a', 'usage.bad-identifier'],
  ])('SSRF-07 refuses %s', async (text, finding) => {
    const lab = await openLab();
    await expect(lab.github.resolveAsset(purlOf(text))).rejects.toMatchObject({ finding, exitCode: 64 });
    expect(lab.requests).toEqual([]);
  });

  it.each([
    `sha256:../../${'a'.repeat(58)}`,
    'sha256:',
    `sha256:${'A'.repeat(64)}`,
    `sha256:${'a'.repeat(63)}?`,
  ])('SSRF-07 asks nothing for the digest %j', async (digest) => {
    const lab = await openLab();
    const source = lab.github.source(PLACE);
    await source.prefetch([digest, `${digest}x`]);
    const answer = await source.collect(queryOf(digest));
    expect(answer).toMatchObject({ answer: 'failed', code: 'source.unavailable' });
    expect(lab.requests).toEqual([]);
  });

  it('INJ-08 puts nothing that a server names into a path or a header', async () => {
    const lab = await openLab();
    const release = lab.state.release(lab.state.repository('octo-org/widget'), 'v1');
    lab.state.asset(release, '../../evil?x=1\r\nx-evil: 1.sigstore', Buffer.from(bundleOf(1)));
    const answer = await lab.github.releaseSource({ ...PLACE, tag: 'v1' }).collect(queryOf(DIGEST));
    expect(answer.answer).toBe('complete');
    lab.settings.hostile = ({ query, path }, response) =>
      path.includes('/attestations/') &&
      !query.has('after') &&
      answerJson(
        response,
        200,
        { attestations: [] },
        { link: `<${lab.origin}/x?after=a%0d%0ax-evil:1%26per_page%3d1%26x%3d/../user>; rel="next"` },
      );
    await collect(lab);
    expect(lab.requests.find(({ query }) => query.has('after'))?.query.get('after')).toBe(
      'a\r\nx-evil:1&per_page=1&x=/../user',
    );
    for (const { path, headers } of lab.requests) {
      expect(path).not.toMatch(/evil|\.\./);
      expect(headers['x-evil']).toBeUndefined();
    }
  });
});

describe('NET-11 the address of the API', () => {
  const github = (apiUrl: string) => () => {
    const http = createHttpClient();
    return createGitHub({ http, apiUrl, credential: undefined, cache: undefined, listedHosts: new Set() });
  };

  it.each(['HTTP://', ' http://', '//', 'https:', 'Https://', 'ftp://', 'file:///', 'data:,'])(
    'NET-11 refuses %s',
    (prefix) => {
      expect(refusal(github(`${prefix}api.github.com`)).finding).toBe('config.insecure-url');
    },
  );

  it('NET-11 refuses http:// before a token is sent', async () => {
    const source = github('http://api.github.com')().source(PLACE);
    await expect(source.collect(queryOf(DIGEST))).rejects.toEqual(refusedWith('config.insecure-url'));
  });

  it.each([
    ['https://github.example.com/api/v3', 'source.unsupported'],
    ['https://github.example.com/api/v3/', 'source.unsupported'],
    ['https://github.example.com/api', 'source.unsupported'],
    ['https://api.github.com/x', 'config.invalid'],
    ['https://api.github.com?x', 'config.invalid'],
    ['https://user@api.github.com', 'config.invalid'],
  ])('refuses %s', (apiUrl, finding) => {
    const found = refusal(github(apiUrl));
    expect(found).toMatchObject({ finding, exitCode: 64 });
    if (finding === 'source.unsupported') expect(found.hint).toMatch(/--bundle/);
  });
});
