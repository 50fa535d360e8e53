import { describe, expect, it } from 'vitest';
import { openSourceRun, type SourcesOptions } from '../../../../src/adapters/attestations/index.ts';
import { createHttpClient, createOfflineClient } from '../../../../src/adapters/http/index.ts';
import { parseArtifactReference } from '../../../../src/core/model/artifact-reference.ts';
import type { SourceName } from '../../../../src/core/model/source-name.ts';
import type { SourceQuery, SourceRun } from '../../../../src/core/source-ports.ts';
import { type GithubServer, startGithub } from '../../../kit/servers/github.ts';
import { bundleOf, digestOf } from '../../../kit/servers/github-lab.ts';
import { startNpmRegistry } from '../../../kit/servers/npm-registry.ts';
import { closing } from '../../../kit/servers/opened.ts';
import { status } from '../../../kit/servers/package-faults.ts';
import { PUBLIC_SOURCES } from '../../../kit/source-settings.ts';

/** All kinds of sources behind one run, as the command opens it. */

const settings = (listedHosts: readonly string[], more: Partial<SourcesOptions> = {}): SourcesOptions => ({
  listedHosts,
  ...PUBLIC_SOURCES,
  deadlineMs: 5_000,
  createHttp: (hooks) => createHttpClient({ listedHosts, retry: { attempts: 1 }, ...hooks }),
  ...more,
});

const runOn = (listedHosts: readonly string[], more: Partial<SourcesOptions> = {}): SourceRun =>
  closing(openSourceRun(settings(listedHosts, more)));

const query = (
  digest: string,
  sources: readonly SourceName[],
  more: Partial<SourceQuery> = {},
): SourceQuery => ({
  remote: undefined,
  digests: { sha256: digest.replace('sha256:', '') },
  viaIndex: undefined,
  purl: undefined,
  sources,
  wantsHistory: false,
  given: [],
  ...more,
});

async function github(count: number): Promise<{ server: GithubServer; digests: readonly string[] }> {
  const server = closing(await startGithub());
  const repository = server.state.repository('octo-org/widget');
  const digests = Array.from({ length: count }, (_, index) => digestOf(`widget ${index}`));
  for (const [index, digest] of digests.entries()) server.state.attest(repository, digest, bundleOf(index));
  return { server, digests };
}

describe('a run over many artifacts', () => {
  it.each([
    ['an organisation', { kind: 'github', owner: 'octo-org', repo: undefined }, 1],
    ['a repository', { kind: 'github', owner: 'octo-org', repo: 'widget' }, 2],
  ] as const)(
    'looks up 100 digests of %s with 2 requests at most, beside the bundles',
    async (_, source, lookups) => {
      const { server, digests } = await github(100);
      const run = runOn(server.hosts, { githubUrl: server.origin });
      const queries = digests.map((digest) => query(digest, [source]));
      await run.prefetch(queries);
      for (const one of queries) {
        const { collected } = await run.begin().collect(one);
        expect(collected).toMatchObject([{ answer: 'complete', attestations: [{}] }]);
      }
      const asked = server.requests.filter(({ where }) => where === 'api');
      expect(asked).toHaveLength(lookups);
      expect(server.requests.filter(({ where }) => where === 'blobs')).toHaveLength(100);
      expect(server.violations).toEqual([]);
    },
  );

  it('tells each artifact its own requests, and those that were made for all', async () => {
    const { server, digests } = await github(3);
    const run = runOn(server.hosts, { githubUrl: server.origin });
    const source = { kind: 'github', owner: 'octo-org', repo: undefined } as const;
    const queries = digests.map((digest) => query(digest, [source]));
    await run.prefetch(queries);
    const tasks = queries.map((one) => ({ one, task: run.begin() }));
    await Promise.all(tasks.map(({ one, task }) => task.collect(one)));
    for (const { task } of tasks) {
      expect(task.exchanges.map(({ status: code }) => code)).toEqual([200, 200]);
      expect(task.exchanges.map(({ origin }) => origin)).toEqual([server.origin, server.blobs]);
    }
    expect(run.clocks.map(({ origin }) => origin).sort()).toEqual([server.origin, server.blobs].sort());
  });

  it('ends what is asked about one artifact at its deadline, and not the others', async () => {
    const npm = closing(await startNpmRegistry());
    npm.publish({ name: 'widget', version: '1.0.0', tarball: Buffer.from('x'), attestations: [] });
    const npmRegistryFor = async () => () => ({ url: npm.origin, credentials: [] });
    const run = runOn([npm.host], { npmRegistryFor, deadlineMs: 300 });
    const asked = query(digestOf('x'), [{ kind: 'npm' }], { purl: 'pkg:npm/widget@1.0.0' });
    npm.fail('manifest', () => {});
    const late = await run.begin().collect(asked);
    expect(late.collected).toMatchObject([{ answer: 'failed', code: 'source.timeout' }]);
    npm.fail('manifest', undefined);
    const good = await run.begin().collect(asked);
    expect(good.collected).toMatchObject([{ answer: 'complete' }]);
  });

  it('RES-02 ends at the deadline too what is asked for all artifacts together', async () => {
    const { server, digests } = await github(2);
    let page = 0;
    server.settings.hostile = async ({ path }, response) => {
      if (!path.endsWith('/bulk-list')) return false;
      await new Promise((resolve) => setTimeout(resolve, 150));
      const found = { attestations_subject_digests: {}, page_info: { has_next: true, next: `${page++}` } };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(found));
      return true;
    };
    const run = runOn(server.hosts, { githubUrl: server.origin, deadlineMs: 400 });
    const source = { kind: 'github', owner: 'octo-org', repo: undefined } as const;
    const queries = digests.map((digest) => query(digest, [source]));
    const began = performance.now();
    await run.prefetch(queries);
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(page).toBeLessThan(5);
    const [first = query('', [])] = queries;
    const { collected } = await run.begin().collect(first);
    expect(collected).toMatchObject([{ answer: 'failed', code: 'source.timeout' }]);
  });

  it('takes the time of others from no artifact, and from itself what it took', async () => {
    const npm = closing(await startNpmRegistry());
    npm.publish({ name: 'widget', version: '1.0.0', tarball: Buffer.from('x'), attestations: [] });
    const npmRegistryFor = async () => () => ({ url: npm.origin, credentials: [] });
    const run = runOn([npm.host], { npmRegistryFor, deadlineMs: 300 });
    const asked = query(digestOf('x'), [{ kind: 'npm' }], { purl: 'pkg:npm/widget@1.0.0' });
    const task = run.begin();
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect((await task.collect(asked)).collected).toMatchObject([{ answer: 'complete' }]);
    npm.fail('manifest', () => {});
    await task.collect(asked);
    npm.fail('manifest', undefined);
    const spent = await task.collect(asked);
    expect(spent.collected).toMatchObject([{ answer: 'failed', code: 'source.timeout' }]);
  });

  it('reads the versions of a package as a fact where they are wanted, and has none where they cannot be read', async () => {
    const npm = closing(await startNpmRegistry());
    npm.publish({ name: 'widget', version: '1.0.0', tarball: Buffer.from('x') });
    const npmRegistryFor = async () => () => ({ url: npm.origin, credentials: [] });
    const run = runOn([npm.host], { npmRegistryFor });
    const asked = query(digestOf('x'), [{ kind: 'npm' }], { purl: 'pkg:npm/widget@1.0.0' });
    expect((await run.begin().collect(asked)).facts).toEqual([]);
    const wanted = { ...asked, wantsHistory: true };
    expect((await run.begin().collect(wanted)).facts).toMatchObject([{ name: 'package-history' }]);
    npm.fail('packument', status(500));
    expect((await run.begin().collect(wanted)).facts).toEqual([]);
  });

  it('refuses as a whole what only usage can mend', async () => {
    const run = runOn([], { githubUrl: 'https://github.example.com/api/v3' });
    const source = { kind: 'github', owner: 'octo-org', repo: 'widget' } as const;
    await expect(run.begin().collect(query(digestOf('x'), [source]))).rejects.toMatchObject({
      finding: 'source.unsupported',
      exitCode: 64,
    });
  });
});

describe('a log beside other sources', () => {
  it('has nothing to complete where nothing was found, and asks nobody', async () => {
    const run = runOn([]);
    const { collected } = await run
      .begin()
      .collect(query(digestOf('x'), [{ kind: 'rekor', url: undefined }]));
    expect(collected).toMatchObject([
      { name: 'rekor:rekor.sigstore.dev', answer: 'complete', attestations: [] },
    ]);
  });
});

describe('the address of a log', () => {
  it.each(['ftp://rekor.example', 'http://rekor.example', 'rekor.example', 'https:/rekor.example'])(
    'is refused also where there is nothing to ask it about: %s',
    async (url) => {
      for (const settings of [{}, { createHttp: () => createOfflineClient([]) }]) {
        const asked = runOn([], settings)
          .begin()
          .collect(query(digestOf('x'), [{ kind: 'rekor', url }]));
        await expect(asked).rejects.toMatchObject({ finding: 'config.insecure-url', exitCode: 64 });
      }
    },
  );

  it('is refused with credentials in it', async () => {
    const url = 'https://user:hunter2@rekor.example';
    const asked = runOn([])
      .begin()
      .collect(query(digestOf('x'), [{ kind: 'rekor', url }]));
    await expect(asked).rejects.toMatchObject({
      finding: 'config.invalid',
      message: expect.not.stringContaining('hunter2'),
    });
  });
});

describe('a run without the network', () => {
  const offline = (): SourceRun => runOn([], { createHttp: () => createOfflineClient([]) });
  const DIGEST = digestOf('image');

  it('says of each source what it would have asked', async () => {
    const sources: readonly SourceName[] = [
      { kind: 'oci', registry: 'registry.example', repository: 'octo/widget' },
      { kind: 'github', owner: 'octo-org', repo: 'widget' },
      { kind: 'npm' },
      { kind: 'pypi' },
      { kind: 'github-release', owner: 'octo-org', repo: 'widget', tag: 'v1' },
    ];
    for (const source of sources) {
      const purl = source.kind === 'pypi' ? 'pkg:pypi/widget@1' : 'pkg:npm/widget@1.0.0';
      const { collected } = await offline()
        .begin()
        .collect(query(DIGEST, [source], { purl }));
      expect(collected).toMatchObject([{ answer: 'failed', code: 'source.offline', attestations: [] }]);
      expect(collected[0]?.reason).toMatch(/not asked, because of --offline: (?:GET|HEAD) https:\/\//);
    }
  });

  it('knows an image by the digest that names it, and by nothing else', async () => {
    const resolve = (text: string, viaIndex?: string) => {
      const parsed = parseArtifactReference(text);
      if (parsed.kind !== 'remote') throw new TypeError('not at a server');
      return offline().begin().resolve(parsed.remote, { viaIndex });
    };
    expect(await resolve(`registry.example/octo/widget:1@${DIGEST}`)).toMatchObject({
      reference: `registry.example/octo/widget@${DIGEST}`,
      digests: { sha256: DIGEST.slice('sha256:'.length) },
      purl: expect.stringContaining('pkg:oci/widget@'),
    });
    const refusal = { finding: 'source.offline', exitCode: 2 };
    await expect(resolve('registry.example/octo/widget:1')).rejects.toMatchObject(refusal);
    await expect(resolve(`registry.example/octo/widget@${DIGEST}`, DIGEST)).rejects.toMatchObject(refusal);
    await expect(resolve('pkg:npm/widget@1.0.0')).rejects.toMatchObject(refusal);
  });
});
