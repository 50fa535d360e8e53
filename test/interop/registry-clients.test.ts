import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateWith, sigstore } from '../kit/gate.ts';
import { hash } from '../kit/keys.ts';
import { OCI } from '../kit/oci-layout.ts';
import { type Answered, createReader } from '../registry/ask.ts';
import { type ImageKind, makeImage, TAG } from '../registry/images.ts';
import { startDistribution, startOciregd, type TestRegistry } from '../stack/registry.ts';
import { clientEnvironment } from './registry-clients.ts';
import { runGood, withoutGo } from './tools.ts';

const REPOSITORY = 'octo-org/widget';

describe.skipIf(withoutGo)('images that crane and oras pushed, with what oras attached', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slsa-gate-clients-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  describe.each([
    ['ociregd', () => startOciregd()],
    ['ociregd with tokens and TLS', () => startOciregd({ auth: 'token', tls: true })],
    ['distribution with a password and TLS', () => startDistribution({ auth: 'basic', tls: true })],
    ['distribution, open to all', () => startDistribution()],
  ] as const)('in %s', (_, start) => {
    let registry: TestRegistry;
    beforeAll(async () => {
      registry = await start();
    });
    afterAll(() => registry?.stop());

    const ask = async (path: string): Promise<Answered> => {
      const reader = createReader(registry);
      try {
        return await reader.ask(path);
      } finally {
        await reader.close();
      }
    };
    /** The flags by which oras reaches a registry; `to-` before them where it copies. */
    const orasFlags = (env: Readonly<Record<string, string>>, prefix = ''): readonly string[] => [
      ...(registry.caPem === undefined
        ? [`--${prefix}plain-http`]
        : [`--${prefix}ca-file`, env.SSL_CERT_FILE ?? '']),
      ...[`--${prefix}registry-config`, join(env.DOCKER_CONFIG ?? '', 'config.json')],
    ];

    const cases = (['crane', 'oras'] as const).flatMap((client) =>
      (['image', 'index'] as const satisfies readonly ImageKind[]).map((kind) => ({ client, kind })),
    );
    it.each(cases)('$kind by $client: what oras attaches is found, and allowed', async ({ client, kind }) => {
      const image = makeImage(kind, 'withheld');
      const env = clientEnvironment(folder, registry);
      const name = `${registry.host}/${REPOSITORY}`;
      if (client === 'oras') {
        const source = ['--from-oci-layout', `${image.directory}:${TAG}`];
        await runGood('oras', ['cp', ...orasFlags(env, 'to-'), ...source, `${name}:${TAG}`], env);
      } else if (kind === 'image') await runGood('crane', ['push', image.directory, `${name}:${TAG}`], env);
      else await runGood('crane', ['push', '--index', image.directory, `${name}:${TAG}-nested`], env);

      const reference = `${REPOSITORY}@${image.digest}`;
      expect(await ask(reference)).toMatchObject({ collected: { answer: 'absent', attestations: [] } });

      const bundle = join(folder, 'bundle.json');
      const subject = [{ name: 'widget', digest: { sha256: image.digest.replace('sha256:', '') } }];
      writeFileSync(bundle, sigstore.signStatement({ subject }).text());
      const what = [
        '--artifact-type',
        OCI.bundle,
        `${registry.host}/${reference}`,
        `${bundle}:${OCI.bundle}`,
      ];
      await runGood('oras', ['attach', '--disable-path-validation', ...orasFlags(env), ...what], env);

      const { collected, digests } = await ask(reference);
      expect(collected.answer).toBe('complete');
      expect(digests).toEqual([hash('sha256', readFileSync(bundle)).toString('hex')]);
      const decided = await evaluateWith({ artifact: image.bytes, sources: [collected] });
      expect(decided).toMatchObject({ verdict: 'allow', faults: [] });
      image.remove();
    });
  });
});
