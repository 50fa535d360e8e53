import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRegistry, type Registry } from '../../src/adapters/attestations/oci/index.ts';
import { readOciLayout } from '../../src/adapters/attestations/oci-layout/index.ts';
import { createHttpClient, type HttpClient } from '../../src/adapters/http/index.ts';
import { parseOciReference } from '../../src/core/model/oci/reference.ts';
import type { CollectedAttestations } from '../../src/core/ports.ts';
import { SlsaGateError } from '../../src/errors.ts';
import { sha256Of } from '../kit/oci-layout.ts';
import { type RegistryServer, startRegistry } from '../kit/servers/registry.ts';

const CORPUS = join(import.meta.dirname, '../../../shared/corpus');

interface Case {
  readonly id: string;
  readonly artifact: string;
  readonly artifactDigest?: { readonly sha256?: string };
  readonly expect: 'pass' | 'fail';
}

const isHere = existsSync(join(CORPUS, 'manifest.jsonl'));
if (!isHere) console.warn('SKIPPED: no ../shared/corpus, so real OCI images are not read from a registry');

const cases = isHere
  ? readFileSync(join(CORPUS, 'manifest.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line.includes('"kind":"oci-layout"'))
      .map((line) => JSON.parse(line) as Case)
  : [];

/**
 * Codes by which a registry and a folder say the same thing. A layout that has no such image was named wrongly by who called;
 * a registry that has none said so itself.
 */
const SAME_REFUSAL: ReadonlyMap<string, string> = new Map([['usage.artifact', 'registry.not-found']]);

interface Read {
  readonly sha256: string | undefined;
  readonly answer: CollectedAttestations['answer'];
  readonly found: readonly unknown[];
}

/** What is found, whatever the order and the name of the source. */
const toRead = (sha256: string | undefined, { answer, attestations }: CollectedAttestations): Read => ({
  sha256,
  answer,
  found: attestations
    .map(({ bytes, source, claimedPredicateType, mediaType, annotations }) => ({
      digest: sha256Of(Buffer.from(bytes)),
      named: source.slice(source.indexOf('#')),
      claimedPredicateType,
      mediaType,
      annotations,
    }))
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
});

const orRefusal = async (read: Promise<Read>): Promise<Read | string> =>
  read.catch((error: unknown) => {
    if (error instanceof SlsaGateError) return error.finding;
    throw error;
  });

describe.skipIf(!isHere)('real images by reference', () => {
  let http: HttpClient;

  const open = (server: RegistryServer): Registry =>
    createRegistry({
      http,
      credentials: { of: async () => undefined },
      cache: undefined,
      listedHosts: new Set([server.host]),
    });

  let withList: RegistryServer;
  let withoutList: RegistryServer;
  /** A repository for each layout, its name that of the folder. */
  const repositoryOf = ({ artifact }: Case): string => artifact.replace(/^oci\//, 'corpus/');

  beforeAll(async () => {
    withList = await startRegistry();
    withoutList = await startRegistry({ referrers: false });
    http = createHttpClient({ listedHosts: [withList.host, withoutList.host] });
    const layouts = new Map(cases.map((one) => [one.artifact, one]));
    for (const [artifact, one] of layouts)
      for (const server of [withList, withoutList])
        server.repository(repositoryOf(one)).load(join(CORPUS, artifact));
    // Who attaches to a registry without lists keeps one under a tag.
    for (const one of layouts.values()) withoutList.repository(repositoryOf(one)).keepLists();
  });
  afterAll(async () => {
    await http?.close();
    await withList?.close();
    await withoutList?.close();
  });

  const fromFolder = async ({ artifact }: Case, digest: string | undefined): Promise<Read> => {
    const { artifact: image, collected } = await readOciLayout(
      `${join(CORPUS, artifact)}${digest === undefined ? '' : `@${digest}`}`,
    );
    return toRead(image.digests.sha256, collected);
  };

  const fromRegistry = async (server: RegistryServer, one: Case, digest: string): Promise<Read> => {
    const image = parseOciReference(`${server.host}/${repositoryOf(one)}@${digest}`);
    const registry = open(server);
    const { digests, purl } = await registry.resolve(image, { viaIndex: undefined });
    const collected = await registry.source(image).collect({
      remote: { kind: 'oci', text: '', image },
      digests,
      viaIndex: undefined,
      purl,
      sources: [],
      given: [],
      wantsHistory: false,
    });
    return toRead(digests.sha256, collected);
  };

  it('are all of the corpus', () => {
    expect(cases.filter((one) => one.expect === 'pass')).toHaveLength(29);
    expect(cases.filter((one) => one.expect === 'fail')).toHaveLength(42);
  });

  it.each(cases)('$id is the same from a registry as from disk', async (one) => {
    const digest = `sha256:${one.artifactDigest?.sha256}`;
    const disk = await orRefusal(fromFolder(one, digest));
    const wanted = typeof disk === 'string' ? (SAME_REFUSAL.get(disk) ?? disk) : disk;
    expect(await orRefusal(fromRegistry(withList, one, digest))).toEqual(wanted);
    expect(await orRefusal(fromRegistry(withoutList, one, digest))).toEqual(wanted);
  });

  it('have attestations in all good cases', async () => {
    for (const one of cases.filter((each) => each.expect === 'pass')) {
      const digest = `sha256:${one.artifactDigest?.sha256}`;
      const { answer, found } = await fromRegistry(withList, one, digest);
      expect([one.id, answer, found.length > 0]).toEqual([one.id, 'complete', true]);
    }
  });
});
