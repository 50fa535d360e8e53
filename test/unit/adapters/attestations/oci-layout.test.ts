import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OciLayout, readOciLayout } from '../../../../src/adapters/attestations/oci-layout/index.ts';
import { parseAttestations } from '../../../../src/core/attestation/parse.ts';
import { LIMITS } from '../../../../src/core/limits.ts';
import { fromCosignLayer } from '../../../../src/core/model/legacy-bundle.ts';
import { SlsaGateError } from '../../../../src/errors.ts';
import { refusedWith, sigstore, verify } from '../../../attacks/verify.ts';
import {
  createLayout,
  type DescriptorJson,
  type LayoutKit,
  OCI,
  sha256Of,
  toCosignLayer,
} from '../../../kit/oci-layout.ts';

const REF_NAME = 'org.opencontainers.image.ref.name';
const COSIGN_KIND = 'dev.cosignproject.cosign/';
const BUILDKIT = { 'vnd.docker.reference.type': 'attestation-manifest' };

let folder: string;
let layout: LayoutKit;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'oci-layout-'));
  layout = createLayout();
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const directory = (): string => join(folder, 'image');
const read = (selection = ''): Promise<OciLayout> =>
  readOciLayout(`oci-layout:${layout.write(directory())}${selection}`);

/** What reading is refused with; fails when it is not. */
async function refused(reading: Promise<unknown> = read()): Promise<SlsaGateError> {
  return reading.then(
    () => {
      throw new Error('read, where a refusal was expected');
    },
    (error: SlsaGateError) => error,
  );
}

const bundleOf = (image: DescriptorJson): string =>
  sigstore.signStatement({ subject: [{ name: 'widget', digest: { sha256: image.digest.slice(7) } }] }).text();
const bundleLayer = (text: string): DescriptorJson => layout.blob(text, OCI.bundle);
const refer = (image: DescriptorJson, text = bundleOf(image)): DescriptorJson =>
  layout.attesting([bundleLayer(text)], image);
const digestsOf = ({ collected }: OciLayout): string[] =>
  collected.attestations.map(({ bytes }) => sha256Of(Buffer.from(bytes)));

describe('the image of a layout', () => {
  it('is the only one, pinned by the digest of its bytes', async () => {
    const image = layout.list(layout.image());
    const { artifact, collected } = await read();
    expect(artifact).toMatchObject({
      digest: image.digest,
      reference: `oci-layout:${directory()}@${image.digest}`,
      digests: { sha256: image.digest.slice(7) },
    });
    expect(artifact.digests.sha512).toMatch(/^[0-9a-f]{128}$/);
    expect(collected).toEqual({ name: `oci-layout:${directory()}`, answer: 'absent', attestations: [] });
  });

  it('is asked for when there are several', async () => {
    const first = layout.list(layout.image('first'), { [REF_NAME]: '1.0' });
    const second = layout.list(layout.image('second'));
    const error = await refused();
    expect(error).toMatchObject({
      finding: 'usage.artifact',
      exitCode: 64,
      actual: `${first.digest} (1.0), ${second.digest}`,
    });
  });

  it('is found by digest and by tag', async () => {
    const first = layout.list(layout.image('first'), { [REF_NAME]: '1.0' });
    const second = layout.list(layout.image('second'), { [REF_NAME]: 'registry.local/team/widget:2.0' });
    expect((await read(':1.0')).artifact.digest).toBe(first.digest);
    expect((await read(':2.0')).artifact.digest).toBe(second.digest);
    expect((await read(`@${second.digest}`)).artifact.digest).toBe(second.digest);
  });

  it('is one although it has two tags', async () => {
    const image = layout.list(layout.image(), { [REF_NAME]: '1.0' });
    layout.list(image, { [REF_NAME]: 'latest' });
    expect((await read()).artifact.digest).toBe(image.digest);
  });

  it('is asked for when a tag names two', async () => {
    layout.list(layout.image('first'), { [REF_NAME]: '1.0' });
    layout.list(layout.image('second'), { [REF_NAME]: '1.0' });
    expect(await refused(read(':1.0'))).toMatchObject({ finding: 'usage.artifact', expected: '1.0' });
  });

  it.each([':2.0', `@sha256:${'f'.repeat(64)}`])(
    'is not another one when %s is not there',
    async (selection) => {
      layout.list(layout.image(), { [REF_NAME]: '1.0' });
      expect(await refused(read(selection))).toMatchObject({ finding: 'usage.artifact', actual: 'none' });
    },
  );

  it.each(['@sha256:abc', `@sha256:${'F'.repeat(64)}`, `@sha1:${'f'.repeat(40)}`, '@md5:'])(
    'is not searched by what is no digest: %s',
    async (selection) => {
      layout.list(layout.image());
      const error = await refused(read(selection));
      expect(error).toMatchObject({ finding: 'usage.artifact', exitCode: 64 });
      expect(error.message).toContain('not a digest');
    },
  );

  it('is never what is attached to it', async () => {
    const image = layout.list(layout.image());
    layout.list(refer(image));
    layout.list(layout.attesting([]), { [REF_NAME]: `sha256-${image.digest.slice(7)}.att` });
    layout.list(layout.imageIndex([]), { [REF_NAME]: `sha256-${image.digest.slice(7)}` });
    layout.list(layout.attesting([], undefined, { annotations: { other: '1' } }), {
      kind: `${COSIGN_KIND}sigs`,
    });
    expect((await read()).artifact.digest).toBe(image.digest);
  });

  it('may be a platform of an index, but no attestation manifest of BuildKit', async () => {
    const platform = layout.image();
    const attestation = layout.attesting([layout.blob('{}', OCI.statement)]);
    layout.list(layout.imageIndex([platform, { ...attestation, annotations: BUILDKIT }]));
    expect((await read(`@${platform.digest}`)).artifact.digest).toBe(platform.digest);
    expect(await refused(read(`@${attestation.digest}`))).toMatchObject({
      finding: 'usage.artifact',
      actual: attestation.digest,
    });
  });

  it('must be in the layout', async () => {
    layout.removeBlob(layout.list(layout.image()));
    expect(await refused()).toMatchObject({ finding: 'registry.malformed-response', exitCode: 2 });
  });

  it('may lie in a directory whose name looks like a tag', async () => {
    const image = layout.list(layout.image());
    layout.write(join(folder, 'widget:1.0'));
    const { artifact } = await readOciLayout(join(folder, 'widget:1.0'));
    expect(artifact.digest).toBe(image.digest);
    layout.write(join(folder, 'widget'));
    expect(await refused(readOciLayout(join(folder, 'widget:1.0')))).toMatchObject({
      finding: 'usage.artifact',
    });
  });

  it.each([
    ['oci-layout:', 'usage.artifact'],
    ['oci-layout:image\0', 'path.unsafe'],
    ['oci-layout:image\n:1.0', 'path.unsafe'],
    ['/no/such/layout', 'path.not-found'],
    [import.meta.filename, 'usage.artifact'],
    [import.meta.dirname, 'usage.artifact'],
  ])('is not read from %j', async (reference, code) => {
    expect((await refused(readOciLayout(reference))).finding).toBe(code);
  });
});

describe('attestations of a layout', () => {
  it('are what refers to the image by subject', async () => {
    const image = layout.list(layout.image());
    const text = bundleOf(image);
    layout.list(refer(image, text));
    const { collected } = await read();
    expect(collected).toMatchObject({
      answer: 'complete',
      attestations: [
        { source: `oci-layout:${directory()}#${sha256Of(Buffer.from(text))}`, mediaType: OCI.bundle },
      ],
    });
    expect(verify(Buffer.from(collected.attestations[0]?.bytes ?? []).toString()).signer.kind).toBe(
      'certificate',
    );
  });

  it('are found through the fallback tag', async () => {
    const image = layout.list(layout.image());
    const text = bundleOf(image);
    const fallback = layout.imageIndex([{ ...refer(image, text), artifactType: 'text/plain' }]);
    layout.list(fallback, { [REF_NAME]: `sha256-${image.digest.slice(7)}` });
    expect(digestsOf(await read())).toEqual([sha256Of(Buffer.from(text))]);
  });

  it('are those of cosign, by tag or as saved beside the image, with their annotations', async () => {
    const image = layout.list(layout.image());
    const signed = sigstore.signStatement({ version: '0.1' });
    const chain = sigstore.ca.chain.map(({ certificate }) => certificate);
    const { envelope, annotations } = toCosignLayer(signed, chain);
    const attestations = layout.attesting([layout.blob(envelope, OCI.envelope, { annotations })]);
    for (const named of [
      { [REF_NAME]: `sha256-${image.digest.slice(7)}.att` },
      { [REF_NAME]: `registry.local/widget:sha256-${image.digest.slice(7)}.att` },
      { kind: `${COSIGN_KIND}atts` },
    ]) {
      layout.index.splice(1, 1, { ...attestations, annotations: named });
      const { collected } = await read();
      const [found, second] = collected.attestations;
      expect([collected.answer, second]).toEqual(['complete', undefined]);
      expect(fromCosignLayer(found?.bytes ?? Buffer.alloc(0), found?.annotations ?? {})).toMatchObject({
        version: '0.1',
        logEntries: [{ kind: 'dsse' }],
      });
    }
  });

  it('are not those of another image', async () => {
    const image = layout.list(layout.image(), { [REF_NAME]: '1.0' });
    const other = layout.list(layout.image('other'), { [REF_NAME]: '2.0' });
    layout.list(refer(other));
    layout.list(layout.attesting([layout.blob('{}', OCI.envelope)]), {
      [REF_NAME]: `sha256-${other.digest.slice(7)}.att`,
    });
    expect((await read(`@${image.digest}`)).collected).toMatchObject({ answer: 'absent', attestations: [] });
    expect((await read(`@${other.digest}`)).collected.attestations).toHaveLength(2);
  });

  it('RES-08 are not what refers to a referrer', async () => {
    const image = layout.list(layout.image());
    const referrer = layout.list(layout.attesting([], image));
    layout.list(refer(referrer));
    expect((await read()).collected).toMatchObject({ answer: 'absent', attestations: [] });
  });

  it('are one when they are reached twice, and two when their annotations differ', async () => {
    const image = layout.list(layout.image());
    const layer = layout.blob('{}', OCI.envelope);
    const evidence = { 'dev.sigstore.cosign/certificate': 'x' };
    layout.list(layout.attesting([layer, layer, { ...layer, annotations: evidence }], image));
    layout.list(layout.attesting([layer], image, { annotations: { again: '1' } }));
    const { collected } = await read();
    expect(collected.attestations.map(({ annotations }) => annotations)).toEqual([undefined, evidence]);
  });

  it('have annotations only where those are evidence, so that bundles are read as bundles', async () => {
    const image = layout.list(layout.image());
    const evidence = { 'dev.sigstore.cosign/certificate': 'x' };
    layout.list(layout.attesting([{ ...bundleLayer(bundleOf(image)), annotations: evidence }], image));
    layout.list(layout.attesting([layout.blob('{}', OCI.envelope, { annotations: { a: '1' } })], image));
    const found = parseAttestations((await read()).collected.attestations);
    expect(
      found.map(({ parsed }) => (parsed instanceof SlsaGateError ? parsed.finding : parsed.kind)),
    ).toEqual(['bundle', 'bundle.version']);
  });

  it('NET-05 lists a referrer with a forged signature, which never verifies', async () => {
    const image = layout.list(layout.image());
    const forged = sigstore
      .signStatement({
        subject: [{ name: 'widget', digest: { sha256: image.digest.slice(7) } }],
        signature: (right) => Buffer.concat([right.subarray(0, -1), Buffer.from([(right.at(-1) ?? 0) ^ 1])]),
      })
      .text();
    const empty = forged.replace(/"sig":"[^"]*"/, '"sig":""');
    layout.list(refer(image, forged));
    layout.list(refer(image, empty));
    const { collected } = await read();
    expect(collected.answer).toBe('complete');
    const codes = collected.attestations.map(({ bytes }) => refusedWith(Buffer.from(bytes).toString()));
    expect(codes).toEqual(['dsse.signature', 'bundle.malformed']);
  });

  it('NET-05 lists an unsigned statement of a referrer as what it is, and none of BuildKit', async () => {
    const statement =
      '{"_type":"https://in-toto.io/Statement/v1","predicateType":"https://slsa.dev/provenance/v1"}';
    const layer = layout.blob(statement, OCI.statement);
    const platform = layout.image();
    const buildkit = { ...layout.attesting([layer], platform), annotations: BUILDKIT };
    layout.list(layout.imageIndex([platform, buildkit]));
    expect((await read(`@${platform.digest}`)).collected.answer).toBe('absent');
    layout.list(layout.attesting([layer], platform, { annotations: { other: '1' } }));
    const { collected } = await read(`@${platform.digest}`);
    expect(collected.attestations).toMatchObject([{ mediaType: OCI.statement }]);
    expect(parseAttestations(collected.attestations)).toMatchObject([
      { parsed: { finding: 'attestation.unverified' } },
    ]);
  });

  it('carry the label of their predicate type, for the comparison with what is signed', async () => {
    const image = layout.list(layout.image());
    const label = { 'dev.sigstore.bundle.predicateType': 'https://slsa.dev/provenance/v1' };
    layout.list(layout.attesting([bundleLayer('{}')], image, { annotations: label }));
    expect((await read()).collected.attestations).toMatchObject([
      { claimedPredicateType: 'https://slsa.dev/provenance/v1' },
    ]);
  });

  it.each(['manifest', 'layer'] as const)('are partial when a %s is listed and not there', async (what) => {
    const image = layout.list(layout.image());
    layout.list(refer(image));
    const layer = bundleLayer('{"absent":1}');
    const absent = layout.list(layout.attesting([layer], image));
    layout.removeBlob(what === 'manifest' ? absent : layer);
    // What is not there could be another image, so the image is named.
    const { collected } = await read(`@${image.digest}`);
    expect(collected).toMatchObject({
      answer: 'partial',
      reason: 'layout lists 1 manifests or attestations that it does not hold',
    });
    expect(collected.attestations).toHaveLength(1);
  });

  it('are complete although the layout lacks a platform of the image, which cannot refer to its index', async () => {
    const [here, away] = [layout.image('here'), layout.image('away')];
    layout.removeBlob(away);
    layout.list(layout.imageIndex([here, away]));
    expect((await read()).collected.answer).toBe('absent');
  });
});

describe('a layout whose content is not what it seems', () => {
  const parts: Record<string, () => DescriptorJson> = {
    image: () => layout.list(layout.image()),
    'platform of the image': () => {
      const platform = layout.image();
      layout.list(layout.imageIndex([platform]));
      return platform;
    },
    referrer: () => layout.list(refer(layout.list(layout.image()))),
    'manifest of the fallback tag': () => {
      const image = layout.list(layout.image());
      const referrer = refer(image);
      layout.list(layout.imageIndex([referrer]), { [REF_NAME]: `sha256-${image.digest.slice(7)}` });
      return referrer;
    },
    attestation: () => {
      const image = layout.list(layout.image());
      const layer = bundleLayer(bundleOf(image));
      layout.list(layout.attesting([layer], image));
      return layer;
    },
  };

  it.each(Object.keys(parts))('NET-01 denies another content under the digest of the %s', async (name) => {
    const part = parts[name]?.() ?? layout.image();
    const other = JSON.stringify({ schemaVersion: 2, mediaType: OCI.manifest, config: {}, layers: [] });
    layout.replaceBlob(part, other.padEnd(part.size));
    const error = await refused();
    expect(error.finding).toMatch(/^registry\.digest-mismatch$/);
    if (other.length <= part.size) expect(error).toMatchObject({ expected: part.digest, exitCode: 1 });
  });

  it.each([
    ['longer', 1],
    ['shorter', -1],
  ])('NET-01 denies content that is %s than its descriptor says', async (_, difference) => {
    const image = layout.image();
    layout.list({ ...image, size: image.size - difference });
    const error = await refused();
    expect(error).toMatchObject({
      finding: 'registry.digest-mismatch',
      expected: `${image.size - difference} bytes`,
    });
  });

  it('NET-03 denies one digest that is listed as image and as index', async () => {
    const image = layout.list(layout.image());
    layout.list({ ...image, mediaType: OCI.index });
    expect(await refused()).toMatchObject({ finding: 'registry.ambiguous-manifest', exitCode: 1 });
  });

  it.each<[string, Record<string, unknown>]>([
    ['with both kinds of members', { manifests: [] }],
    ['with another media type inside', { mediaType: OCI.dockerManifest }],
    ['with a member that differs by case alone', { Layers: [] }],
    ['with a member of the other kind that is null', { manifests: null }],
  ])('NET-03 denies an image %s', async (_, changes) => {
    layout.list({ ...layout.image('widget', changes), mediaType: OCI.manifest });
    expect((await refused()).finding).toBe('registry.ambiguous-manifest');
  });

  it('NET-03 denies such a referrer too', async () => {
    const image = layout.list(layout.image());
    layout.list(layout.attesting([bundleLayer(bundleOf(image))], image, { manifests: [] }));
    expect((await refused()).finding).toBe('registry.ambiguous-manifest');
  });

  it.each<[string, (image: DescriptorJson) => DescriptorJson]>([
    [
      'schema 1',
      (image) => ({ ...image, mediaType: 'application/vnd.docker.distribution.manifest.v1+prettyjws' }),
    ],
    ['an unknown kind', (image) => ({ ...image, mediaType: 'application/json' })],
    ['an unknown digest algorithm', (image) => ({ ...image, digest: `sha1:${'a'.repeat(40)}` })],
    ['an upper-case digest', (image) => ({ ...image, digest: `sha256:${'A'.repeat(64)}` })],
    ['a short digest', (image) => ({ ...image, digest: 'sha256:abcd' })],
    ['a digest that is a path', (image) => ({ ...image, digest: 'sha256:../../index.json' })],
  ])('NET-12 denies %s', async (_, edit) => {
    layout.list(edit(layout.image()));
    expect(await refused()).toMatchObject({ finding: 'registry.unsupported-manifest', exitCode: 1 });
  });

  it.each<[string, Partial<DescriptorJson>]>([
    ['urls', { urls: ['https://elsewhere.example/layer'] }],
    [
      'a nondistributable type',
      { mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip' },
    ],
    ['a foreign type', { mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' }],
  ])('NET-12 denies an image with layers of %s, of a platform too', async (_, changes) => {
    const layers = [layout.blob('layer', OCI.layer, changes)];
    const image = layout.image('windows', { layers });
    layout.list(image);
    const error = await refused();
    expect(error.finding).toBe('registry.unsupported-manifest');
    expect(error.actual).toContain(layers[0]?.digest);
    layout.index.length = 0;
    const index = layout.imageIndex([layout.image(), image]);
    layout.list(index);
    expect((await refused()).finding).toBe('registry.unsupported-manifest');
    layout.index.length = 0;
    layout.list(layout.imageIndex([layout.imageIndex([index])]));
    expect((await refused()).finding).toBe('registry.unsupported-manifest');
  });

  it.each<[string, () => void, string, number]>([
    [
      'an unknown version',
      () => {
        layout.files.marker = '{"imageLayoutVersion":"2.0.0"}';
      },
      'registry.unsupported-manifest',
      1,
    ],
    [
      'a marker without version',
      () => {
        layout.files.marker = '{}';
      },
      'registry.malformed-response',
      2,
    ],
    [
      'no marker',
      () => {
        layout.files.marker = null;
      },
      'usage.artifact',
      64,
    ],
    [
      'no index',
      () => {
        layout.files.index = null;
      },
      'usage.artifact',
      64,
    ],
    [
      'an index that is no JSON',
      () => {
        layout.files.index = '<html>';
      },
      'registry.malformed-response',
      2,
    ],
    [
      'an index with a key twice',
      () => {
        layout.files.index = '{"schemaVersion":2,"manifests":[],"manifests":[]}';
      },
      'registry.ambiguous-manifest',
      1,
    ],
    [
      'an index without manifests',
      () => {
        layout.files.index = { manifests: undefined };
      },
      'registry.malformed-response',
      2,
    ],
    [
      'an index whose manifests are null',
      () => {
        layout.files.index = { manifests: null };
      },
      'registry.malformed-response',
      2,
    ],
    [
      'an index whose manifests are a text',
      () => {
        layout.files.index = { manifests: 'x' };
      },
      'registry.malformed-response',
      2,
    ],
    [
      'an index that is an image',
      () => {
        layout.files.index = { mediaType: OCI.manifest };
      },
      'registry.ambiguous-manifest',
      1,
    ],
    [
      'an empty index',
      () => {
        layout.index.length = 0;
      },
      'usage.artifact',
      64,
    ],
  ])('is refused with %s', async (_, spoil, code, exitCode) => {
    layout.list(layout.image());
    spoil();
    expect(await refused()).toMatchObject({ finding: code, exitCode });
  });
});

describe('a layout that would exhaust its reader', () => {
  it('RES-01 blocks more attestations than can be considered, instead of taking the first', async () => {
    const image = layout.list(layout.image());
    const layers = Array.from({ length: LIMITS.attestations + 1 }, (_, index) =>
      bundleLayer(`{"a":${index}}`),
    );
    layout.list(layout.attesting(layers.slice(0, 600), image));
    layout.list(layout.attesting(layers.slice(600), image));
    expect(await refused()).toMatchObject({ finding: 'limit.attestations', exitCode: 2 });
  });

  it('RES-01 blocks more referrers than can be followed', async () => {
    const image = layout.list(layout.image());
    for (let index = 0; index < LIMITS.manifests; index += 1) {
      const manifest = layout.attesting([], image, { annotations: { index: String(index) } });
      layout.removeBlob(manifest);
      layout.list(manifest);
    }
    expect(await refused()).toMatchObject({ finding: 'limit.attestations', exitCode: 2 });
    layout.index.pop();
    expect((await read(`@${image.digest}`)).collected.answer).toBe('partial');
  });

  it('RES-01 blocks an attestation that is too large before it is read', async () => {
    const image = layout.list(layout.image());
    layout.list(layout.attesting([{ ...bundleLayer('{}'), size: LIMITS.attestationBytes + 1 }], image));
    expect(await refused()).toMatchObject({ finding: 'limit.bytes', exitCode: 1 });
  });

  it('RES-08 blocks a manifest that is too large before it is read', async () => {
    layout.list({ ...layout.image(), size: LIMITS.manifestBytes + 1 });
    expect(await refused()).toMatchObject({ finding: 'limit.graph', exitCode: 2 });
  });

  it('RES-08 blocks an index.json that is too large', async () => {
    layout.files.index = ' '.repeat(LIMITS.manifestBytes + 1);
    expect(await refused()).toMatchObject({ finding: 'limit.graph', exitCode: 2 });
  });

  it('RES-08 blocks indexes nested without end', async () => {
    let inner = layout.image();
    for (let depth = 0; depth < LIMITS.manifestDepth; depth += 1) inner = layout.imageIndex([inner]);
    layout.list(inner);
    expect(await refused()).toMatchObject({ finding: 'limit.graph', exitCode: 2 });
  });

  it('RES-08 ends on a cycle, which only false digests can make', async () => {
    const [first, second] = ['a', 'b'].map((letter) => `sha256:${letter.repeat(64)}`);
    const entryOf = (digest = '', size = 0): DescriptorJson => ({ mediaType: OCI.index, digest, size });
    const body = (digest = ''): string =>
      JSON.stringify({ schemaVersion: 2, mediaType: OCI.index, manifests: [entryOf(digest, 250)] }).padEnd(
        250,
      );
    layout.replaceBlob(entryOf(first), body(second));
    layout.replaceBlob(entryOf(second), body(first));
    layout.list(entryOf(first, 250));
    expect(await refused()).toMatchObject({ finding: 'registry.digest-mismatch', expected: first });
  });

  it('RES-08 reads a manifest once, however often it is listed', async () => {
    const image = layout.image();
    layout.list(layout.imageIndex(Array.from({ length: 1_500 }, () => image)));
    expect((await read()).collected.answer).toBe('absent');
    layout.index.length = 0;
    const wide = Array.from({ length: 12 }, (_, index) =>
      layout.imageIndex(
        Array.from({ length: LIMITS.manifests }, () => image),
        { annotations: { index: String(index) } },
      ),
    );
    layout.list(layout.imageIndex(wide));
    expect(await refused()).toMatchObject({ finding: 'limit.attestations', exitCode: 2 });
  });
});

describe('a layout with links', () => {
  const good = (): DescriptorJson => {
    const image = layout.list(layout.image());
    layout.list(refer(image));
    layout.write(directory());
    return image;
  };
  /** Moves a part of the layout away and puts a link to it in its place. */
  const link = (...names: string[]): void => {
    const target = join(folder, 'outside');
    renameSync(join(directory(), ...names), target);
    symlinkSync(target, join(directory(), ...names));
  };
  const readThere = (): Promise<OciLayout> => readOciLayout(directory());

  it.each([['blobs'], ['blobs/sha256'], ['index.json'], ['oci-layout']])(
    'PTH-02 denies %s as a link',
    async (name) => {
      good();
      link(name);
      const error = await refused(readThere());
      expect(error).toMatchObject({ finding: 'path.symlink', actual: name, exitCode: 1 });
    },
  );

  it('PTH-02 denies a blob that is a link, although its content is right', async () => {
    const { digest } = good();
    link('blobs', ...digest.split(':'));
    expect(await refused(readThere())).toMatchObject({
      finding: 'path.symlink',
      actual: join('blobs', ...digest.split(':')),
    });
  });

  it('PTH-02 denies chains of links and links that lead nowhere or in circles', async () => {
    const { digest } = good();
    const path = join(directory(), 'blobs', ...digest.split(':'));
    link('blobs', ...digest.split(':'));
    symlinkSync(path, join(folder, 'second'));
    for (const target of [join(folder, 'second'), join(folder, 'nowhere'), path]) {
      rmSync(path);
      symlinkSync(target, path);
      expect((await refused(readThere())).finding).toBe('path.symlink');
    }
  });

  it('PTH-02 reads no directory or other thing in the place of a blob', async () => {
    const { digest } = good();
    const path = join(directory(), 'blobs', ...digest.split(':'));
    rmSync(path);
    mkdirSync(path);
    expect((await refused(readThere())).finding).toBe('path.unreadable');
    rmSync(join(directory(), 'blobs'), { recursive: true });
    writeFileSync(join(directory(), 'blobs'), '');
    expect((await refused(readThere())).finding).toBe('path.unreadable');
  });

  it('PTH-03 is read itself through a link, for the caller named it', async () => {
    const { digest } = good();
    symlinkSync(directory(), join(folder, 'linked'));
    expect((await readOciLayout(join(folder, 'linked'))).artifact.digest).toBe(digest);
  });
});
