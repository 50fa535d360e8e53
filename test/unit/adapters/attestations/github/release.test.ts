import { describe, expect, it } from 'vitest';
import { parsePurl } from '../../../../../src/core/model/purl.ts';
import { SIGNATURE } from '../../../../kit/servers/github-blobs.ts';
import {
  answerJson,
  bundleOf,
  countOf,
  digestOf,
  openLab,
  queryOf,
  refusedWith,
  sha256Of,
  textsOf,
} from '../../../../kit/servers/github-lab.ts';

/** The address of a file that the store does not have, or not any more. */
const GONE = `/release-asset/0?${SIGNATURE}`;
const PURL = 'pkg:github/octo-org/widget@v1.2.3#widget.tgz';
const PLACE = { owner: 'octo-org', repo: 'widget', tag: 'v1.2.3' };
const BYTES = Buffer.from('widget 1.2.3\n');
const DIGEST = digestOf('widget 1.2.3\n');

const purlOf = (text: string) => {
  const purl = parsePurl(text);
  if (purl === undefined) throw new Error(`no purl: ${text}`);
  return purl;
};

const openRelease = async (options: Parameters<typeof openLab>[0] = {}, tag = 'v1.2.3') => {
  const lab = await openLab(options);
  const repository = lab.state.repository('octo-org/widget');
  return { lab, repository, release: lab.state.release(repository, tag) };
};

describe('a file of a release', () => {
  it('is known by the digest that GitHub keeps, without reading it', async () => {
    const { lab, release } = await openRelease();
    lab.state.asset(release, 'other.tgz', Buffer.from('other'));
    lab.state.asset(release, 'widget.tgz', BYTES);
    expect(await lab.github.resolveAsset(purlOf(PURL))).toEqual({
      reference: `pkg:github/octo-org/widget@v1.2.3?checksum=sha256:${sha256Of(BYTES)}#widget.tgz`,
      digests: { sha256: sha256Of(BYTES) },
      purl: PURL,
      fileName: 'widget.tgz',
      viaIndex: undefined,
      index: undefined,
    });
    expect(lab.requests.map(({ path }) => path)).toEqual([
      '/repos/octo-org/widget/releases/tags/v1.2.3',
      `/repos/octo-org/widget/releases/${release.id}/assets`,
    ]);
  });

  it.each([
    ['redirects', false],
    ['streams', true],
  ])('is hashed while it is read where GitHub keeps no digest and %s', async (_, streamed) => {
    const bytes = Buffer.alloc(300_000, 'slsa');
    const { lab, release } = await openRelease();
    lab.state.asset(release, 'widget.tgz', bytes, { digest: null, streamed });
    const { digests } = await lab.github.resolveAsset(purlOf(PURL));
    expect(digests).toEqual({ sha256: sha256Of(bytes) });
    expect(countOf(lab, /release-asset/)).toBe(streamed ? 0 : 1);
  });

  it.each([
    ['release/v1+x', 'a@b.tgz', 'pkg:github/octo-org/widget@release%2Fv1%2Bx#a%40b.tgz'],
    [
      '@octo/widget@1.0.0',
      'widget_1.0.0~rc1.deb',
      'pkg:github/octo-org/widget@%40octo%2Fwidget%401.0.0#widget_1.0.0~rc1.deb',
    ],
  ])('is pinned by a purl that names the same file: %s', async (tag, name, asked) => {
    const { lab, release } = await openRelease({}, tag);
    lab.state.asset(release, name, BYTES);
    const first = await lab.github.resolveAsset(purlOf(asked));
    expect([first.purl, first.fileName]).toEqual([asked, name]);
    expect(await lab.github.resolveAsset(purlOf(first.reference))).toEqual(first);
  });

  it('is found on the last of all pages', async () => {
    const { lab, release } = await openRelease();
    for (let number = 0; number < 250; number++)
      lab.state.asset(release, `other-${number}.tgz`, Buffer.from(String(number)));
    lab.state.asset(release, 'widget.tgz', BYTES);
    const { digests } = await lab.github.resolveAsset(purlOf(PURL));
    expect(digests).toEqual({ sha256: sha256Of(BYTES) });
    expect(countOf(lab, /\/assets$/)).toBe(3);
  });

  it('is read again after a broken connection', async () => {
    const { lab, release } = await openRelease();
    lab.state.asset(release, 'widget.tgz', BYTES, { digest: null });
    let broken = 0;
    lab.settings.hostile = ({ where }, response) => {
      if (where !== 'blobs' || broken++ > 0) return false;
      response.writeHead(200, { 'content-length': String(BYTES.length) });
      response.write(BYTES.subarray(0, 5), () => response.destroy());
      return true;
    };
    const { digests } = await lab.github.resolveAsset(purlOf(PURL));
    expect(digests).toEqual({ sha256: sha256Of(BYTES) });
  });

  it.each([
    ['no such release', 'pkg:github/octo-org/widget@v9#widget.tgz'],
    ['no such file', 'pkg:github/octo-org/widget@v1.2.3#gadget.tgz'],
    ['a file of another case', 'pkg:github/octo-org/widget@v1.2.3#Widget.tgz'],
  ])('is denied where there is %s', async (_, text) => {
    const { lab, release } = await openRelease();
    lab.state.asset(release, 'widget.tgz', BYTES);
    await expect(lab.github.resolveAsset(purlOf(text))).rejects.toEqual(refusedWith('release.not-found'));
  });

  it('is not denied where the repository cannot be read', async () => {
    const lab = await openLab();
    lab.state.repository('octo-org/widget', { isPrivate: true });
    await expect(lab.github.resolveAsset(purlOf(PURL))).rejects.toEqual(refusedWith('source.unauthorized'));
  });

  it.each([
    ['an upload that is not finished', { state: 'open' }, 'source.unavailable'],
    ['another length than GitHub says', { digest: null, size: 5 }, 'source.malformed-response'],
    ['a size beyond the limit', { digest: null, size: 3 * 1024 ** 3 }, 'limit.response'],
    ['a file that is gone from the store', { digest: null, location: GONE }, 'source.http-status'],
  ] as const)('cannot be known with %s', async (_, options, code) => {
    const { lab, release } = await openRelease();
    lab.state.asset(release, 'widget.tgz', BYTES, options);
    await expect(lab.github.resolveAsset(purlOf(PURL))).rejects.toEqual(refusedWith(code));
  });

  it('cannot be known where the answer is about another release', async () => {
    const { lab } = await openRelease();
    lab.settings.hostile = (request, response) =>
      request.path.includes('/tags/') && answerJson(response, 200, { id: 1, tag_name: 'v1.2.4' });
    await expect(lab.github.resolveAsset(purlOf(PURL))).rejects.toEqual(
      refusedWith('source.malformed-response'),
    );
  });

  it('cannot be known where two files have its name', async () => {
    const { lab, release } = await openRelease();
    for (const text of ['one', 'two']) lab.state.asset(release, 'widget.tgz', Buffer.from(text));
    await expect(lab.github.resolveAsset(purlOf(PURL))).rejects.toEqual(
      refusedWith('source.malformed-response'),
    );
  });

  it('is not missing where a page of the list fails', async () => {
    const { lab, release } = await openRelease();
    lab.settings.pageSize = 1;
    for (const name of ['a.tgz', 'widget.tgz']) lab.state.asset(release, name, BYTES);
    lab.settings.hostile = (request, response) =>
      request.query.get('page') === '2' && answerJson(response, 500, {});
    await expect(lab.github.resolveAsset(purlOf(PURL))).rejects.toEqual(refusedWith('source.http-status'));
  });
});

describe('attestations among the files of a release', () => {
  const NAMES = [
    'multiple.intoto.jsonl',
    'widget.tgz.intoto.json',
    'widget.intoto',
    'widget.tgz.sigstore',
    'widget.tgz.sigstore.json',
    'all.sigstore.jsonl',
    'widget.build.slsa',
  ];

  it('are those whose names say so', async () => {
    const { lab, release } = await openRelease();
    for (const name of [
      ...NAMES,
      'widget.tgz',
      'checksums.txt',
      'intoto.txt',
      'sigstore',
      'x.sigstore.json.sig',
    ])
      lab.state.asset(release, name, Buffer.from(bundleOf(name)));
    const source = lab.github.releaseSource(PLACE);
    expect(source.name).toBe('github-release:octo-org/widget@v1.2.3');
    const answer = await source.collect(queryOf(DIGEST));
    expect(answer.answer).toBe('complete');
    expect(answer.attestations.map(({ source: from }) => from)).toEqual(
      NAMES.map((name) => `github-release:octo-org/widget@v1.2.3#${name}`),
    );
    expect(textsOf(answer)).toEqual(NAMES.map(bundleOf));
  });

  it('are read once for all artifacts of the release', async () => {
    const { lab, release } = await openRelease();
    lab.state.asset(release, 'multiple.intoto.jsonl', Buffer.from(bundleOf(1)));
    const source = lab.github.releaseSource(PLACE);
    const [one, other] = await Promise.all(
      [DIGEST, digestOf('x')].map((digest) => source.collect(queryOf(digest))),
    );
    expect(one).toEqual(other);
    expect(countOf(lab, /release-asset/)).toBe(1);
  });

  it('come out of the cache by their digest', async () => {
    const held = new Map<string, Uint8Array>();
    const cache = {
      get: async (digest: string) => held.get(digest),
      put: async (digest: string, bytes: Uint8Array) => void held.set(digest, bytes),
    };
    const { lab, release } = await openRelease({ cache });
    lab.state.asset(release, 'a.sigstore', Buffer.from(bundleOf(1)));
    await lab.github.releaseSource(PLACE).collect(queryOf(DIGEST));
    const answer = await lab.github.releaseSource(PLACE).collect(queryOf(DIGEST));
    expect(textsOf(answer)).toEqual([bundleOf(1)]);
    expect(countOf(lab, /release-asset/)).toBe(1);
  });

  it('are absent where the release has none, and where there is no release', async () => {
    const { lab, release } = await openRelease();
    lab.state.asset(release, 'widget.tgz', BYTES);
    for (const tag of ['v1.2.3', 'v9'])
      expect(await lab.github.releaseSource({ ...PLACE, tag }).collect(queryOf(DIGEST))).toEqual({
        name: `github-release:octo-org/widget@${tag}`,
        answer: 'absent',
        attestations: [],
      });
  });

  it('are not absent where the repository cannot be read', async () => {
    const lab = await openLab();
    lab.state.repository('octo-org/widget', { isPrivate: true });
    expect(await lab.github.releaseSource(PLACE).collect(queryOf(DIGEST))).toMatchObject({
      answer: 'failed',
      code: 'source.unauthorized',
    });
  });

  it.each([
    ['an upload that is not finished', { state: 'open' }, 'source.unavailable'],
    ['content without its digest', { digest: digestOf('else') }, 'registry.digest-mismatch'],
    ['a size beyond the limit', { size: 200 * 1024 * 1024 }, 'limit.attestations', 'failed'],
    ['another length', { size: 3 }, 'source.malformed-response'],
    ['a store that has it no more', { location: GONE }, 'source.http-status'],
  ] as const)('are partial with %s', async (_, options, code, kind: 'partial' | 'failed' = 'partial') => {
    const { lab, release } = await openRelease();
    lab.state.asset(release, 'good.sigstore', Buffer.from(bundleOf('good')));
    lab.state.asset(release, 'bad.sigstore', Buffer.from(bundleOf('bad')), options);
    const answer = await lab.github.releaseSource(PLACE).collect(queryOf(DIGEST));
    expect(answer).toMatchObject({ answer: kind, code });
    expect(textsOf(answer)).toEqual(kind === 'partial' ? [bundleOf('good')] : []);
  });

  it('are asked for again after they could not be read', async () => {
    const { lab, release } = await openRelease();
    lab.state.asset(release, 'a.sigstore', Buffer.from(bundleOf(1)));
    let isDown = true;
    lab.settings.hostile = (_, response) => isDown && answerJson(response, 500, {});
    const source = lab.github.releaseSource(PLACE);
    expect((await source.collect(queryOf(DIGEST))).answer).toBe('failed');
    isDown = false;
    expect((await source.collect(queryOf(DIGEST))).answer).toBe('complete');
  });
});
