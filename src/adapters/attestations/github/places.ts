import { refuse } from '../../../errors.ts';
import { Account, Repository } from './answers.ts';
import type { Api } from './api.ts';
import { placeName, type RepositoryPlace } from './place.ts';

export type AccountKind = 'orgs' | 'users';

export interface RepositoryFacts {
  readonly id: number;
  readonly isPrivate: boolean;
  readonly ownerKind: AccountKind;
}

/**
 * What repositories and owners are, each read once in a run. Whoever may read a place may conclude something from what is
 * not there; to others GitHub says of a private one that it does not exist.
 */
export interface Places {
  /** @throws SlsaGateError `source.unauthorized` when it is not there, or not for this credential; `source.*`, `limit.*` */
  repository(place: RepositoryPlace): Promise<RepositoryFacts>;
  /** @throws SlsaGateError as {@link Places.repository} */
  ownerKind(owner: string): Promise<AccountKind>;
}

export function createPlaces(api: Api): Places {
  const repositories = new Map<string, Promise<RepositoryFacts>>();
  const owners = new Map<string, Promise<AccountKind>>();
  return {
    repository: (place) =>
      once(repositories, placeName(place).toLowerCase(), async () => {
        const { owner, repo } = place;
        const answer = await api.ask('GET /repos/{owner}/{repo}', { owner, repo }, Repository);
        if (answer === undefined) return unreadable(`the repository ${placeName(place)}`);
        const { id, full_name: name, private: isPrivate, owner: account } = answer.data;
        if (name.toLowerCase() !== placeName(place).toLowerCase())
          refuse(
            'source.malformed-response',
            `GitHub answered with another repository than ${placeName(place)}`,
            {
              expected: placeName(place),
              actual: name.slice(0, 200),
            },
          );
        return { id, isPrivate, ownerKind: toKind(account.type) };
      }),
    ownerKind: (owner) =>
      once(owners, owner.toLowerCase(), async () => {
        const answer = await api.ask('GET /users/{username}', { username: owner }, Account);
        if (answer === undefined) return unreadable(`the owner ${owner}`);
        if (answer.data.login.toLowerCase() !== owner.toLowerCase())
          refuse('source.malformed-response', `GitHub answered with another owner than ${owner}`);
        return toKind(answer.data.type);
      }),
  };
}

const toKind = (type: string): AccountKind => (type === 'Organization' ? 'orgs' : 'users');

const unreadable = (what: string): never =>
  refuse('source.unauthorized', `${what} is not there, or not for the credential in use`);

/** What failed is asked again by the next one. */
async function once<T>(known: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> {
  const before = known.get(key);
  if (before !== undefined) return before;
  const asked = read();
  known.set(key, asked);
  asked.catch(() => known.delete(key));
  return asked;
}
