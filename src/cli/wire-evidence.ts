import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { readRegularFile } from '../adapters/disk/read.ts';
import { createFile } from '../adapters/disk/write.ts';
import { diskKind } from '../adapters/evidence/disk-kind.ts';
import { openPin } from '../adapters/evidence-pins/index.ts';
import type { HttpClient } from '../adapters/http/index.ts';
import { openIdentitySigner, openSigner } from '../adapters/signers/index.ts';
import { openFolderSink } from '../adapters/sinks/folder/index.ts';
import type { EvidenceWiring } from '../app/evidence/open-evidence.ts';
import { resolveFrom } from '../app/evidence/resolve-from.ts';
import type { EvidenceStore } from '../core/evidence-ports.ts';
import { LIMITS } from '../core/limits.ts';
import { refuse, SlsaGateError } from '../errors.ts';
import { ciEnvironment } from './ci-run.ts';
import { toTerminal } from './escape/terminal.ts';
import { identityTokenSource } from './identity-token.ts';
import { networkOptions } from './network.ts';
import type { Invocation } from './parse.ts';
import { passphraseSource } from './passphrase.ts';
import { note } from './streams.ts';

/** What a person should know; decides nothing. */
export const warn = (message: string): void => {
  void note(`warning: ${toTerminal(message)}\n`);
};

/** A configuration file, whole; one byte more than it may have, so that this is told as any other fault. */
export const readSmallFile = async (path: string, maxBytes = LIMITS.configBytes + 1): Promise<Uint8Array> =>
  (
    await readRegularFile(path, {
      maxBytes,
      missing: 'path.not-found',
      unreadable: 'path.unreadable',
      followLinks: true,
    })
  ).bytes;

type OpenStore = EvidenceWiring['openStore'];

/** Each store's library is loaded when a log lies in it. */
const openStore: OpenStore = async (reference, name): Promise<EvidenceStore> => {
  if (reference.kind === 'sqlite') {
    const { createSqliteStore } = await import('../adapters/evidence/sqlite/index.ts');
    return createSqliteStore({ path: reference.path, name });
  }
  const { createPostgresStore } = await import('../adapters/evidence/postgres/index.ts');
  return createPostgresStore({ url: reference.url });
};

/** A shipped root as it stands in the user's cache or in the package; everything else is a file. */
const readTrustedRoot: EvidenceWiring['readTrustedRoot'] = async (name, baseDirectory) => {
  const { isInstanceName } = await import('../adapters/trust/instances.ts');
  if (!isInstanceName(name))
    return readSmallFile(resolveFrom(name, baseDirectory), LIMITS.trustedRootBytes + 1);
  const { createTrustStore } = await import('./wire-trust.ts');
  return (await createTrustStore(() => new Date()).load(name)).bytes;
};

/** The client by which records are signed: as that of the sources, and `hosts` may lie in private networks. */
async function openSignerHttp(words: Invocation, hosts: readonly string[]): Promise<HttpClient> {
  const { createHttpClient, createOfflineClient } = await import('../adapters/http/index.ts');
  const network = await networkOptions(words);
  const listedHosts = [...(network.listedHosts ?? []), ...hosts];
  return words.has('offline') && words.on('offline')
    ? createOfflineClient(listedHosts)
    : createHttpClient({ ...network, listedHosts });
}

/** Connects evidence files with stores, keys, pins and sinks. */
export const createEvidenceWiring = (words: Invocation): EvidenceWiring => {
  const passphrase = words.has('passphrase-file') ? passphraseSource(words) : async () => undefined;
  const { PATH } = process.env;
  return {
    readFile: (path) => readSmallFile(path),
    openStore,
    openSigner: (reference, baseDirectory) => openSigner(reference, { baseDirectory, passphrase, warn }),
    openIdentitySigner: (profile) =>
      openIdentitySigner(profile, {
        token: identityTokenSource(words),
        openHttp: (hosts) => openSignerHttp(words, hosts),
        now: () => new Date(),
        elapsedMs: () => performance.now(),
      }),
    readTrustedRoot,
    openPin: (reference, baseDirectory) =>
      openPin(reference, baseDirectory, { searchPath: PATH ?? '', workingDirectory: process.cwd() }),
    openSink: openFolderSink,
    diskOf: async (reference) => (reference.kind === 'sqlite' ? diskKind(reference.path) : 'remote'),
    onHostedRunner: ciEnvironment().onHostedRunner,
    now: () => new Date(),
    random: randomBytes,
  };
};

/** @throws SlsaGateError `evidence.exists`, `evidence.unwritable` */
export async function createNewFile(path: string, text: string): Promise<void> {
  try {
    await createFile(path, Buffer.from(text), 0o644);
  } catch (cause) {
    if (cause instanceof SlsaGateError) throw cause;
    const isThere = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    refuse(isThere ? 'evidence.exists' : 'evidence.unwritable', `the file cannot be made: ${path}`, {
      cause,
    });
  }
}

export const exists = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined)) !== undefined;
