import type { Manifest } from '../../../core/model/oci/manifest.ts';
import type { OciRepository } from '../../../core/model/oci/reference.ts';
import type { ContentCache } from '../../cache/types.ts';
import type { HttpAnswer } from '../../http/index.ts';
import type { RegistrySession, SessionRequest } from './session.ts';

/** Requests of one artifact that run at the same time; the client bounds them for each origin too. */
export const REQUESTS_AT_ONCE = 6;

/** One repository of a registry. */
export interface Repository extends OciRepository {
  readonly session: RegistrySession;
  readonly cache: ContentCache | undefined;
  /** Images of it that were resolved in this run, by `sha256:<hex>`. */
  readonly resolved: Map<string, Manifest>;
  /**
   * Whether it gave something in this run to whom we ask as. Only then does an answer that something is not there say more
   * than that we may not see it.
   */
  readonly isProven: boolean;
  /** Notes that it gave something. */
  prove(): void;
  /** Asks below `/v2/NAME/`, for `pull`. */
  ask(path: string, asked: Omit<SessionRequest, 'repository' | 'actions'>): Promise<HttpAnswer>;
}

export function createRepository(
  { registry, repository }: OciRepository,
  session: RegistrySession,
  cache: ContentCache | undefined,
): Repository {
  let isProven = false;
  return {
    registry,
    repository,
    session,
    cache,
    resolved: new Map(),
    get isProven() {
      return isProven;
    },
    prove: () => {
      isProven = true;
    },
    ask: (path, asked) =>
      session.request(`/v2/${repository}/${path}`, { ...asked, repository, actions: 'pull' }),
  };
}
