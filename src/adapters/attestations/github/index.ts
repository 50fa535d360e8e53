import type { Purl } from '../../../core/model/purl.ts';
import type { AttestationSource, ResolvedArtifact } from '../../../core/source-ports.ts';
import type { ContentCache } from '../../cache/types.ts';
import type { HttpClient, HttpCredential } from '../../http/index.ts';
import { createApi } from './api.ts';
import { createAttestationSource, type GitHubSource } from './attestation-source.ts';
import { toEndpoint } from './hosts.ts';
import { checkPlace, checkRelease, type ReleasePlace, type SourcePlace } from './place.ts';
import { createPlaces } from './places.ts';
import { createReleaseSource } from './release-source.ts';
import { resolveAsset } from './resolve-asset.ts';

export type { GitHubSource } from './attestation-source.ts';

export interface GitHubOptions {
  readonly http: HttpClient;
  /** `https://api.github.com`, or `https://api.TENANT.ghe.com`. */
  readonly apiUrl: string;
  /** Bound to the API's origin; undefined to ask as nobody. */
  readonly credential: HttpCredential | undefined;
  readonly cache: ContentCache | undefined;
  /** Hosts (`host:port`) that bundles and files may lie at, beside those of GitHub. */
  readonly listedHosts: ReadonlySet<string>;
}

/**
 * GitHub as a source, for one run: what repositories and owners are is read once.
 *
 * Whoever runs GitHub, or may write attestations there, can withhold some and add others that do not verify. Nothing here
 * is verified.
 */
export interface GitHub {
  /**
   * Attestations of a repository, or of all repositories of an owner that the credential may read.
   *
   * @throws SlsaGateError `usage.bad-identifier`
   */
  source(place: SourcePlace): GitHubSource;
  /** @throws SlsaGateError `usage.artifact`, `usage.bad-identifier`, `release.not-found`, `source.*`, `limit.*` */
  resolveAsset(purl: Purl): Promise<ResolvedArtifact>;
  /**
   * Attestations among the files of a release.
   *
   * @throws SlsaGateError `usage.bad-identifier`
   */
  releaseSource(place: ReleasePlace): AttestationSource;
}

/** @throws SlsaGateError `source.unsupported` for GitHub Enterprise Server, `config.insecure-url`, `config.invalid` */
export function createGitHub({ http, apiUrl, credential, cache, listedHosts }: GitHubOptions): GitHub {
  const api = createApi(http, toEndpoint(apiUrl, credential, listedHosts));
  const places = createPlaces(api);
  return {
    source(place) {
      checkPlace(place);
      return createAttestationSource(api, places, place);
    },
    resolveAsset: (purl) => resolveAsset(api, places, purl),
    releaseSource(place) {
      checkRelease(place);
      return createReleaseSource(api, places, cache, place);
    },
  };
}
