import { describe, expect, it } from 'vitest';
import {
  answerJson,
  bundleOf,
  countOf,
  digestOf,
  type GithubLab,
  openLab,
  queryOf,
  textsOf,
} from '../kit/servers/github-lab.ts';
import { ARTIFACT } from '../kit/sigstore.ts';
import { decideWith } from './decide.ts';
import { sigstore as signer } from './verify.ts';

/** Lists of many pages, whose decisive entry stands last. */

const DIGEST = digestOf(ARTIFACT.toString());
const WIDGET = 'https://github.com/octo-org/widget';
const source = (lab: GithubLab) => lab.github.source({ owner: 'octo-org', repo: 'widget' });

/** Attestations of somebody else's build, and as the last one that which is looked for. */
const openWith = async (count: number) => {
  const lab = await openLab();
  const repository = lab.state.repository('octo-org/widget');
  const decoy = signer.signStatement({ run: { repository: 'octo-org/decoy' } }).text();
  const decisive = signer.signStatement().text();
  for (let index = 1; index < count; index++) lab.state.attest(repository, DIGEST, decoy);
  lab.state.attest(repository, DIGEST, decisive);
  return { lab, decisive };
};

describe('NET-10 the decisive attestation on the last page', () => {
  it.each([
    [31, 1],
    [101, 2],
    [1000, 10],
  ])('NET-10 is found among %i', async (count, pages) => {
    const { lab, decisive } = await openWith(count);
    const answer = await source(lab).collect(queryOf(DIGEST));
    expect(answer.answer).toBe('complete');
    expect(answer.attestations).toHaveLength(count);
    expect(textsOf(answer).at(-1)).toBe(decisive);
    expect(countOf(lab, /\/repos\/.*\/attestations\//)).toBe(pages);
    // Without it the answer would be another one.
    const flags = { sourceUri: WIDGET };
    const [first, last] = [answer.attestations.slice(0, 30), answer.attestations.slice(-30)];
    expect(decideWith({ signed: first, flags }).verdict).toBe('deny');
    expect(decideWith({ signed: last, flags }).verdict).toBe('allow');
  });

  it('NET-10 RES-01 is not decided without: of 1001, more than are considered, none is handed on', async () => {
    const { lab } = await openWith(1001);
    const answer = await source(lab).collect(queryOf(DIGEST));
    expect(answer).toMatchObject({ answer: 'failed', code: 'limit.attestations', attestations: [] });
    expect(lab.requests.filter(({ where }) => where === 'blobs')).toEqual([]);
  });

  it('NET-10 is found by the bulk look-up, too', async () => {
    const { lab, decisive } = await openWith(101);
    const asked = source(lab);
    await asked.prefetch([DIGEST, digestOf('other')]);
    const answer = await asked.collect(queryOf(DIGEST));
    expect(textsOf(answer).at(-1)).toBe(decisive);
    expect(countOf(lab, /bulk-list/)).toBe(2);
  });

  it('NET-10 says partial where a later page cannot be read, and page-limit where there are too many', async () => {
    const { lab } = await openWith(31);
    lab.settings.pageSize = 10;
    lab.settings.hostile = (request, response) =>
      request.where === 'api' && request.query.has('after') && answerJson(response, 404, {});
    const broken = await source(lab).collect(queryOf(DIGEST));
    expect(broken).toMatchObject({ answer: 'partial', code: 'source.http-status' });
    expect(broken.attestations).toHaveLength(10);

    lab.settings.hostile = undefined;
    lab.settings.pageSize = 1;
    const repository = lab.state.repositories[0];
    for (let index = 0; repository !== undefined && index < 70; index++)
      lab.state.attest(repository, DIGEST, bundleOf(index));
    const capped = await source(lab).collect(queryOf(DIGEST));
    expect(capped).toMatchObject({ answer: 'partial', code: 'source.page-limit' });
    expect(capped.attestations).toHaveLength(100);
    expect(countOf(lab, /\/repos\/.*\/attestations\//)).toBe(2 + 100);
  });
});

describe('RES-07 pages without end', () => {
  const EMPTY = { attestations: [] };
  const next = (lab: GithubLab, query: string) => ({ link: `<${lab.origin}/x?${query}>; rel="next"` });

  it.each([
    ['itself', (page: number) => `after=${page === 0 ? 'a' : 'a'}`, 'limit.pages', 2],
    ['the one before', (page: number) => `after=${page % 2 === 0 ? 'a' : 'b'}`, 'limit.pages', 3],
    ['a new one each time', (page: number) => `after=${page}`, 'source.page-limit', 100],
  ] as const)('RES-07 ends at a page that leads to %s', async (_, cursor, code, requests) => {
    const lab = await openLab();
    let page = 0;
    lab.settings.hostile = (_, response) => answerJson(response, 200, EMPTY, next(lab, cursor(page++)));
    const answer = await source(lab).collect(queryOf(DIGEST));
    expect(answer).toMatchObject({ answer: 'failed', code, attestations: [] });
    expect(lab.requests).toHaveLength(requests);
  });

  it('RES-07 ends bulk look-ups and files of releases, too', async () => {
    const lab = await openLab();
    lab.state.release(lab.state.repository('octo-org/widget'), 'v1');
    lab.settings.hostile = (request, response) => {
      if (request.path.endsWith('/assets')) return answerJson(response, 200, [], next(lab, 'page=1'));
      if (!request.path.endsWith('/bulk-list')) return false;
      const page_info = { has_next: true, next: 'again' };
      return answerJson(response, 200, { attestations_subject_digests: {}, page_info });
    };
    const asked = source(lab);
    await asked.prefetch([DIGEST, digestOf('other')]);
    expect(await asked.collect(queryOf(DIGEST))).toMatchObject({ answer: 'failed', code: 'limit.pages' });
    const release = lab.github.releaseSource({ owner: 'octo-org', repo: 'widget', tag: 'v1' });
    expect(await release.collect(queryOf(DIGEST))).toMatchObject({ answer: 'failed', code: 'limit.pages' });
  });

  it.each(['after=', 'before=x', '', `after=${'x'.repeat(5_000)}`])(
    'RES-07 does not take a list for whole that goes on with %j',
    async (query) => {
      const lab = await openLab();
      lab.settings.hostile = (_, response) => answerJson(response, 200, EMPTY, next(lab, query));
      expect(await source(lab).collect(queryOf(DIGEST))).toMatchObject({
        answer: 'failed',
        code: 'source.malformed-response',
      });
    },
  );
});

describe('SRC-08 a repository whose name somebody else has now', () => {
  const ids = { sourceRepositoryId: '486325809', sourceOwnerId: '80431187' };

  it('SRC-08 does not follow to where a repository moved, and does not call its attestations absent', async () => {
    const lab = await openLab();
    const repository = lab.state.repository('octo-org/widget', { id: 486325809 });
    lab.state.attest(repository, DIGEST, signer.signStatement().text());
    lab.state.rename(repository, 'gadget');
    expect(await source(lab).collect(queryOf(DIGEST))).toEqual({
      name: 'github:octo-org/widget',
      answer: 'failed',
      code: 'source.http-status',
      reason: 'GitHub says that what GET /repos/{owner}/{repo}/attestations/{subject_digest} names has moved',
      attestations: [],
    });
    expect(lab.requests).toHaveLength(1);
  });

  it('SRC-08 denies what the new owner of the name attests: the numbers in the certificate decide', async () => {
    const lab = await openLab();
    const repository = lab.state.repository('octo-org/widget', { id: 486325809 });
    lab.state.rename(repository, 'gadget');
    const squatter = lab.state.repository('octo-org/widget', { id: 999 });
    lab.state.attest(squatter, DIGEST, signer.signStatement({ run: { repositoryId: '999' } }).text());
    const { answer, attestations } = await source(lab).collect(queryOf(DIGEST));
    expect(answer).toBe('complete');
    const decided = decideWith({ signed: attestations, flags: { sourceUri: WIDGET, ...ids } });
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toEqual([
      {
        rule: 'source-repository-id',
        code: 'source.repo-id',
        expected: 'repository 486325809, owner 80431187',
        actual: '999',
      },
    ]);
  });

  it('SRC-08 allows the same of the right repository', async () => {
    const lab = await openLab();
    const repository = lab.state.repository('octo-org/widget', { id: 486325809 });
    lab.state.attest(repository, DIGEST, signer.signStatement().text());
    const { attestations } = await source(lab).collect(queryOf(DIGEST));
    expect(decideWith({ signed: attestations, flags: { sourceUri: WIDGET, ...ids } }).verdict).toBe('allow');
  });
});
