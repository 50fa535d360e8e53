import { LIMITS } from '../../../core/limits.ts';
import { refuse } from '../../../errors.ts';
import { AttestationList, type Entry } from './answers.ts';
import type { Api } from './api.ts';
import { type Listed, nextCursor, type Page, readPages } from './pages.ts';
import type { SourcePlace } from './place.ts';
import type { AccountKind, Places } from './places.ts';

const PER_PAGE = 100;

/** Where attestations of a place are listed: the route, and what fills it. */
interface Route {
  readonly route: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Attestations of one digest, page by page. */
export interface AttestationLists {
  /**
   * All entries of `sha256:<hex>`. None without a failure means that there is none.
   *
   * GitHub answers 404 where a digest has no attestations, and where the place is not there or not for this credential;
   * an empty list says the first alone. So after a 404 the place itself is read.
   */
  list(digest: string): Promise<Listed<Entry>>;
}

export function createAttestationLists(api: Api, places: Places, place: SourcePlace): AttestationLists {
  const { owner, repo } = place;
  const readAll = ({ route, parameters }: Route, digest: string): Promise<Listed<Entry> | undefined> =>
    readPages(async (after): Promise<Page<Entry> | undefined> => {
      const answer = await api.ask(
        route,
        {
          ...parameters,
          subject_digest: digest,
          per_page: PER_PAGE,
          ...(after === undefined ? {} : { after }),
        },
        AttestationList,
      );
      if (answer === undefined) return undefined;
      const { data, link, bytes } = answer;
      return { items: data.attestations, next: nextCursor(link, api.endpoint.origin, 'after'), bytes };
    });
  if (repo !== undefined) {
    const route = {
      route: 'GET /repos/{owner}/{repo}/attestations/{subject_digest}',
      parameters: { owner, repo },
    };
    return {
      async list(digest) {
        const listed = await readAll(route, digest);
        if (listed !== undefined) return listed;
        await places.repository({ owner, repo });
        return { items: [] };
      },
    };
  }
  return {
    async list(digest) {
      // Most are organisations; what the owner is, is only asked when that says nothing.
      const first = await readAll(routeOf('orgs', owner), digest);
      if (first !== undefined) return first;
      if ((await places.ownerKind(owner)) === 'orgs') return { items: [] };
      return (await readAll(routeOf('users', owner), digest)) ?? { items: [] };
    },
  };
}

const routeOf = (kind: AccountKind, owner: string): Route =>
  kind === 'orgs'
    ? { route: 'GET /orgs/{org}/attestations/{subject_digest}', parameters: { org: owner } }
    : { route: 'GET /users/{username}/attestations/{subject_digest}', parameters: { username: owner } };

/** @throws SlsaGateError `limit.attestations` */
export function checkCount(entries: readonly Entry[]): void {
  if (entries.length > LIMITS.attestations)
    refuse('limit.attestations', `GitHub lists more than ${LIMITS.attestations} attestations`);
}
