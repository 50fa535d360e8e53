import { describe, expect, it } from 'vitest';
import {
  answerJson,
  bundleOf,
  countOf,
  digestOf,
  openLab,
  queryOf,
  textsOf,
} from '../../../../kit/servers/github-lab.ts';

const DIGESTS = Array.from({ length: 100 }, (_, index) => digestOf(`release ${index}`));
const [FIRST = '', SECOND = ''] = DIGESTS;
const PLACE = { owner: 'octo-org', repo: 'widget' };

describe('many digests', () => {
  it('costs two look-ups beside the bundles for 100 digests of a repository', async () => {
    const lab = await openLab();
    const repository = lab.state.repository('octo-org/widget');
    const other = lab.state.repository('octo-org/other');
    for (const digest of DIGESTS) lab.state.attest(repository, digest, bundleOf(digest));
    lab.state.attest(other, digestOf('not asked for'), bundleOf('other'));
    const source = lab.github.source(PLACE);
    await source.prefetch(DIGESTS);
    for (const digest of DIGESTS) {
      const answer = await source.collect(queryOf(digest));
      expect(answer.answer).toBe('complete');
      expect(textsOf(answer)).toEqual([bundleOf(digest)]);
    }
    expect(lab.requests.filter(({ where }) => where === 'api').map(({ method }) => method)).toEqual([
      'GET',
      'POST',
    ]);
    expect(lab.requests.filter(({ where }) => where === 'blobs')).toHaveLength(100);
  });

  it('costs one look-up beside the bundles for 100 digests of an organisation', async () => {
    const lab = await openLab();
    const repositories = ['a', 'b'].map((name) => lab.state.repository(`octo-org/${name}`));
    for (const [index, digest] of DIGESTS.entries()) {
      const repository = repositories[index % 2];
      if (repository !== undefined) lab.state.attest(repository, digest, bundleOf(digest));
    }
    const source = lab.github.source({ owner: 'octo-org' });
    await source.prefetch(DIGESTS);
    for (const digest of DIGESTS) expect((await source.collect(queryOf(digest))).answer).toBe('complete');
    expect(lab.requests.filter(({ where }) => where === 'api')).toHaveLength(1);
  });

  it('works for a user, after asking what the owner is', async () => {
    const lab = await openLab();
    lab.state.attest(lab.state.repository('octocat/x', { ownerType: 'User' }), FIRST, bundleOf(1));
    const source = lab.github.source({ owner: 'octocat' });
    await source.prefetch([FIRST, SECOND]);
    expect((await source.collect(queryOf(FIRST))).answer).toBe('complete');
    expect((await source.collect(queryOf(SECOND))).answer).toBe('absent');
    expect(lab.requests.filter(({ where }) => where === 'api').map(({ path }) => path)).toEqual([
      '/orgs/octocat/attestations/bulk-list',
      '/users/octocat',
      '/users/octocat/attestations/bulk-list',
    ]);
  });

  it('reads all pages, and joins what they say of one digest', async () => {
    const lab = await openLab();
    lab.settings.pageSize = 2;
    const repository = lab.state.repository('octo-org/widget');
    for (const number of [1, 2, 3]) lab.state.attest(repository, FIRST, bundleOf(number));
    lab.state.attest(repository, SECOND, bundleOf(4));
    const source = lab.github.source(PLACE);
    await source.prefetch([FIRST, SECOND]);
    expect(textsOf(await source.collect(queryOf(FIRST)))).toEqual([1, 2, 3].map(bundleOf));
    expect(textsOf(await source.collect(queryOf(SECOND)))).toEqual([bundleOf(4)]);
    expect(countOf(lab, /bulk-list/)).toBe(2);
  });

  it('RES-02 keeps no more of all pages together than the limit, however few attestations they hold', async () => {
    const lab = await openLab();
    lab.state.repository('octo-org/widget');
    let pages = 0;
    lab.settings.hostile = ({ path }, response) => {
      if (!/\/(?:bulk-list|attestations\/sha256:[0-9a-f]{64})$/.test(decodeURIComponent(path))) return false;
      const entry = { bundle: { text: 'x'.repeat(15_000_000), page: pages++ } };
      const next = `${lab.origin}${path}?after=${pages}`;
      return answerJson(
        response,
        200,
        path.endsWith('/bulk-list')
          ? {
              attestations_subject_digests: { [FIRST]: [entry] },
              page_info: { has_next: true, next: `${pages}` },
            }
          : { attestations: [entry] },
        { link: `<${next}>; rel="next"` },
      );
    };
    const many = lab.github.source({ owner: 'octo-org' });
    await many.prefetch([FIRST, SECOND]);
    expect(await many.collect(queryOf(SECOND))).toMatchObject({ answer: 'failed', code: 'limit.response' });
    expect(pages).toBe(5);
    const one = await lab.github.source(PLACE).collect(queryOf(FIRST));
    expect(one).toMatchObject({ answer: 'partial', code: 'limit.response' });
    expect(pages).toBe(10);
  });

  it('leaves out what other repositories of the owner attest', async () => {
    const lab = await openLab();
    lab.state.repository('octo-org/widget');
    lab.state.attest(lab.state.repository('octo-org/other'), FIRST, bundleOf('other'));
    const source = lab.github.source(PLACE);
    await source.prefetch([FIRST, SECOND]);
    expect((await source.collect(queryOf(FIRST))).answer).toBe('absent');
  });

  it('takes nothing for absent in a private repository that the bulk answer leaves out', async () => {
    const lab = await openLab({ token: 'reader' });
    lab.state.tokens.push({ value: 'reader', repositories: ['octo-org/widget'] });
    const repository = lab.state.repository('octo-org/widget', { isPrivate: true });
    lab.state.attest(repository, FIRST, bundleOf(1));
    lab.settings.hostile = (request, response) =>
      request.path.endsWith('/bulk-list') &&
      answerJson(response, 200, { attestations_subject_digests: { [FIRST]: null, [SECOND]: null } });
    const source = lab.github.source(PLACE);
    await source.prefetch([FIRST, SECOND]);
    expect((await source.collect(queryOf(FIRST))).answer).toBe('complete');
    expect((await source.collect(queryOf(SECOND))).answer).toBe('absent');
  });

  it('asks alone for a digest that the answer does not name', async () => {
    const lab = await openLab();
    lab.state.attest(lab.state.repository('octo-org/widget'), FIRST, bundleOf(1));
    lab.settings.hostile = (request, response) =>
      request.path.endsWith('/bulk-list') &&
      answerJson(response, 200, { attestations_subject_digests: { [SECOND]: [] } });
    const source = lab.github.source(PLACE);
    await source.prefetch([FIRST, SECOND]);
    expect((await source.collect(queryOf(FIRST))).answer).toBe('complete');
  });

  it('reads the form that the documentation shows, a list of maps', async () => {
    const lab = await openLab();
    const repository = lab.state.repository('octo-org/widget');
    const made = lab.state.attest(repository, FIRST, bundleOf(1));
    lab.settings.hostile = (request, response) =>
      request.path.endsWith('/bulk-list') &&
      answerJson(response, 200, {
        attestations_subject_digests: [
          { [FIRST]: [{ repository_id: made.repositoryId, bundle: JSON.parse(made.text) }] },
          { [SECOND]: null },
        ],
      });
    const source = lab.github.source(PLACE);
    await source.prefetch([FIRST, SECOND]);
    expect(textsOf(await source.collect(queryOf(FIRST)))).toEqual([bundleOf(1)]);
    expect((await source.collect(queryOf(SECOND))).answer).toBe('absent');
  });

  it('asks one by one where a tenant has no bulk look-up', async () => {
    const lab = await openLab();
    lab.settings.hasBulk = false;
    lab.state.attest(lab.state.repository('octo-org/widget'), FIRST, bundleOf(1));
    for (const place of [PLACE, { owner: 'octo-org' }]) {
      const source = lab.github.source(place);
      await source.prefetch([FIRST, SECOND]);
      expect((await source.collect(queryOf(FIRST))).answer).toBe('complete');
      expect((await source.collect(queryOf(SECOND))).answer).toBe('absent');
    }
  });

  it('asks nothing for one digest, and nothing for what is no SHA-256', async () => {
    const lab = await openLab();
    await lab.github.source(PLACE).prefetch([FIRST, FIRST, `sha512:${'a'.repeat(128)}`, 'sha256:../..']);
    expect(lab.requests).toEqual([]);
  });

  it('asks afresh the second time', async () => {
    const lab = await openLab();
    const repository = lab.state.repository('octo-org/widget');
    const source = lab.github.source(PLACE);
    await source.prefetch([FIRST, SECOND]);
    expect((await source.collect(queryOf(FIRST))).answer).toBe('absent');
    lab.state.attest(repository, FIRST, bundleOf(1));
    expect((await source.collect(queryOf(FIRST))).answer).toBe('complete');
  });

  it('asks for new addresses when those of the look-up are no longer good', async () => {
    const lab = await openLab();
    lab.state.attest(lab.state.repository('octo-org/widget'), FIRST, bundleOf(1));
    const source = lab.github.source(PLACE);
    await source.prefetch([FIRST, SECOND]);
    let refused = 0;
    lab.settings.hostile = ({ where }, response) => {
      if (where !== 'blobs' || refused++ > 0) return false;
      response.writeHead(403, { 'content-type': 'application/xml' }).end('<Error/>');
      return true;
    };
    expect((await source.collect(queryOf(FIRST))).answer).toBe('complete');
    expect(countOf(lab, /^GET \/repos\/.*\/attestations\//)).toBe(1);
  });
});

describe('a bulk look-up that fails', () => {
  const FAULTS = [
    ['503', 503, { message: 'x' }, 'source.http-status'],
    ['401', 401, { message: 'Bad credentials' }, 'source.unauthorized'],
    ['403', 403, { message: 'Resource not accessible' }, 'source.unauthorized'],
    [
      '403 of a secondary limit',
      403,
      { message: 'You have exceeded a secondary rate limit' },
      'source.rate-limited',
    ],
    ['422', 422, { message: 'Validation Failed' }, 'source.http-status'],
    ['429', 429, {}, 'source.rate-limited'],
    ['no lists', 200, {}, 'source.malformed-response'],
    ['null instead of lists', 200, { attestations_subject_digests: null }, 'source.malformed-response'],
    ['a text instead of lists', 200, { attestations_subject_digests: 'none' }, 'source.malformed-response'],
    [
      'another digest',
      200,
      { attestations_subject_digests: { [FIRST.toUpperCase()]: [] } },
      'source.malformed-response',
    ],
    [
      'a next page without cursor',
      200,
      { attestations_subject_digests: {}, page_info: { has_next: true } },
      'source.malformed-response',
    ],
    ['truncated JSON', 200, '{"attestations_subject_digests": {', 'source.malformed-response'],
  ] as const;

  it.each(FAULTS)('is no absence for any digest: %s', async (_, status, body, code) => {
    const lab = await openLab();
    lab.state.repository('octo-org/widget');
    lab.settings.hostile = (request, response) =>
      request.path.endsWith('/bulk-list') && answerJson(response, status, body);
    const source = lab.github.source(PLACE);
    await source.prefetch([FIRST, SECOND]);
    for (const digest of [FIRST, SECOND]) {
      expect(await source.collect(queryOf(digest))).toMatchObject({
        answer: 'failed',
        code,
        attestations: [],
      });
    }
  });

  it('keeps what came before a page failed, and calls all of them partial or failed', async () => {
    const lab = await openLab();
    lab.settings.pageSize = 1;
    const repository = lab.state.repository('octo-org/widget');
    for (const number of [1, 2]) lab.state.attest(repository, FIRST, bundleOf(number));
    lab.settings.hostile = (request, response) =>
      request.query.has('after') && answerJson(response, 502, { message: 'Bad Gateway' });
    const source = lab.github.source(PLACE);
    await source.prefetch([FIRST, SECOND]);
    const answer = await source.collect(queryOf(FIRST));
    expect(answer).toMatchObject({ answer: 'partial', code: 'source.http-status' });
    expect(textsOf(answer)).toEqual([bundleOf(1)]);
    expect(await source.collect(queryOf(SECOND))).toMatchObject({ answer: 'failed' });
  });

  it('fails where the repository itself cannot be read', async () => {
    const lab = await openLab();
    lab.state.repository('octo-org/widget', { isPrivate: true });
    const source = lab.github.source(PLACE);
    await source.prefetch([FIRST, SECOND]);
    expect(await source.collect(queryOf(FIRST))).toMatchObject({
      answer: 'failed',
      code: 'source.unauthorized',
    });
  });
});
