import { join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { openCache } from '../adapters/cache/index.ts';
import {
  type CredentialOptions,
  describeCredentials,
  githubCredentials,
  npmCredentials,
  registryCredentials,
} from '../adapters/credentials/index.ts';
import { checkoutOf } from '../adapters/forges/git/checkout.ts';
import { assertWritable, isWritable } from '../adapters/probes/folder.ts';
import { INSTANCES } from '../adapters/trust/instances.ts';
import { attemptLater } from '../app/doctor/attempt-later.ts';
import type { CredentialPorts } from '../app/doctor/credentials.ts';
import type { CacheState } from '../app/doctor/machine.ts';
import type { DoctorPorts, WaysOut } from '../app/doctor/ports.ts';
import type { SetAddress } from '../app/doctor/ways-out.ts';
import { parseSourceName } from '../core/model/source-name.ts';
import { attempt, refuse } from '../errors.ts';
import { ciEnvironment } from './ci-run.ts';
import { clientCertificate, listedHosts, proxyOf } from './network.ts';
import type { Invocation } from './parse.ts';
import { createPorts } from './wire.ts';
import { openServers } from './wire-doctor-servers.ts';
import { createEvidenceWiring, readSmallFile } from './wire-evidence.ts';
import { addresses, credentialOptions } from './wire-sources.ts';
import { cacheDirectory, createTrustStore } from './wire-trust.ts';

const now = (): Date => new Date();

/** Everything that doctor looks at; `close` ends what is still under way. */
export async function openDoctorPorts(
  words: Invocation,
  timeoutMs: number,
): Promise<{ readonly ports: DoctorPorts; close(): Promise<void> }> {
  const options = credentialOptions(words);
  const { githubUrl } = addresses(words);
  const silent = { ...options, warn: () => undefined };
  const npm = await attemptLater(() => npmCredentials(silent));
  const github = attempt(() => githubCredentials(silent, githubUrl));
  const { servers, close } = await openServers(words, timeoutMs, { options: silent, npm, github });
  const { artifacts } = await createPorts();
  return {
    ports: {
      runtime: {
        version: manifest.version,
        node: process.versions.node,
        engines: manifest.engines.node,
        platform: `${process.platform}-${process.arch}`,
      },
      now,
      waysOut: waysOutOf(words, 'value' in npm ? npmAddress(npm.value) : []),
      cache: () => describeCache(words),
      credentials: credentialPorts(options, githubUrl),
      configured: {
        github: setUp(words, 'github-url', 'error' in github || github.value !== undefined),
        npm: 'value' in npm && npm.value.places.length > 0 ? 'credential' : undefined,
        pypi: setUp(words, 'pypi-url', false),
      },
      trust: createTrustStore(now),
      mirrors: new Map(Object.values(INSTANCES).map(({ name, mirror }) => [name, mirror])),
      policy: {
        readFile: (path) => readSmallFile(path),
        checkoutOf,
        inPipeline: ciEnvironment().inPipeline,
      },
      evidence: { wiring: createEvidenceWiring(words), probeFolder: assertWritable },
      artifacts,
      servers,
    },
    close,
  };
}

const setUp = (
  words: Invocation,
  flag: string,
  hasCredential: boolean,
): 'address' | 'credential' | undefined =>
  words.text(flag) !== undefined ? 'address' : hasCredential ? 'credential' : undefined;

function waysOutOf(words: Invocation, npm: readonly SetAddress[]): WaysOut {
  const logs = words
    .list('source')
    .map((name) => parseSourceName(name))
    .flatMap((source) => (source.kind === 'rekor' && source.url !== undefined ? [source.url] : []));
  const flags = ['github-url', 'pypi-url'].flatMap((flag): SetAddress[] => {
    const url = words.text(flag);
    return url === undefined ? [] : [{ from: `--${flag}`, url }];
  });
  return {
    caFile: words.text('ca-file'),
    clientCertificates: words.list('client-certificate').map((given) => {
      const [, host] = /^([^=]+)=[^,]+,[^,]+$/.exec(given) ?? [];
      if (host === undefined)
        return refuse('usage.flag', `--client-certificate is not HOST=CERTIFICATE,KEY: ${given}`, {
          actual: given,
        });
      return { host, load: () => clientCertificate(given) };
    }),
    proxy: () => proxySetting(words),
    allowedHosts: listedHosts(words),
    addresses: [...flags, ...npm, ...logs.map((url) => ({ from: '--source rekor', url }))],
  };
}

/** Where it is, without what it is told. */
function proxySetting(words: Invocation) {
  const proxy = proxyOf(words);
  if (proxy === undefined) return undefined;
  const from = words.text('proxy') === undefined ? 'HTTPS_PROXY' : '--proxy';
  return { origin: new URL(proxy.url).origin, from, except: proxy.except };
}

type Npm = Awaited<ReturnType<typeof npmCredentials>>;

function npmAddress(npm: Npm): readonly SetAddress[] {
  const registry = attempt(() => npm.registryFor(undefined));
  return 'value' in registry ? [{ from: 'registry in .npmrc', url: registry.value.url }] : [];
}

async function describeCache(words: Invocation): Promise<CacheState | undefined> {
  if (words.on('without-cache')) return undefined;
  const directory = words.text('cache-dir') ?? join(cacheDirectory(), 'sources');
  const cache = openCache({ directory, maxBytes: Number.MAX_SAFE_INTEGER, now: () => Date.now() });
  return { ...(await cache.describe()), isWritable: await isWritable(directory) };
}

/** What the adapters would only write to standard error becomes lines of the answer. */
function credentialPorts(options: CredentialOptions, githubUrl: string): Omit<CredentialPorts, 'registries'> {
  const readNpmrc = async (): Promise<{ places: readonly string[]; warnings: string[] }> => {
    const warnings: string[] = [];
    const npm = await npmCredentials({ ...options, warn: (message) => warnings.push(message) });
    npm.registryFor(undefined);
    for (const place of npm.places) npm.credentialFor(`https:${place}`);
    return { places: npm.places, warnings };
  };
  const ofRegistries = registryCredentials({ ...options, warn: () => undefined });
  return {
    async describe() {
      const warnings: string[] = [];
      const found = await describeCredentials(
        { ...options, warn: (message) => warnings.push(message) },
        { github: [githubUrl] },
      );
      const npmrc = await attemptLater(readNpmrc);
      const ofNpmrc = 'value' in npmrc ? npmrc.value.warnings : [];
      return {
        usable: found.usable,
        problems: found.problems.filter(({ from }) => from !== '.npmrc' && !from.startsWith('//')),
        warnings: warnings.filter((warning) => !ofNpmrc.includes(warning)),
      };
    },
    npmrc: readNpmrc,
    askFor: async (registry) => (await ofRegistries.of(registry))?.from,
  };
}
