import { type Fact, PACKAGE_HISTORY_FACT } from '../../core/model/fact.ts';
import { toOciPurl } from '../../core/model/oci/purl.ts';
import { pinnedReference } from '../../core/model/oci/reference.ts';
import { parsePurl } from '../../core/model/purl.ts';
import type { RemoteReference } from '../../core/model/remote-reference.ts';
import { printSourceName, type SourceName } from '../../core/model/source-name.ts';
import type {
  AttestationSource,
  ResolvedArtifact,
  ResolveOptions,
  SourceQuery,
} from '../../core/source-ports.ts';
import { isAnswer, refuse, SlsaGateError } from '../../errors.ts';
import type { SourceCache } from '../cache/types.ts';
import type { KnownCredential, RegistryCredentials } from '../credentials/types.ts';
import { type HttpClient, type HttpCredential, parseUrl } from '../http/index.ts';
import type { GitHub, GitHubSource } from './github/index.ts';
import type { NpmRegistry } from './npm/index.ts';
import type { Registry } from './oci/index.ts';
import type { PypiIndex } from './pypi/index.ts';
import type { Rekor } from './rekor/index.ts';

/** Where each kind of source lies, and what it is shown. */
export interface SourceSettings {
  /** `host:port` that may be http, lie in private networks, and be led to by answers. */
  readonly listedHosts: readonly string[];
  readonly cache: SourceCache | undefined;
  readonly registryCredentials: RegistryCredentials;
  /** API of GitHub. */
  readonly githubUrl: string;
  readonly githubCredential: KnownCredential | undefined;
  readonly npmRegistryFor: () => Promise<
    (scope: string | undefined) => { readonly url: string; readonly credentials: readonly HttpCredential[] }
  >;
  readonly pypiUrl: string;
  readonly pypiCredentials: readonly HttpCredential[];
  /** The log that is asked where a source names none. */
  readonly rekorUrl: string;
}

/** All kinds of sources, each loaded when it is asked. */
export interface Homes {
  resolve(reference: RemoteReference, options: ResolveOptions): Promise<ResolvedArtifact>;
  source(name: SourceName, query: SourceQuery): Promise<AttestationSource>;
  /** Never throws: a source that cannot answer for many is asked for each. */
  prefetch(name: SourceName, digests: readonly string[]): Promise<void>;
  facts(query: SourceQuery): Promise<readonly Fact[]>;
  rekor(url: string | undefined): Promise<Rekor>;
}

/** Made once; later calls get the same. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function remembered<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const made = known.get(key) ?? make();
  known.set(key, made);
  return made;
}

export function createHomes(http: HttpClient, settings: SourceSettings): Homes {
  const { listedHosts, cache } = settings;
  const listed = new Set(listedHosts);
  const registry = once(
    async (): Promise<Registry> =>
      (await import('./oci/index.ts')).createRegistry({
        http,
        credentials: settings.registryCredentials,
        cache: cache?.content,
        listedHosts: listed,
      }),
  );
  const github = once(
    async (): Promise<GitHub> =>
      (await import('./github/index.ts')).createGitHub({
        http,
        apiUrl: settings.githubUrl,
        credential: settings.githubCredential,
        cache: cache?.content,
        listedHosts: listed,
      }),
  );
  const npm = once(
    async (): Promise<NpmRegistry> =>
      (await import('./npm/index.ts')).createNpmRegistry({
        http,
        registryFor: await settings.npmRegistryFor(),
        listedHosts,
      }),
  );
  const pypi = once(
    async (): Promise<PypiIndex> =>
      (await import('./pypi/index.ts')).createPypiIndex({
        http,
        indexUrl: settings.pypiUrl,
        credentials: settings.pypiCredentials,
        listedHosts,
      }),
  );
  const logs = new Map<string, Promise<Rekor>>();
  /** The same source remembers what it read for many. */
  const ofGitHub = new Map<string, Promise<GitHubSource>>();
  const gitHubSource = (name: Extract<SourceName, { kind: 'github' }>): Promise<GitHubSource> => {
    const { owner, repo } = name;
    return remembered(ofGitHub, printSourceName(name), async () =>
      (await github()).source(repo === undefined ? { owner } : { owner, repo }),
    );
  };
  return {
    async resolve(reference, options) {
      switch (reference.kind) {
        case 'oci':
          return resolveImage(await registry(), reference, options);
        case 'npm':
          return (await npm()).resolve(reference);
        case 'pypi':
          return (await pypi()).resolve(reference);
        case 'github-release':
          return (await github()).resolveAsset(reference.purl);
      }
    },
    async source(name, { remote }) {
      switch (name.kind) {
        case 'oci': {
          const { registry: host, repository } = name;
          return (await registry()).source({ registry: host, repository });
        }
        case 'github':
          return gitHubSource(name);
        case 'github-release':
          return (await github()).releaseSource(name);
        case 'npm':
          return (await npm()).source(remote?.kind === 'npm' ? scopeOf(remote.purl.name) : undefined);
        case 'pypi':
          return (await pypi()).source();
        case 'rekor':
          return refuse('internal.bug', 'a log is no source of attestations');
      }
    },
    async prefetch(name, digests) {
      if (name.kind === 'github') await (await gitHubSource(name)).prefetch(digests);
    },
    async facts({ purl: text, wantsHistory }) {
      const purl = wantsHistory && text !== undefined ? parsePurl(text) : undefined;
      if (purl?.type !== 'npm' || purl.version === undefined) return [];
      try {
        const bytes = await (await npm()).history({ purl });
        return [{ name: PACKAGE_HISTORY_FACT, bytes }];
      } catch (error) {
        // Without it the rule that asks for it is undecided.
        if (isAnswer(error)) return [];
        throw error;
      }
    },
    rekor(url = settings.rekorUrl) {
      return remembered(logs, url, async () => {
        // Also where there is nothing to ask it about: what is named is held to be usable.
        parseUrl(url, listed);
        return (await import('./rekor/index.ts')).createRekor({ http, url });
      });
    },
  };
}

const scopeOf = (name: string): string | undefined =>
  name.startsWith('@') ? name.slice(0, Math.max(name.indexOf('/'), 0)) : undefined;

/** A digest is a name that needs no registry; where none may be asked, it is all that is known of the image. */
async function resolveImage(
  registry: Registry,
  { image }: Extract<RemoteReference, { kind: 'oci' }>,
  options: ResolveOptions,
): Promise<ResolvedArtifact> {
  try {
    return await registry.resolve(image, options);
  } catch (error) {
    const { digest } = image;
    const isOffline = error instanceof SlsaGateError && error.finding === 'source.offline';
    if (!isOffline || digest?.algorithm !== 'sha256' || options.viaIndex !== undefined) throw error;
    return {
      reference: pinnedReference(image, digest),
      digests: { sha256: digest.hex },
      purl: toOciPurl(image, digest),
      fileName: undefined,
      viaIndex: undefined,
      index: undefined,
    };
  }
}
