import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GITHUB_ISSUER, generatorRun, signerUri } from '../kit/github-run.ts';
import { type Answered, createReader } from '../registry/ask.ts';
import { type ImageKind, type MadeImage, makeImage } from '../registry/images.ts';
import { pushOnce } from '../stack/push.ts';
import { startDistribution, startOciregd, type TestRegistry } from '../stack/registry.ts';
import { type PrivateSigstore, startSigstore } from '../stack/sigstore/index.ts';
import {
  type Attesting,
  attest,
  type CosignForm,
  type CosignKey,
  cosignVerifies,
  createCosignKey,
  isByKey,
} from './attest.ts';
import { decide, privatePolicy } from './private-decision.ts';
import { withoutGo } from './tools.ts';

const REGISTRIES: readonly (readonly [string, () => Promise<TestRegistry>])[] = [
  ['ociregd', () => startOciregd()],
  ['ociregd with tokens and TLS', () => startOciregd({ auth: 'token', tls: true })],
  ['distribution, which has no referrers API', () => startDistribution()],
  ['distribution with a password and TLS', () => startDistribution({ auth: 'basic', tls: true })],
  ['distribution with tokens of another origin', () => startDistribution({ auth: 'token' })],
];

const FORMS: readonly CosignForm[] = ['rekor1', 'rekor2', 'att', 'key-rekor1', 'key'];
/** A key alone proves no time: it is found, and denied. */
const FAULTS: Readonly<Partial<Record<CosignForm, readonly string[]>>> = { key: ['signature tlog.missing'] };
const KINDS: readonly ImageKind[] = ['image', 'index'];
const REPOSITORY = 'octo-org/widget';

describe.skipIf(withoutGo)('images that cosign attested under a private Sigstore', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slsa-gate-cosign-'));
  const images: MadeImage[] = [];
  let sigstore: PrivateSigstore;
  let key: CosignKey;
  beforeAll(async () => {
    sigstore = await startSigstore();
    key = await createCosignKey(folder);
  });
  afterAll(async () => {
    await sigstore?.stop();
    for (const image of images) image.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  describe.each(REGISTRIES)('in %s', (_, start) => {
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
    const ask = async ({ digest }: MadeImage): Promise<Answered> => {
      const reader = createReader(registry);
      try {
        return await reader.ask(`${REPOSITORY}@${digest}`);
      } finally {
        await reader.close();
      }
    };
    const attesting = ({ digest }: MadeImage, form: CosignForm): Attesting => ({
      sigstore,
      registry,
      folder,
      image: `${registry.host}/${REPOSITORY}@${digest}`,
      form,
      key,
    });
    const policyFor = (form: CosignForm): unknown =>
      isByKey(form)
        ? privatePolicy({
            ref: 'any',
            grantedLevel: 3,
            signer: { key: { pem: readFileSync(key.publicKey, 'utf8') } },
          })
        : privatePolicy();

    const cases = FORMS.flatMap((form) => KINDS.map((kind) => ({ form, kind })));
    it.each(cases)('$kind, attested as $form: found, and decided about', async ({ form, kind }) => {
      const image = await pushNew(kind);
      const asked = attesting(image, form);
      await attest(asked);
      expect(await cosignVerifies(asked, signerUri(generatorRun()), GITHUB_ISSUER)).toBe(true);
      const { collected } = await ask(image);
      expect(collected).toMatchObject({ answer: 'complete', attestations: [{}] });
      const decided = await decide(sigstore, {
        artifact: image.bytes,
        sources: [collected],
        policy: policyFor(form),
      });
      const faults = FAULTS[form] ?? [];
      expect(decided).toMatchObject({ verdict: faults.length === 0 ? 'allow' : 'deny', faults });
    });

    it.each(FORMS.filter((form) => !isByKey(form)))(
      "is denied with an attestation of a stranger's workflow as %s, and allowed with the right one beside it",
      async (form) => {
        const image = await pushNew('image');
        const asked = attesting(image, form);
        const run = generatorRun({ repository: 'evil-org/widget', repositoryId: '666' });
        await attest({ ...asked, run });
        const evil = await ask(image);
        expect(evil.collected.answer).toBe('complete');
        const denied = await decide(sigstore, { artifact: image.bytes, sources: [evil.collected] });
        expect(denied).toMatchObject({ verdict: 'deny', faults: ['source-uri source.mismatch'] });
        await attest(asked);
        const both = await ask(image);
        expect(both.collected.attestations).toHaveLength(2);
        const allowed = await decide(sigstore, { artifact: image.bytes, sources: [both.collected] });
        expect(allowed.verdict).toBe('allow');
      },
    );

    it('is denied without an attestation of its own, whatever lies beside it', async () => {
      const [attested, other] = [await pushNew('image'), await pushNew('image')];
      await attest(attesting(attested, 'rekor1'));
      const { collected } = await ask(other);
      expect(collected).toMatchObject({ answer: 'absent', attestations: [] });
      const decided = await decide(sigstore, { artifact: other.bytes, sources: [collected] });
      expect(decided).toMatchObject({ verdict: 'deny', faults: ['attestation attestation.missing'] });
    });
  });
});
