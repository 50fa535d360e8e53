import {
  type OciReference,
  type OciRepository,
  parseOciReference,
  parseOciRepository,
  printOciReference,
} from '../../../core/model/oci/reference.ts';
import type { AttestationSource, ResolvedArtifact, ResolveOptions } from '../../../core/source-ports.ts';
import type { ContentCache } from '../../cache/types.ts';
import type { RegistryCredentials } from '../../credentials/types.ts';
import type { HttpClient } from '../../http/index.ts';
import { collectAttestations } from './collect.ts';
import { endpointOf } from './endpoint.ts';
import { type Found, getTagged, type StoredManifest } from './manifests.ts';
import { createRepository, type Repository } from './repository.ts';
import { resolveImage } from './resolve.ts';
import { createSession, type RegistrySession } from './session.ts';

export interface RegistryOptions {
  /** Of one run. */
  readonly http: HttpClient;
  readonly credentials: RegistryCredentials;
  /** Manifests and attestations by digest. */
  readonly cache: ContentCache | undefined;
  /**
   * `host:port` (default port written out) that the user allowed: on this machine by http, and as token servers of others.
   */
  readonly listedHosts: ReadonlySet<string>;
}

/** Registries, for the artifacts of one run: a tag is read once in it, and a token lives as long as it. */
export interface Registry {
  /**
   * Reads the image that a reference names, and what it commits to. Tag to digest happens once in a run.
   *
   * @throws SlsaGateError `registry.*`, `source.*`, `limit.*`, `subject.platform-not-covered`, `usage.artifact`,
   * `credential.unusable`
   */
  resolve(image: OciReference, options: ResolveOptions): Promise<ResolvedArtifact>;
  /** Attestations that lie beside an image, or in a repository of their own. */
  source(image: OciRepository): AttestationSource;
  /** For who writes: the session asks with the scope that it is given. */
  repository(image: OciRepository): Repository;
}

export function createRegistry({ http, credentials, cache, listedHosts }: RegistryOptions): Registry {
  const sessions = new Map<string, RegistrySession>();
  const repositories = new Map<string, Repository>();
  const tags = new Map<string, Promise<Found<StoredManifest>>>();

  const sessionOf = (image: OciRepository): RegistrySession => {
    const { registry } = image;
    const known =
      sessions.get(registry) ??
      createSession({
        http,
        listedHosts,
        endpoint: endpointOf(image, listedHosts),
        credential: () => credentials.of(registry),
      });
    sessions.set(registry, known);
    return known;
  };

  /** Names that were parsed elsewhere are held to the grammar: they become parts of an address. */
  const repositoryOf = (image: OciRepository): Repository => {
    const place = parseOciRepository(`${image.registry}/${image.repository}`);
    const key = `${place.registry}/${place.repository}`;
    const known = repositories.get(key) ?? createRepository(place, sessionOf(place), cache);
    repositories.set(key, known);
    return known;
  };

  /** What a tag named first holds for the whole run, whatever it is moved to. */
  const getTagOnce = (repository: Repository, tag: string): Promise<Found<StoredManifest>> => {
    const key = `${repository.registry}/${repository.repository}:${tag}`;
    const known = tags.get(key);
    if (known !== undefined) return known;
    const fresh = getTagged(repository, tag).catch((error: unknown) => {
      tags.delete(key);
      throw error;
    });
    tags.set(key, fresh);
    return fresh;
  };

  return {
    resolve: async (reference, options) => {
      const image = parseOciReference(printOciReference(reference));
      const repository = repositoryOf(image);
      return resolveImage(repository, image, options, (tag) => getTagOnce(repository, tag));
    },
    source: (image) => {
      const repository = repositoryOf(image);
      const name = `oci:${image.registry}/${image.repository}`;
      return { name, collect: (query) => collectAttestations(repository, name, query) };
    },
    repository: repositoryOf,
  };
}
