import { Agent, request } from 'undici';
import { openSourceRun } from '../../src/adapters/attestations/index.ts';
import { createHttpClient } from '../../src/adapters/http/index.ts';
import { evaluate } from '../../src/app/gate/evaluate.ts';
import type { GateMaterial } from '../../src/app/gate/material.ts';
import { askSources, type Wanted } from '../../src/app/sources/ask.ts';
import { parseArtifactReference } from '../../src/core/model/artifact-reference.ts';
import { toMaterial, widgetPolicy } from '../../test/kit/gate.ts';
import { PUBLIC_SOURCES } from '../../test/kit/source-settings.ts';
import { makeImage } from '../../test/registry/images.ts';
import { createPusher, pushLayout } from '../../test/stack/push.ts';
import { startOciregd, type TestRegistry } from '../../test/stack/registry.ts';
import { ratios, spreadOf } from '../measure.ts';
import type { Figure } from '../report.ts';

const IMAGES = 1_000;
const ROUNDS = 10;
const PER_ROUND = IMAGES / ROUNDS;
const AT_ONCE = 4;
/** How many times as long as verification and the bare exchanges finding and deciding may take. */
const AT_MOST = 1.5;
const REPOSITORY = 'octo-org/widget';

interface Image {
  readonly digest: string;
  /** Paths below the registry, in the order in which they are read. */
  readonly paths: readonly string[];
}

/**
 * A thousand images in one process: each is resolved, its bundle found, and decided by both verifiers. Beside it the same
 * requests with nothing but the HTTP library, and the same decision on what was found.
 */
export async function measureManyImages(): Promise<readonly Figure[]> {
  const registry = await startOciregd();
  try {
    const images = await pushImages(registry);
    const millis: { ours: number[]; bare: number[] } = { ours: [], bare: [] };
    for (let round = 0; round < ROUNDS; round++) {
      const batch = images.slice(round * PER_ROUND, (round + 1) * PER_ROUND);
      const materials = await materialsOf(registry, batch);
      const ours = await timed(() => findAndDecide(registry, batch));
      const bare = await timed(async () => {
        await exchange(registry, batch);
        for (const material of materials) await decide(material);
      });
      millis.ours.push(ours / PER_ROUND);
      millis.bare.push(bare / PER_ROUND);
    }
    const spread = spreadOf(millis.ours);
    const share = spreadOf(ratios(millis.ours, millis.bare));
    return [
      { name: 'many.millisecondsPerImage', value: spread.median, unit: 'ms', spread },
      {
        name: 'many.timesBare',
        value: share.median,
        unit: 'ratio',
        spread: share,
        wanted: { atMost: AT_MOST },
      },
    ];
  } finally {
    await registry.stop();
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function pushImages(registry: TestRegistry): Promise<readonly Image[]> {
  const pusher = createPusher(registry);
  const images: Image[] = [];
  for (let index = 0; index < IMAGES; index++) {
    const image = makeImage('image', 'good');
    await pushLayout(pusher, REPOSITORY, image.directory);
    const [bundle = ''] = image.attached;
    const { digest } = image;
    images.push({
      digest,
      paths: [
        `manifests/${digest}`,
        `referrers/${digest}`,
        `manifests/${digest.replace(':', '-')}.att`,
        `blobs/${bundle.startsWith('sha256:') ? bundle : `sha256:${bundle}`}`,
      ],
    });
    image.remove();
  }
  await pusher.close();
  return images;
}

const wantedOf = (host: string, { digest }: Image): Wanted => {
  const text = `${host}/${REPOSITORY}@${digest}`;
  const parsed = parseArtifactReference(text);
  if (parsed.kind !== 'remote') throw new TypeError(`not an image: ${text}`);
  return {
    sources: [{ kind: 'oci', registry: host, repository: REPOSITORY }],
    remote: parsed.remote,
    digests: {},
    purl: undefined,
    fileName: undefined,
    reference: text,
  };
};

const find = ({ host }: TestRegistry, images: readonly Image[]) =>
  askSources(
    images.map((image) => wantedOf(host, image)),
    {
      viaIndex: undefined,
      given: [],
      openSources: async () =>
        openSourceRun({
          listedHosts: [host],
          ...PUBLIC_SOURCES,
          deadlineMs: 120_000,
          createHttp: (hooks) => createHttpClient({ listedHosts: [host], ...hooks }),
        }),
    },
  );

const POLICY = (() => {
  const policy = widgetPolicy();
  return { ...policy, environments: { production: { ...policy.environments.production, verifier: 'both' } } };
})();

async function materialsOf(
  registry: TestRegistry,
  images: readonly Image[],
): Promise<readonly GateMaterial[]> {
  const { asked } = await find(registry, images);
  const base = toMaterial({ policy: POLICY, signed: [] });
  return asked.map((one): GateMaterial => {
    if ('error' in one) throw one.error;
    const { reference, digests, collected, facts } = one.located;
    const artifact = { ...base.artifact, reference, digests: { ...digests } };
    return { ...base, artifact, sources: collected, facts };
  });
}

async function decide(material: GateMaterial): Promise<void> {
  const { outcome } = await evaluate(material);
  if (outcome.verdict !== 'allow') throw new TypeError(`not allowed: ${outcome.reason}`);
}

async function findAndDecide(registry: TestRegistry, images: readonly Image[]): Promise<void> {
  for (const material of await materialsOf(registry, images)) await decide(material);
}

/** The same bytes over as many connections, read to their end and looked at by nobody. */
async function exchange({ origin }: TestRegistry, images: readonly Image[]): Promise<void> {
  const agent = new Agent({ connections: 6 });
  const read = async (path: string): Promise<Buffer> => {
    const answer = await request(`${origin}/v2/${REPOSITORY}/${path}`, {
      dispatcher: agent,
      headers: {
        accept: 'application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json',
      },
    });
    return Buffer.from(await answer.body.arrayBuffer());
  };
  const queue = images.values();
  const worker = async (): Promise<void> => {
    for (const { paths } of queue) {
      const [manifest = '', referrers = '', att = '', blob = ''] = paths;
      await read(manifest);
      const [list] = await Promise.all([read(referrers), read(att)]);
      const [first] = (JSON.parse(list.toString('utf8')) as { manifests: { digest: string }[] }).manifests;
      await read(`manifests/${first?.digest}`);
      await read(blob);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await agent.destroy();
}
