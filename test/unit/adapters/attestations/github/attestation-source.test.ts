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

const DIGEST = digestOf('widget');
const OTHER = digestOf('other');

describe('attestations of a repository', () => {
  it('finds a bundle where its address leads, as a Snappy block', async () => {
    const lab = await openLab();
    lab.state.attest(lab.state.repository('octo-org/widget'), DIGEST, bundleOf(1));
    const source = lab.github.source({ owner: 'octo-org', repo: 'widget' });
    expect(source.name).toBe('github:octo-org/widget');
    const answer = await source.collect(queryOf(DIGEST));
    expect(answer).toEqual({
      name: 'github:octo-org/widget',
      answer: 'complete',
      attestations: [{ bytes: expect.anything(), source: `github:octo-org/widget/${DIGEST}#1` }],
    });
    expect(textsOf(answer)).toEqual([bundleOf(1)]);
    // One look-up and one bundle.
    expect(lab.requests.map(({ where }) => where)).toEqual(['api', 'blobs']);
  });

  it('asks for the digest as the description says, and with the version that names bundles by address', async () => {
    const lab = await openLab({ token: 'of-ours' });
    lab.state.tokens.push({ value: 'of-ours', repositories: [] });
    lab.state.attest(lab.state.repository('octo-org/widget'), DIGEST, bundleOf(1));
    await lab.github.source({ owner: 'octo-org', repo: 'widget' }).collect(queryOf(DIGEST));
    const [listed, bundle] = lab.requests;
    expect(decodeURIComponent(listed?.path ?? '')).toBe(`/repos/octo-org/widget/attestations/${DIGEST}`);
    expect(Object.fromEntries(listed?.query ?? [])).toEqual({ per_page: '100' });
    expect(listed?.headers).toMatchObject({
      authorization: 'Bearer of-ours',
      'x-github-api-version': '2026-03-10',
      accept: 'application/vnd.github+json',
      'user-agent': 'slsa-gate',
    });
    expect(bundle?.headers.authorization).toBeUndefined();
  });

  it('takes the inline bundle where there is no address', async () => {
    const lab = await openLab();
    const repository = lab.state.repository('octo-org/widget');
    lab.state.attest(repository, DIGEST, bundleOf(1), { named: 'inline' });
    lab.state.attest(repository, DIGEST, bundleOf(2), { named: 'both', address: '' });
    const answer = await lab.github.source({ owner: 'octo-org', repo: 'widget' }).collect(queryOf(DIGEST));
    expect(answer.answer).toBe('complete');
    expect(textsOf(answer)).toEqual([bundleOf(1), bundleOf(2)]);
    expect(countOf(lab, /attestations\/\d/)).toBe(0);
  });

  it('prefers the address to the inline bundle', async () => {
    const lab = await openLab();
    lab.state.attest(lab.state.repository('octo-org/widget'), DIGEST, bundleOf(1), { named: 'both' });
    await lab.github.source({ owner: 'octo-org', repo: 'widget' }).collect(queryOf(DIGEST));
    expect(lab.requests.map(({ where }) => where)).toEqual(['api', 'blobs']);
  });

  it('asks about the index through which an image was reached, too', async () => {
    const lab = await openLab();
    const repository = lab.state.repository('octo-org/widget');
    lab.state.attest(repository, OTHER, bundleOf('index'));
    const source = lab.github.source({ owner: 'octo-org', repo: 'widget' });
    const answer = await source.collect(queryOf(DIGEST, { viaIndex: OTHER }));
    expect(answer.answer).toBe('complete');
    expect(textsOf(answer)).toEqual([bundleOf('index')]);
  });

  it('does not call a search complete that leaves out an index of another algorithm', async () => {
    const lab = await openLab();
    lab.state.repository('octo-org/widget');
    const source = lab.github.source({ owner: 'octo-org', repo: 'widget' });
    const answer = await source.collect(queryOf(DIGEST, { viaIndex: `sha512:${'a'.repeat(128)}` }));
    expect(answer).toMatchObject({ answer: 'partial', code: 'source.unavailable', attestations: [] });
  });

  it('asks again by the ETag, and costs no body then', async () => {
    const kept = new Map();
    const answers = {
      get: async (key: string) => kept.get(key),
      put: async (key: string, answer: unknown) => void kept.set(key, answer),
    };
    const statuses: (number | null)[] = [];
    const lab = await openLab({ client: { answers, onExchange: ({ status }) => statuses.push(status) } });
    lab.state.attest(lab.state.repository('octo-org/widget'), DIGEST, bundleOf(1));
    const source = lab.github.source({ owner: 'octo-org', repo: 'widget' });
    await source.collect(queryOf(DIGEST));
    const again = await source.collect(queryOf(DIGEST));
    expect(again.answer).toBe('complete');
    expect(statuses.slice(0, 3)).toEqual([200, 200, 304]);
  });
});

describe('absence', () => {
  it('is a fact after a 404 when the repository can be read; it is read once in a run', async () => {
    const lab = await openLab();
    lab.state.repository('octo-org/widget');
    const source = lab.github.source({ owner: 'octo-org', repo: 'widget' });
    for (const digest of [DIGEST, OTHER]) {
      expect(await source.collect(queryOf(digest))).toEqual({
        name: 'github:octo-org/widget',
        answer: 'absent',
        attestations: [],
      });
    }
    expect(countOf(lab, /^GET \/repos\/octo-org\/widget$/)).toBe(1);
  });

  it('is a fact after an empty list, without another request', async () => {
    const lab = await openLab();
    lab.settings.none = 'empty';
    lab.state.repository('octo-org/widget');
    const answer = await lab.github.source({ owner: 'octo-org', repo: 'widget' }).collect(queryOf(DIGEST));
    expect(answer.answer).toBe('absent');
    expect(lab.requests).toHaveLength(1);
  });

  it('is none where the repository is private and nobody may read it', async () => {
    const lab = await openLab();
    const repository = lab.state.repository('octo-org/widget', { isPrivate: true });
    lab.state.attest(repository, DIGEST, bundleOf(1));
    const answer = await lab.github.source({ owner: 'octo-org', repo: 'widget' }).collect(queryOf(DIGEST));
    expect(answer).toMatchObject({ answer: 'failed', code: 'source.unauthorized', attestations: [] });
    expect(answer.reason).toBe(
      'the repository octo-org/widget is not there, or not for the credential in use',
    );
  });

  it('is found with a token that may read the repository', async () => {
    const lab = await openLab({ token: 'reader' });
    lab.state.tokens.push({ value: 'reader', repositories: ['octo-org/widget'] });
    const repository = lab.state.repository('octo-org/widget', { isPrivate: true });
    lab.state.attest(repository, DIGEST, bundleOf(1));
    const source = lab.github.source({ owner: 'octo-org', repo: 'widget' });
    expect((await source.collect(queryOf(DIGEST))).answer).toBe('complete');
    expect((await source.collect(queryOf(OTHER))).answer).toBe('absent');
  });

  it('is none where the repository is not there', async () => {
    const lab = await openLab();
    const answer = await lab.github.source({ owner: 'octo-org', repo: 'gone' }).collect(queryOf(DIGEST));
    expect(answer).toMatchObject({ answer: 'failed', code: 'source.unauthorized' });
  });

  it('is none where the answer is about another repository', async () => {
    const lab = await openLab();
    const repository = lab.state.repository('octo-org/widget');
    lab.settings.hostile = (request, response) =>
      request.path === '/repos/octo-org/widget' &&
      answerJson(response, 200, {
        id: repository.id,
        full_name: 'octo-org/other',
        private: false,
        owner: { type: 'User' },
      });
    const answer = await lab.github.source({ owner: 'octo-org', repo: 'widget' }).collect(queryOf(DIGEST));
    expect(answer).toMatchObject({ answer: 'failed', code: 'source.malformed-response' });
  });

  it('is asked again after the repository could not be read', async () => {
    const lab = await openLab();
    lab.state.repository('octo-org/widget');
    let isDown = true;
    lab.settings.hostile = (request, response) =>
      isDown && request.path === '/repos/octo-org/widget' && answerJson(response, 500, {});
    const source = lab.github.source({ owner: 'octo-org', repo: 'widget' });
    expect(await source.collect(queryOf(DIGEST))).toMatchObject({
      answer: 'failed',
      code: 'source.http-status',
    });
    isDown = false;
    expect((await source.collect(queryOf(DIGEST))).answer).toBe('absent');
  });
});

describe('attestations of an owner', () => {
  it('finds those of all repositories of an organisation with one look-up', async () => {
    const lab = await openLab();
    lab.state.attest(lab.state.repository('octo-org/widget'), DIGEST, bundleOf(1));
    lab.state.attest(lab.state.repository('octo-org/gadget'), DIGEST, bundleOf(2));
    lab.state.attest(lab.state.repository('others/widget'), DIGEST, bundleOf(3));
    const source = lab.github.source({ owner: 'octo-org' });
    expect(source.name).toBe('github:octo-org');
    const answer = await source.collect(queryOf(DIGEST));
    expect(answer.answer).toBe('complete');
    expect(textsOf(answer)).toEqual([bundleOf(1), bundleOf(2)]);
    expect(lab.requests.filter(({ where }) => where === 'api')).toHaveLength(1);
  });

  it('finds those of a user, whose kind is read once', async () => {
    const lab = await openLab();
    const repository = lab.state.repository('octocat/widget', { ownerType: 'User' });
    lab.state.attest(repository, DIGEST, bundleOf(1));
    const source = lab.github.source({ owner: 'octocat' });
    expect(textsOf(await source.collect(queryOf(DIGEST)))).toEqual([bundleOf(1)]);
    expect((await source.collect(queryOf(OTHER))).answer).toBe('absent');
    expect(countOf(lab, /^GET \/users\/octocat$/)).toBe(1);
  });

  it('says of absence that only what the credential may read was searched', async () => {
    const lab = await openLab();
    const hidden = lab.state.repository('octo-org/hidden', { isPrivate: true });
    lab.state.attest(hidden, DIGEST, bundleOf(1));
    const answer = await lab.github.source({ owner: 'octo-org' }).collect(queryOf(DIGEST));
    expect(answer).toEqual({
      name: 'github:octo-org',
      answer: 'absent',
      attestations: [],
      reason: 'only repositories that the credential may read were searched',
    });
  });

  it('knows of no absence where the owner is not there', async () => {
    const lab = await openLab();
    const answer = await lab.github.source({ owner: 'nobody' }).collect(queryOf(DIGEST));
    expect(answer).toMatchObject({ answer: 'failed', code: 'source.unauthorized' });
  });
});

describe('bundles that cannot be read', () => {
  it.each([
    ['no address and no bundle', { named: 'neither' }],
    ['a null bundle', { named: 'inline', text: 'null' }],
  ] as const)('makes the answer partial for %s', async (_, { named, ...rest }) => {
    const lab = await openLab();
    const repository = lab.state.repository('octo-org/widget');
    lab.state.attest(repository, DIGEST, bundleOf(1));
    lab.settings.hostile =
      'text' in rest
        ? (request, response) =>
            request.where === 'api' &&
            answerJson(response, 200, { attestations: [{ bundle: null, bundle_url: null }] })
        : undefined;
    if (named === 'neither') lab.state.attest(repository, DIGEST, bundleOf(2), { named });
    const answer = await lab.github.source({ owner: 'octo-org', repo: 'widget' }).collect(queryOf(DIGEST));
    expect(answer).toMatchObject({ answer: 'partial', code: 'source.bundle-undecodable' });
    expect(textsOf(answer)).toEqual('text' in rest ? [] : [bundleOf(1)]);
  });

  it('counts what is missing beside what is told', async () => {
    const lab = await openLab();
    const repository = lab.state.repository('octo-org/widget');
    for (const number of [1, 2]) lab.state.attest(repository, DIGEST, bundleOf(number), { named: 'neither' });
    const answer = await lab.github.source({ owner: 'octo-org', repo: 'widget' }).collect(queryOf(DIGEST));
    expect(answer.reason).toBe('GitHub lists an attestation with neither bundle nor address (and 1 more)');
  });
});
