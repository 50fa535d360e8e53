import { gzipSync } from 'node:zlib';
import { compress } from 'snappyjs';
import { describe, expect, it } from 'vitest';
import { SIGNATURE } from '../kit/servers/github-blobs.ts';
import {
  answerJson,
  bundleOf,
  digestOf,
  type GithubLab,
  openLab,
  queryOf,
  textsOf,
} from '../kit/servers/github-lab.ts';
import type { GithubBlob } from '../kit/servers/github-state.ts';

/** What GitHub's answers name, and what lies there: read whole, or told as not read. Never skipped. */

const DIGEST = digestOf('widget');
const GOOD = bundleOf('good');
const BLOCK = compress(Buffer.from(GOOD));

const collect = (lab: GithubLab) =>
  lab.github.source({ owner: 'octo-org', repo: 'widget' }).collect(queryOf(DIGEST));

/** One attestation whose blob is special, behind a good one. */
const openWith = async (blob: Partial<GithubBlob>, options: Parameters<typeof openLab>[0] = {}) => {
  const lab = await openLab(options);
  const repository = lab.state.repository('octo-org/widget');
  lab.state.attest(repository, DIGEST, bundleOf('other'));
  lab.state.attest(repository, DIGEST, GOOD, { blob });
  return lab;
};

describe('NET-09 a bundle behind its address', () => {
  it.each([
    ['a Snappy block', {}],
    ['plain JSON that says so', { body: Buffer.from(GOOD), contentType: 'application/json' }],
    ['a Snappy block of no type', { contentType: 'application/octet-stream' }],
    ['a Snappy block in a gzip encoding', { body: gzipSync(BLOCK), headers: { 'content-encoding': 'gzip' } }],
  ] as const)('NET-09 reads %s', async (_, blob) => {
    const answer = await collect(await openWith(blob));
    expect(answer.answer).toBe('complete');
    expect(textsOf(answer)).toEqual([bundleOf('other'), GOOD]);
  });

  it('NET-09 reads the address where the bundle is null', async () => {
    const lab = await openWith({});
    const address = (id: number) => `${lab.blobs}/attestations/1/2026/03/01/${id}.json.sn?${SIGNATURE}`;
    lab.settings.hostile = ({ where }, response) =>
      where === 'api' &&
      answerJson(response, 200, {
        attestations: lab.state.attestations.map(({ id }) => ({ bundle: null, bundle_url: address(id) })),
      });
    const answer = await collect(lab);
    expect(answer.answer).toBe('complete');
    expect(textsOf(answer)).toEqual([bundleOf('other'), GOOD]);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['plain JSON under a false type', Buffer.from(GOOD)],
    ['gzip', gzipSync(GOOD)],
    ['gzip in Snappy', compress(gzipSync(GOOD))],
    ['Snappy in Snappy', compress(BLOCK)],
    ['a truncated block', BLOCK.subarray(0, BLOCK.length - 1)],
    ['a block with something behind it', Buffer.concat([BLOCK, Buffer.from([0, 0x20])])],
    ['a block that says a shorter length', Buffer.concat([Buffer.from([2]), BLOCK.subarray(1)])],
    ['the framed form', Buffer.concat([Buffer.from('ff060000734e61507059', 'hex'), BLOCK])],
    ['a list', compress(Buffer.from(`[${GOOD}]`))],
    ['a text', compress(Buffer.from('"none"'))],
    ['a page of HTML', compress(Buffer.from('<html></html>'))],
    ['bytes that are no text', compress(Buffer.from([0xff, 0xfe, 0x7b, 0x7d]))],
  ])('NET-09 tells of a bundle that is %s, and hands on the others', async (_, body) => {
    const answer = await collect(await openWith({ body }));
    expect(answer).toMatchObject({ answer: 'partial', code: 'source.bundle-undecodable' });
    expect(textsOf(answer)).toEqual([bundleOf('other')]);
  });

  it('NET-09 tells of a page of HTML that is served as JSON', async () => {
    const answer = await collect(
      await openWith({ body: Buffer.from('<html>'), contentType: 'application/json' }),
    );
    expect(answer).toMatchObject({ answer: 'partial', code: 'source.bundle-undecodable' });
  });
});

describe('NET-08 bodies of errors', () => {
  it.each([
    [403, 'source.unauthorized'],
    [404, 'source.http-status'],
    [409, 'source.http-status'],
    [410, 'source.http-status'],
    [500, 'source.http-status'],
    [206, 'source.http-status'],
    [301, 'source.http-status'],
  ])('NET-08 takes no bundle out of status %i, though it would parse', async (status, code) => {
    const answer = await collect(await openWith({ status }));
    expect(answer).toMatchObject({ answer: 'partial', code });
    expect(textsOf(answer)).toEqual([bundleOf('other')]);
  });

  it.each([
    [401, 'source.unauthorized'],
    [403, 'source.unauthorized'],
    [404, 'source.http-status'],
    [422, 'source.http-status'],
    [500, 'source.http-status'],
  ])('NET-08 takes no list out of status %i, though it would parse', async (status, code) => {
    const lab = await openWith({});
    const list = { attestations: [{ bundle: JSON.parse(GOOD) }] };
    lab.settings.hostile = ({ path }, response) =>
      path.includes('/attestations/') && answerJson(response, status, list);
    const answer = await collect(lab);
    expect(answer.attestations).toEqual([]);
    expect(answer).toMatchObject({ answer: 'failed', code });
  });
});

describe('RES-03 content that grows', () => {
  /** The least block that says a length: nothing but that. */
  const saying = (length: number): Buffer => {
    const bytes: number[] = [];
    for (let rest = length; ; rest = Math.floor(rest / 128)) {
      if (rest < 128) return Buffer.from([...bytes, rest]);
      bytes.push((rest % 128) + 128);
    }
  };

  it.each([
    ['just above the limit', saying(16 * 1024 * 1024 + 1), 'limit.decompressed'],
    ['4 GiB', saying(2 ** 32 - 1), 'limit.decompressed'],
    ['the whole limit without content', saying(16 * 1024 * 1024), 'source.bundle-undecodable'],
  ])('RES-03 refuses a Snappy block that says %s, before anything is allocated', async (_, body, code) => {
    const before = process.memoryUsage().arrayBuffers;
    const answer = await collect(await openWith({ body }));
    expect(answer).toMatchObject({ answer: 'partial', code });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
  });

  it('RES-03 refuses a Snappy block whose copies make more than it says', async () => {
    // "a", then 64 bytes of it, again and again: 3 bytes make 64.
    const copies = Buffer.from([0xfe, 0x01, 0x00].join(',').split(',').map(Number));
    const body = Buffer.concat([Buffer.from([10, 0x00, 0x61]), ...Array(200_000).fill(copies)]);
    expect(await collect(await openWith({ body }))).toMatchObject({ code: 'source.bundle-undecodable' });
  });

  it('RES-03 refuses a gzip encoding that grows without end, of a bundle and of a list', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const headers = { 'content-encoding': 'gzip' };
    expect(await collect(await openWith({ body: bomb, headers }))).toMatchObject({
      answer: 'partial',
      code: 'limit.decompressed',
    });
    const lab = await openWith({});
    lab.settings.hostile = ({ where }, response) => {
      if (where !== 'api') return false;
      response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(bomb);
      return true;
    };
    expect(await collect(lab)).toMatchObject({ answer: 'failed', code: 'limit.decompressed' });
  });
});

describe('RES-02 content without end', () => {
  it.each(['api', 'blobs'] as const)('RES-02 stops reading what the %s sends without end', async (where) => {
    const lab = await openWith({});
    let sent = 0;
    lab.settings.hostile = async (request, response) => {
      if (request.where !== where) return false;
      response.writeHead(200, { 'content-type': 'application/json' });
      const zeros = Buffer.alloc(256 * 1024, '0');
      while (!response.destroyed) {
        sent += zeros.length;
        if (!response.write(zeros)) await new Promise((again) => setTimeout(again, 1));
      }
      return true;
    };
    const answer = await collect(lab);
    expect(answer).toMatchObject({ answer: where === 'api' ? 'failed' : 'partial', code: 'limit.response' });
    expect(sent).toBeLessThan(128 * 1024 * 1024);
  });

  it.each(['api', 'blobs'] as const)('RES-02 gives up on what the %s sends too slowly', async (where) => {
    const lab = await openWith({}, { deadlineMs: 400 });
    lab.settings.hostile = async (request, response) => {
      if (request.where !== where) return false;
      response.writeHead(200, { 'content-type': 'application/json' });
      while (!response.destroyed) {
        response.write(' ');
        await new Promise((again) => setTimeout(again, 20));
      }
      return true;
    };
    const answer = await collect(lab);
    expect(answer).toMatchObject({ answer: where === 'api' ? 'failed' : 'partial', code: 'limit.time' });
  });

  it('RES-02 refuses a release asset that is larger than anything is read of, without asking for it', async () => {
    const lab = await openLab();
    const release = lab.state.release(lab.state.repository('octo-org/widget'), 'v1');
    lab.state.asset(release, 'a.sigstore', Buffer.from('{}'), { size: 2 ** 40 });
    const source = lab.github.releaseSource({ owner: 'octo-org', repo: 'widget', tag: 'v1' });
    expect(await source.collect(queryOf(DIGEST))).toMatchObject({
      answer: 'failed',
      code: 'limit.attestations',
    });
    expect(lab.requests).toHaveLength(2);
  });
});
