import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GithubRun, generatorRun } from '../kit/github-run.ts';
import { generatorProvenanceV02 } from '../kit/statement.ts';
import type { TestRegistry } from '../stack/registry.ts';
import { githubTokenClaims } from '../stack/sigstore/claims.ts';
import type { PrivateSigstore } from '../stack/sigstore/index.ts';
import { clientEnvironment } from './registry-clients.ts';
import { runClient, runGood } from './tools.ts';

/**
 * How `cosign attest` leaves an attestation. `rekor1`, `rekor2`: a bundle that refers to the image, logged in Rekor v1, or in
 * Rekor v2 with a timestamp; `att`: the older tag; `key-rekor1`, `key`: a bundle by a key, logged in Rekor v1 or nowhere.
 */
export type CosignForm = 'rekor1' | 'rekor2' | 'att' | 'key-rekor1' | 'key';

export const isByKey = (form: CosignForm): boolean => form === 'key' || form === 'key-rekor1';

export interface CosignKey {
  readonly privateKey: string;
  readonly publicKey: string;
}

const PASSWORD = { COSIGN_PASSWORD: 'loopback-only' };

/** A key of cosign in a folder of its own. */
export async function createCosignKey(folder: string): Promise<CosignKey> {
  const prefix = join(folder, 'cosign');
  await runGood('cosign', ['generate-key-pair', `--output-key-prefix=${prefix}`], PASSWORD);
  return { privateKey: `${prefix}.key`, publicKey: `${prefix}.pub` };
}

export interface Attesting {
  readonly sigstore: PrivateSigstore;
  readonly registry: TestRegistry;
  /** For files that cosign reads. */
  readonly folder: string;
  /** `host/repository@sha256:...` */
  readonly image: string;
  readonly form: CosignForm;
  readonly key?: CosignKey;
  readonly run?: GithubRun;
}

/** Attests an image with cosign, as a run of a workflow that builds it does. */
export async function attest(asked: Attesting): Promise<void> {
  const { sigstore, registry, folder, image, form, run = generatorRun() } = asked;
  mkdirSync(folder, { recursive: true });
  const predicate = join(folder, 'predicate.json');
  writeFileSync(predicate, JSON.stringify(generatorProvenanceV02(run, []).predicate));
  const { flags, env } = formOf(asked);
  const token = ['--identity-token', sigstore.issuer.token('actions', githubTokenClaims(run))];
  const argv = [
    ...['attest', '--yes', '--type', 'slsaprovenance02', '--predicate', predicate],
    ...flags,
    ...(isByKey(form) ? [] : token),
    image,
  ];
  await runGood('cosign', argv, { ...clientEnvironment(folder, registry), ...env });
}

function formOf({ sigstore, form, key }: Attesting): {
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
} {
  const { files, fulcioUrl, rekorUrl } = sigstore;
  switch (form) {
    case 'rekor1':
    case 'rekor2': {
      const config = files.signingConfig[form === 'rekor1' ? 'v1' : 'v2'];
      return { flags: ['--signing-config', config, '--trusted-root', files.trustedRoot], env: {} };
    }
    case 'att':
      return {
        flags: [
          ...['--new-bundle-format=false', '--use-signing-config=false'],
          ...['--fulcio-url', fulcioUrl, '--rekor-url', rekorUrl],
        ],
        env: {
          SIGSTORE_ROOT_FILE: files.fulcioChain,
          SIGSTORE_REKOR_PUBLIC_KEY: files.rekorKey,
          SIGSTORE_CT_LOG_PUBLIC_KEY_FILE: files.ctKey,
        },
      };
    case 'key-rekor1':
      return {
        flags: [
          ...['--signing-config', files.signingConfig.v1, '--trusted-root', files.trustedRoot],
          ...['--key', key?.privateKey ?? ''],
        ],
        env: PASSWORD,
      };
    case 'key':
      return {
        flags: [
          ...['--use-signing-config=false', '--tlog-upload=false'],
          ...['--key', key?.privateKey ?? ''],
        ],
        env: PASSWORD,
      };
  }
}

/** Whether cosign itself finds and accepts what it attested. */
export async function cosignVerifies(asked: Attesting, identity: string, issuer: string): Promise<boolean> {
  const { sigstore, registry, folder, image, form, key } = asked;
  const who = ['--certificate-identity', identity, '--certificate-oidc-issuer', issuer];
  const argv = [
    ...['verify-attestation', '--type', 'slsaprovenance02'],
    ...(isByKey(form) ? ['--key', key?.publicKey ?? ''] : who),
    ...(form === 'key' ? ['--insecure-ignore-tlog'] : ['--trusted-root', sigstore.files.trustedRoot]),
    ...(form === 'att' ? ['--new-bundle-format=false'] : []),
    image,
  ];
  return (await runClient('cosign', argv, clientEnvironment(folder, registry))).exit === 0;
}
