import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOciLayout } from '../../src/adapters/attestations/oci-layout/index.ts';
import { hasGo } from '../stack/go-tools.ts';
import { createPusher, type Pusher, pushLayout } from '../stack/push.ts';
import { startOciregd, type TestRegistry } from '../stack/registry.ts';
import { createReader, digestsOf } from './ask.ts';

const CORPUS = join(import.meta.dirname, '../../../shared/corpus');
const isCorpusHere = existsSync(join(CORPUS, 'manifest.jsonl'));
if (!isCorpusHere) console.warn('SKIPPED: no ../shared/corpus, so real layouts are not pushed to a registry');
const isGoHere = hasGo('real layouts are not pushed to a real registry');

interface Case {
  readonly id: string;
  readonly kind: string;
  readonly artifact: string;
}

const blobsOf = (layout: string): ReadonlySet<string> =>
  new Set(readdirSync(join(layout, 'blobs', 'sha256')).map((hex) => `sha256:${hex}`));

interface ManifestJson {
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string }[];
  readonly manifests?: readonly { readonly digest: string }[];
}

/** Whether a registry can hold it: most images of the corpus are there without their layers. */
function isWhole(layout: string): boolean {
  const blobs = blobsOf(layout);
  const needs = (digest: string): boolean => {
    if (!blobs.has(digest)) return false;
    const {
      config,
      layers = [],
      manifests = [],
    } = JSON.parse(readFileSync(join(layout, 'blobs', ...digest.split(':')), 'utf8')) as ManifestJson;
    return (
      manifests.every((child) => needs(child.digest)) &&
      [...layers, ...(config === undefined ? [] : [config])].every((one) => blobs.has(one.digest))
    );
  };
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as ManifestJson;
  return (index.manifests ?? []).every(({ digest }) => needs(digest));
}

describe.skipIf(!isCorpusHere || !isGoHere)('real OCI layouts, pushed to a real registry', () => {
  const cases = isCorpusHere
    ? readFileSync(join(CORPUS, 'manifest.jsonl'), 'utf8')
        .split('\n')
        .filter((line) => line.includes('"kind":"oci-layout"'))
        .map((line) => JSON.parse(line) as Case)
        .filter(({ artifact }) => isWhole(join(CORPUS, artifact)))
    : [];
  let registry: TestRegistry;
  let pusher: Pusher;
  beforeAll(async () => {
    registry = await startOciregd();
    pusher = createPusher(registry);
  }, 300_000);
  afterAll(async () => {
    await pusher?.close();
    await registry?.stop();
  });

  it('are those with referrers', () => {
    expect(cases.length).toBeGreaterThanOrEqual(7);
  });

  it.each(cases)('$id has there what it has on disk', async ({ id, artifact }) => {
    const layout = join(CORPUS, artifact);
    const onDisk = await readOciLayout(layout);
    const repository = `corpus/${id.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;
    await pushLayout(pusher, repository, layout);
    const reader = createReader(registry);
    const { sha256 } = onDisk.artifact.digests;
    const { resolved, collected, digests } = await reader.ask(`${repository}@sha256:${sha256}`);
    await reader.close();
    expect(resolved.digests.sha256).toBe(sha256);
    expect(digests).toEqual(digestsOf(onDisk.collected));
    expect(collected.answer).toBe(onDisk.collected.answer);
  });
});
