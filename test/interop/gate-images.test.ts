import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt, type Ran, run } from '../e2e/built.ts';
import { createGateFolder, type GateFolder } from '../kit/gate-folder.ts';
import { generatorRun } from '../kit/github-run.ts';
import { sha256 } from '../kit/keys.ts';
import { type ImageKind, type MadeImage, makeImage, TAG } from '../registry/images.ts';
import { pushOnce } from '../stack/push.ts';
import { startDistribution, startOciregd, type TestRegistry } from '../stack/registry.ts';
import { type PrivateSigstore, startSigstore } from '../stack/sigstore/index.ts';
import { provenanceOf, signStatement } from '../stack/sigstore/sign.ts';
import {
  type Attesting,
  attest,
  type CosignForm,
  type CosignKey,
  createCosignKey,
  isByKey,
} from './attest.ts';
import { privateCatalogue, privatePolicy } from './private-decision.ts';
import { clientEnvironment } from './registry-clients.ts';
import { withoutGo } from './tools.ts';
import { toCertifiedEnvelope, withoutLogEntry } from './unlogged.ts';

const REPOSITORY = 'octo-org/widget';
const EVIL = generatorRun({ repository: 'evil-org/widget', repositoryId: '666' });
const FORMS: readonly CosignForm[] = ['rekor1', 'rekor2', 'att', 'key-rekor1'];
const KINDS: readonly ImageKind[] = ['image', 'index'];

interface Answer {
  readonly verdict: string;
  readonly results: readonly {
    readonly verdict: string;
    readonly artifact: { readonly reference: string; readonly digest: string };
    readonly recordId: string | null;
    readonly findings: readonly { readonly rule: string; readonly code: string; readonly outcome: string }[];
    readonly sources: readonly { readonly name: string; readonly answer: string }[];
  }[];
}

describe.skipIf(withoutGo)('the built command, and images of real registries', () => {
  let sigstore: PrivateSigstore;
  let folder: GateFolder;
  let key: CosignKey;
  const images: MadeImage[] = [];
  beforeAll(async () => {
    await ensureBuilt();
    sigstore = await startSigstore();
    folder = await createGateFolder();
    key = await createCosignKey(folder.path);
    folder.write('catalogue.json', privateCatalogue(sigstore));
    const byKey = {
      ref: 'any',
      grantedLevel: 3,
      signer: { key: { pem: readFileSync(key.publicKey, 'utf8') } },
    };
    folder.write('policy.json', policyFor());
    folder.write('policy-key.json', policyFor(byKey));
  });
  afterAll(async () => {
    for (const image of images) image.remove();
    folder?.remove();
    await sigstore?.stop();
  });

  /** Any package, under the private root. */
  const policyFor = (builder: object = {}): string => {
    const root = JSON.stringify(sigstore.trustedRoot);
    folder.write('trusted_root.json', root);
    const policy = privatePolicy(builder);
    return JSON.stringify({
      ...policy,
      trust: {
        roots: { private: { file: 'trusted_root.json', sha256: sha256(Buffer.from(root)).toString('hex') } },
      },
      packages: policy.packages.map((entry) => ({
        ...entry,
        package: { glob: 'pkg:*/**' },
        viaIndex: true,
      })),
      environments: { production: { ...policy.environments.production, trustedRoots: ['private'] } },
    });
  };

  const gate = async (
    artifact: string,
    flags: readonly string[],
    policy = 'policy.json',
  ): Promise<Ran & { readonly answer: Answer }> => {
    const argv = [
      ...['gate', artifact, '--json', '--policy', policy, '--catalogue', 'catalogue.json'],
      ...['--to', 'production', '--evidence', 'evidence.yaml', '--ephemeral-evidence', '--without-cache'],
      ...flags,
    ];
    const ran = await run(argv, { cwd: folder.path });
    const answer = JSON.parse(ran.stdout) as Answer | { readonly error: { readonly finding: string } };
    return { ...ran, answer: 'error' in answer ? { verdict: answer.error.finding, results: [] } : answer };
  };
  const failed = ({ answer }: { readonly answer: Answer }): readonly string[] =>
    answer.results.flatMap(({ findings }) =>
      findings
        .filter(({ outcome }) => outcome === 'fail' || outcome === 'error')
        .map(({ rule, code }) => `${rule} ${code}`),
    );

  describe.each([
    ['ociregd', () => startOciregd()],
    ['ociregd with tokens and TLS', () => startOciregd({ auth: 'token', tls: true })],
    ['distribution with a password and TLS', () => startDistribution({ auth: 'basic', tls: true })],
    ['distribution with tokens of another origin', () => startDistribution({ auth: 'token' })],
  ] as const)('in %s', (_, start) => {
    let registry: TestRegistry;
    beforeAll(async () => {
      registry = await start();
    });
    afterAll(() => registry?.stop());

    const pushNew = async (kind: ImageKind): Promise<MadeImage> => {
      const image = makeImage(kind, 'withheld');
      images.push(image);
      await pushOnce(registry, REPOSITORY, image.directory);
      return image;
    };
    const nameOf = ({ digest }: MadeImage): string => `${registry.host}/${REPOSITORY}@${digest}`;
    const attesting = (image: MadeImage, form: CosignForm): Attesting => ({
      ...{ sigstore, registry, form, key },
      folder: folder.path,
      image: nameOf(image),
    });
    const networkFlags = (): readonly string[] => {
      const { DOCKER_CONFIG = '', SSL_CERT_FILE } = clientEnvironment(folder.path, registry);
      return [
        ...['--allow-host', registry.host, '--registry-config', `${DOCKER_CONFIG}/config.json`],
        ...(registry.tokenHost === undefined ? [] : ['--allow-host', registry.tokenHost]),
        ...(SSL_CERT_FILE === undefined ? [] : ['--ca-file', SSL_CERT_FILE]),
      ];
    };

    const cases = FORMS.flatMap((form) => KINDS.map((kind) => ({ form, kind })));
    it.each(cases)('allows an $kind that cosign attested as $form', async ({ form, kind }) => {
      const image = await pushNew(kind);
      await attest(attesting(image, form));
      const policy = isByKey(form) ? 'policy-key.json' : 'policy.json';
      const ran = await gate(`${registry.host}/${REPOSITORY}:${TAG}`, networkFlags(), policy);
      expect(failed(ran)).toEqual([]);
      expect(ran).toMatchObject({ exit: 0, answer: { verdict: 'allow' } });
      const [result] = ran.answer.results;
      expect(result).toMatchObject({
        artifact: { reference: nameOf(image), digest: image.digest },
        recordId: expect.stringMatching(/^rec_/),
        sources: expect.arrayContaining([{ name: `oci:${registry.host}/${REPOSITORY}`, answer: 'complete' }]),
      });
    });

    it('allows a platform of an attested index only where the index is named', async () => {
      const index = await pushNew('index');
      await attest(attesting(index, 'rekor1'));
      const platform = `${registry.host}/${REPOSITORY}@${index.platforms[0]}`;
      const alone = await gate(platform, networkFlags());
      expect(alone).toMatchObject({ exit: 1, answer: { verdict: 'deny' } });
      const via = await gate(platform, [...networkFlags(), '--via-index', index.digest]);
      expect(failed(via)).toEqual([]);
      expect(via).toMatchObject({ exit: 0, answer: { verdict: 'allow' } });
    });

    it('denies without an attestation, and with that of a stranger', async () => {
      const image = await pushNew('image');
      const none = await gate(nameOf(image), networkFlags());
      expect(none).toMatchObject({ exit: 1, answer: { verdict: 'deny' } });
      expect(failed(none)).toContain('attestation attestation.missing');
      await attest({ ...attesting(image, 'rekor1'), run: EVIL });
      const evil = await gate(nameOf(image), networkFlags());
      expect(evil).toMatchObject({ exit: 1, answer: { verdict: 'deny' } });
      expect(failed(evil)).toContain('source-uri source.mismatch');
    });

    // The last one: the registry is gone.
    it('is indeterminate when the registry is down', async () => {
      const image = await pushNew('image');
      await attest(attesting(image, 'rekor1'));
      await registry.kill();
      const ran = await gate(nameOf(image), [...networkFlags(), '--timeout', '5s']);
      expect(ran).toMatchObject({ exit: 2 });
    });
  });

  describe('a file whose attestation came without its log entry', () => {
    const logFlags = (): readonly string[] => [
      ...['--source', `rekor:${sigstore.rekorUrl}`, '--allow-host', new URL(sigstore.rekorUrl).host],
    ];
    let files = 0;
    const signFile = async () => {
      const content = Buffer.from(`widget ${files++}\n`);
      const bundle = await signStatement(sigstore, provenanceOf(sha256(content).toString('hex')), {
        kind: 'intoto1',
      });
      return {
        artifact: folder.write(`widget-${files}`, content),
        bundle: folder.write(`bundle-${files}.json`, withoutLogEntry(bundle)),
        envelope: folder.write(`envelope-${files}.intoto.jsonl`, toCertifiedEnvelope(bundle)),
      };
    };

    it.each(['bundle', 'envelope'] as const)('is allowed with the entry of Rekor: %s', async (form) => {
      const file = await signFile();
      const ran = await gate(file.artifact, ['--bundle', file[form], ...logFlags()]);
      expect(failed(ran)).toEqual([]);
      expect(ran).toMatchObject({ exit: 0, answer: { verdict: 'allow' } });
    });

    it('is denied when Rekor has no such entry', async () => {
      const file = await signFile();
      sigstore.searchIndex.edit(() => []);
      const ran = await gate(file.artifact, ['--bundle', file.bundle, ...logFlags()]);
      expect(ran).toMatchObject({ exit: 1, answer: { verdict: 'deny' } });
      expect(failed(ran)).toContain('signature tlog.missing');
    });

    // The last one: the log stays down.
    it('is indeterminate when Rekor is down', async () => {
      const file = await signFile();
      await sigstore.rekor.kill();
      const ran = await gate(file.artifact, ['--bundle', file.bundle, ...logFlags()]);
      expect(ran).toMatchObject({ exit: 2, answer: { verdict: 'indeterminate' } });
    });
  });
});
