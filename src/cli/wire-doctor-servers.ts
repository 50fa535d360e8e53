import { openSourceRun } from '../adapters/attestations/index.ts';
import { createRegistry } from '../adapters/attestations/oci/index.ts';
import {
  type CredentialOptions,
  type KnownCredential,
  type NpmConfig,
  type RegistryCredentials,
  registryCredentials,
} from '../adapters/credentials/index.ts';
import { createHttpClient, type HttpClient, type HttpClientOptions } from '../adapters/http/index.ts';
import { probeGitHub } from '../adapters/probes/github.ts';
import { kindOfHost, reachMirror, reachProxy } from '../adapters/probes/hosts.ts';
import { probeNpm, probePypi } from '../adapters/probes/packages.ts';
import { probeRegistry } from '../adapters/probes/registry.ts';
import { probeRekor } from '../adapters/probes/rekor.ts';
import { attemptLater } from '../app/doctor/attempt-later.ts';
import { isPair } from '../app/doctor/certificates.ts';
import type { DoctorPorts, ServerPorts } from '../app/doctor/ports.ts';
import type { ClockReading } from '../core/source-ports.ts';
import { type Attempt, attempt } from '../errors.ts';
import { clientCertificate, listedHosts, proxyOf, readPem } from './network.ts';
import type { Invocation } from './parse.ts';
import { VERSION } from './version.ts';
import { addresses } from './wire-sources.ts';

/** What is shown to servers, as far as it can be read. */
export interface Known {
  readonly options: CredentialOptions;
  readonly npm: Attempt<NpmConfig>;
  readonly github: Attempt<KnownCredential | undefined>;
}

interface Opened {
  readonly servers: DoctorPorts['servers'];
  close(): Promise<void>;
}

/** Told in its own check; here it is what cannot be had. */
const orThrow = <T>(one: Attempt<T>): T => {
  if ('error' in one) throw one.error;
  return one.value;
};

const nothing = (unasked: string): Opened => ({ servers: { unasked }, close: async () => undefined });

/** Servers are asked as far as the flags can be used: what cannot be used has a line of its own. */
export async function openServers(words: Invocation, timeoutMs: number, known: Known): Promise<Opened> {
  if (words.on('offline')) return nothing('not asked, because of --offline');
  // Whoever has a proxy does not want to be asked for directly.
  if ('error' in attempt(() => proxyOf(words))) return nothing('the proxy that is set cannot be used');
  // From the first request on: until then somebody may type a passphrase.
  let end: number | undefined;
  const clocks = new Map<string, ClockReading>();
  const network: HttpClientOptions = {
    ...(await usableNetwork(words)),
    retry: { attempts: 2 },
    deadline: () => {
      end ??= performance.now() + timeoutMs;
      return end;
    },
    onExchange: ({ origin, clock }) => {
      if (clock !== undefined) clocks.set(origin, { origin, ...clock });
    },
  };
  const clients: HttpClient[] = [];
  const client = (options: HttpClientOptions): HttpClient => {
    const made = createHttpClient(options);
    clients.push(made);
    return made;
  };
  const http = client(network);
  // What a proxy says of the time is not what a server says.
  const { proxy: _, onExchange: __, ...direct } = network;
  const unlisted = client({ ...direct, listedHosts: [], clientCertificates: [] });
  return {
    servers: {
      ...toServers(words, timeoutMs, { http, network, known }),
      clocks: () => [...clocks.values()],
      kindOf: (host) => kindOfHost(unlisted, host),
      reachProxy: ({ origin }) => {
        const { hostname, port, protocol } = new URL(origin);
        const host = `${hostname}:${port === '' ? (protocol === 'http:' ? '80' : '443') : port}`;
        const once = { retry: { attempts: 1 } };
        return reachProxy(
          client({ ...direct, ...once, listedHosts: [host] }),
          client({ ...network, ...once }),
          origin,
        );
      },
      reachMirror: (address) => reachMirror(http, address),
    },
    close: async () => {
      await Promise.all(clients.map((one) => one.close()));
    },
  };
}

/** Without the authorities and certificates that cannot be used. */
async function usableNetwork(words: Invocation): Promise<HttpClientOptions> {
  const proxy = proxyOf(words);
  const caFile = words.text('ca-file');
  const ca = caFile === undefined ? undefined : await attemptLater(() => readPem(caFile));
  const certificates = await Promise.all(
    words.list('client-certificate').map((given) => attemptLater(() => clientCertificate(given))),
  );
  const options: HttpClientOptions = {
    userAgent: `slsa-gate/${VERSION}`,
    listedHosts: listedHosts(words),
    clientCertificates: certificates.flatMap((one) =>
      'value' in one && isPair(one.value.certificatePem, one.value.keyPem) ? [one.value] : [],
    ),
    ...(proxy === undefined ? {} : { proxy }),
  };
  if (ca === undefined || 'error' in ca) return options;
  const withAuthorities = { ...options, extraCaPem: ca.value };
  const tried = attempt(() => createHttpClient(withAuthorities));
  if ('error' in tried) return options;
  await tried.value.close();
  return withAuthorities;
}

interface Parts {
  readonly http: HttpClient;
  readonly network: HttpClientOptions;
  readonly known: Known;
}

function toServers(
  words: Invocation,
  timeoutMs: number,
  { http, network, known }: Parts,
): Omit<ServerPorts, 'clocks' | 'kindOf' | 'reachProxy' | 'reachMirror'> {
  const where = addresses(words);
  const listed = listedHosts(words);
  const used = new Map<string, string>();
  const credentials = recording(registryCredentials(known.options), used);
  const registry = createRegistry({ http, credentials, cache: undefined, listedHosts: new Set(listed) });
  return {
    openSources: async () =>
      openSourceRun({
        ...where,
        createHttp: ({ onExchange, ...hooks }) =>
          createHttpClient({
            ...network,
            ...hooks,
            onExchange: (exchange) => {
              network.onExchange?.(exchange);
              onExchange?.(exchange);
            },
          }),
        deadlineMs: timeoutMs,
        listedHosts: listed,
        cache: undefined,
        registryCredentials: registryCredentials(known.options),
        // A token that cannot be used is told by the check of GitHub.
        githubCredential: 'value' in known.github ? known.github.value : undefined,
        npmRegistryFor: async () => orThrow(known.npm).registryFor,
        pypiCredentials: [],
      }),
    github: {
      address: where.githubUrl,
      probe: async () => probeGitHub(http, where.githubUrl, orThrow(known.github)),
    },
    registry: (place) => ({
      address: `${place.registry}/${place.repository}`,
      probe: async () => {
        const seen = await probeRegistry(askerOf(registry.repository(place)), place);
        return { from: used.get(place.registry), ...seen };
      },
    }),
    npm: (scope) => {
      const server = attempt(() => orThrow(known.npm).registryFor(scope));
      return {
        address: 'value' in server ? (URL.parse(server.value.url)?.host ?? '') : 'the address in .npmrc',
        probe: async () => {
          const { url } = orThrow(server);
          return probeNpm(http, url, orThrow(known.npm).credentialFor(url));
        },
      };
    },
    pypi: { address: where.pypiUrl, probe: () => probePypi(http, where.pypiUrl) },
    rekor: (url = where.rekorUrl) => ({ address: url, probe: () => probeRekor(http, url) }),
  };
}

const askerOf =
  ({ repository, session }: ReturnType<ReturnType<typeof createRegistry>['repository']>) =>
  (path: string, asked: Omit<Parameters<typeof session.request>[1], 'repository' | 'actions'>) =>
    session.request(path, { ...asked, repository, actions: 'pull' });

/** Remembers whose credential was wanted: a registry that asks nobody is read as nobody. */
const recording = (credentials: RegistryCredentials, used: Map<string, string>): RegistryCredentials => ({
  async of(registry) {
    const found = await credentials.of(registry);
    if (found !== undefined) used.set(registry, found.from);
    return found;
  },
});
