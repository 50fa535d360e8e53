import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DECISION_TYPE } from '../../src/core/evidence/record.ts';
import { VERIFICATION_SUMMARY_TYPE } from '../../src/core/model/verification-summary.ts';
import { ensureBuilt, run } from '../e2e/built.ts';
import { ownWorkflowRun, signerUri } from '../kit/github-run.ts';
import { createImageFolder, type ImageFolder } from '../kit/image-folder.ts';
import { type ImageKind, type MadeImage, makeImage, TAG } from '../registry/images.ts';
import { fallbackTag, pushOnce } from '../stack/push.ts';
import { startDistribution, startOciregd, type TestRegistry } from '../stack/registry.ts';
import { githubTokenClaims } from '../stack/sigstore/claims.ts';
import { startSigstore } from '../stack/sigstore/index.ts';
import { clientEnvironment } from './registry-clients.ts';
import { runClient, runGood, withoutGo } from './tools.ts';

const REPOSITORY = 'octo-org/widget';

interface Attached {
  readonly place: { readonly kind: string; readonly tag?: string };
  readonly referrers: readonly {
    readonly document: string;
    readonly form: string;
    readonly digest: string;
    readonly predicateType: string;
  }[];
}

describe.skipIf(withoutGo)('what we attach to images of real registries', () => {
  let folder: ImageFolder;
  let recordKey: string;
  let strangersKey: string;
  const images: MadeImage[] = [];
  beforeAll(async () => {
    await ensureBuilt();
    folder = await createImageFolder();
    const publicOf = (name: string): string =>
      folder.write(
        `${name}.pub`,
        String(
          createPublicKey(readFileSync(folder.file(`${name}.pem`))).export({ type: 'spki', format: 'pem' }),
        ),
      );
    recordKey = publicOf('records');
    strangersKey = publicOf('checkpoints');
  });
  afterAll(() => {
    for (const image of images) image.remove();
    folder?.remove();
  });

  describe.each([
    ['ociregd', 'referrers', () => startOciregd()],
    ['ociregd with tokens and TLS', 'referrers', () => startOciregd({ auth: 'token', tls: true })],
    ['ociregd without the referrers API', 'tag', () => startOciregd({ quirks: ['no-referrers'] })],
    ['distribution with a password and TLS', 'tag', () => startDistribution({ auth: 'basic', tls: true })],
    ['distribution with tokens of another origin', 'tag', () => startDistribution({ auth: 'token' })],
  ] as const)('in %s', (name, place, start) => {
    let registry: TestRegistry;
    beforeAll(async () => {
      registry = await start();
    });
    afterAll(() => registry?.stop());

    const pushNew = async (kind: ImageKind): Promise<string> => {
      const image = makeImage(kind, 'good');
      images.push(image);
      await pushOnce(registry, REPOSITORY, image.directory, { fallbackTags: place === 'tag' });
      return image.digest;
    };
    const nameOf = (digest: string): string => `${registry.host}/${REPOSITORY}@${digest}`;
    const env = () => clientEnvironment(folder.path, registry);
    const flags = (): readonly string[] => {
      const { DOCKER_CONFIG = '', SSL_CERT_FILE } = env();
      return [
        ...['--allow-host', registry.host, '--registry-config', `${DOCKER_CONFIG}/config.json`],
        ...(registry.tokenHost === undefined ? [] : ['--allow-host', registry.tokenHost]),
        ...(SSL_CERT_FILE === undefined ? [] : ['--ca-file', SSL_CERT_FILE]),
      ];
    };
    const attach = async (digest: string, argv: readonly string[] = []): Promise<Attached> => {
      const ran = await folder.attach(nameOf(digest), [...flags(), '--json', ...argv]);
      if (ran.exit !== 0) throw new Error(`${ran.exit}: ${ran.stdout}${ran.stderr}`);
      return JSON.parse(ran.stdout) as Attached;
    };
    const allow = async (digest: string, argv: readonly string[] = []) =>
      expect(await folder.gateImage(nameOf(digest), [...flags(), ...argv])).toMatchObject({ exit: 0 });
    const cosign = (digest: string, type: string, key = recordKey) =>
      runClient(
        'cosign',
        ['verify-attestation', '--insecure-ignore-tlog', '--key', key, '--type', type, nameOf(digest)],
        env(),
      );
    /** The flags by which oras reaches the registry. */
    const orasFlags = (): readonly string[] => {
      const { DOCKER_CONFIG = '', SSL_CERT_FILE } = env();
      return [
        ...(SSL_CERT_FILE === undefined ? ['--plain-http'] : ['--ca-file', SSL_CERT_FILE]),
        ...['--registry-config', join(DOCKER_CONFIG, 'config.json')],
      ];
    };

    it.each(['image', 'index'] as const)('%s: cosign verifies summary and decision', async (kind) => {
      const digest = await pushNew(kind);
      await allow(digest);
      expect((await cosign(digest, VERIFICATION_SUMMARY_TYPE)).exit).not.toBe(0);
      const attached = await attach(digest);
      expect(attached.place).toEqual(
        place === 'tag' ? { kind: 'tag', tag: fallbackTag(digest) } : { kind: 'referrers' },
      );
      for (const type of [VERIFICATION_SUMMARY_TYPE, DECISION_TYPE]) {
        const ran = await cosign(digest, type);
        expect(ran).toMatchObject({
          exit: 0,
          stderr: expect.stringContaining('against the specified public key'),
        });
        const [line = ''] = ran.stdout.trim().split('\n');
        const statement = JSON.parse(Buffer.from(JSON.parse(line).payload, 'base64').toString());
        expect(statement).toMatchObject({
          predicateType: type,
          subject: [{ digest: { sha256: digest.replace('sha256:', '') } }],
        });
        expect((await cosign(digest, type, strangersKey)).exit).not.toBe(0);
      }
      expect((await cosign(digest, 'slsaprovenance1')).exit).not.toBe(0);
    });

    // oras asks no token server on loopback under another name than the registry's.
    if (!name.includes('of another origin'))
      it('oras discovers and pulls them, beside what was there', async () => {
        const digest = await pushNew('image');
        await allow(digest);
        const { referrers } = await attach(digest);
        const found = JSON.parse(
          await runGood('oras', ['discover', '--format', 'json', ...orasFlags(), nameOf(digest)], env()),
        ) as { readonly referrers: readonly { readonly digest: string; readonly artifactType: string }[] };
        const listed = found.referrers.map((one) => one.digest);
        expect(listed).toHaveLength(5);
        expect(listed).toEqual(expect.arrayContaining(referrers.map((one) => one.digest)));
        const output = folder.file(`pulled-${name.replace(/\W/g, '-')}`);
        const [, envelope] = referrers;
        await runGood('oras', ['pull', ...orasFlags(), '-o', output, nameOf(envelope?.digest ?? '')], env());
        const pulled = await runGood(
          'oras',
          ['manifest', 'fetch', ...orasFlags(), nameOf(envelope?.digest ?? '')],
          env(),
        );
        const [layer] = (JSON.parse(pulled) as { layers: { annotations: Record<string, string> }[] }).layers;
        const title = layer?.annotations['org.opencontainers.image.title'] ?? '';
        expect(JSON.parse(readFileSync(join(output, title), 'utf8'))).toMatchObject({
          payloadType: 'application/vnd.in-toto+json',
        });
      });

    it('is the same when it is attached again, and the image is allowed as before', async () => {
      const digest = await pushNew('image');
      await allow(digest);
      const first = await attach(digest);
      expect(await attach(digest)).toEqual(first);
      await allow(digest, ['--request-id', 'again']);
    });

    it('a tag names the image after its allow', async () => {
      const digest = await pushNew('image');
      const image = `${registry.host}/${REPOSITORY}:${TAG}`;
      const ran = await folder.gateImage(image, [...flags(), '--promote', 'production']);
      expect(ran).toMatchObject({ exit: 0 });
      expect(await runGood('crane', ['digest', `${registry.host}/${REPOSITORY}:production`], env())).toBe(
        `${digest}\n`,
      );
    });
  });

  /** Decides about a new image by another log, and attaches what was decided. */
  const decideInto = async (
    registry: TestRegistry,
    log: string,
    init: readonly string[],
    argv: readonly string[] = [],
  ): Promise<string> => {
    const file = folder.file(`${log}.yaml`);
    const made = await run([
      ...['evidence', 'init', file, '--origin', `example.com/${log}`],
      ...['--verifier-id', 'https://example.com/slsa-gate', '--checkpoint-signer', 'key:checkpoints.pem'],
      ...['--store', `sqlite:${log}.db`, '--pin', `file:${log}.txt`, ...init],
    ]);
    if (made.exit !== 0) throw new Error(made.stderr);
    const image = makeImage('image', 'good');
    images.push(image);
    await pushOnce(registry, REPOSITORY, image.directory);
    const name = `${registry.host}/${REPOSITORY}@${image.digest}`;
    const flags = ['--allow-host', registry.host];
    expect(await folder.gateImage(name, [...flags, ...argv], file)).toMatchObject({ exit: 0 });
    expect(await folder.attach(name, flags, file)).toMatchObject({ exit: 0 });
    return name;
  };

  it('cosign verifies what a key on Ed25519 signed', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    folder.write('ed25519.pem', String(privateKey.export({ type: 'pkcs8', format: 'pem' })));
    const key = folder.write('ed25519.pub', String(publicKey.export({ type: 'spki', format: 'pem' })));
    const registry = await startOciregd();
    try {
      const name = await decideInto(registry, 'ed25519', ['--signer', 'key:ed25519.pem']);
      const argv = ['verify-attestation', '--insecure-ignore-tlog', '--key', key];
      const asked = [...argv, '--type', VERIFICATION_SUMMARY_TYPE, name];
      expect(await runClient('cosign', asked, clientEnvironment(folder.path, registry))).toMatchObject({
        exit: 0,
      });
    } finally {
      await registry.stop();
    }
  });

  it('cosign verifies what an identity signed, and oras finds no second form of it', async () => {
    const sigstore = await startSigstore();
    const registry = await startOciregd();
    try {
      const subject = signerUri(ownWorkflowRun());
      const issuer = sigstore.issuer.urlOf('actions');
      const profile = {
        schemaVersion: 1,
        fulcioUrl: sigstore.fulcioUrl,
        rekorUrl: sigstore.rekorUrl,
        rekorVersion: 1,
        audience: 'sigstore',
      };
      folder.write('profile.yaml', JSON.stringify(profile));
      folder.write('private_root.json', JSON.stringify(sigstore.trustedRoot));
      const token = sigstore.issuer.token('actions', githubTokenClaims(ownWorkflowRun()));
      const name = await decideInto(
        registry,
        'identity',
        [
          ...['--signer', 'sigstore:profile.yaml', '--certificate-identity', subject],
          ...['--certificate-oidc-issuer', issuer, '--trusted-root', 'private_root.json'],
        ],
        ['--identity-token-file', folder.write('token', token)],
      );
      const env = clientEnvironment(folder.path, registry);
      const verify = (identity: string, type: string) =>
        runClient(
          'cosign',
          [
            ...['verify-attestation', '--trusted-root', sigstore.files.trustedRoot, '--type', type],
            ...['--certificate-identity', identity, '--certificate-oidc-issuer', issuer, name],
          ],
          env,
        );
      for (const type of [VERIFICATION_SUMMARY_TYPE, DECISION_TYPE]) {
        expect(await verify(subject, type)).toMatchObject({ exit: 0 });
        expect((await verify('https://github.com/octo-org/other', type)).exit).not.toBe(0);
      }
      const found = await runGood('oras', ['discover', '--format', 'json', '--plain-http', name], env);
      // One attestation of the build, and one bundle for each document.
      expect((JSON.parse(found) as { readonly referrers: readonly object[] }).referrers).toHaveLength(3);
    } finally {
      await registry.stop();
      await sigstore.stop();
    }
  });
});
