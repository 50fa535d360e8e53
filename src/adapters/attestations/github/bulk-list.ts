import { refuse, type SlsaGateError } from '../../../errors.ts';
import { BulkList, type Entry } from './answers.ts';
import type { Api } from './api.ts';
import { asFailure } from './collected.ts';
import { type Page, readPages } from './pages.ts';
import type { SourcePlace } from './place.ts';
import type { AccountKind, Places } from './places.ts';

const PER_PAGE = 100;
/** GitHub takes 1024; with fewer, the cap on pages leaves room for dozens of attestations of each digest. */
const DIGESTS_AT_ONCE = 256;

/** What is known of a digest: its entries, and why there may be more. */
export interface Known {
  readonly items: readonly Entry[];
  readonly failure?: SlsaGateError;
}

/**
 * Looks up many digests with few requests. What the answer leaves open is not in the map, and is to be asked alone:
 * digests that it does not name, and, since it leaves out silently what the credential may not read, those of a private
 * repository that it knows nothing of. Where there is no such interface, nothing is known.
 *
 * @throws SlsaGateError of usage
 */
export async function readBulk(
  api: Api,
  places: Places,
  place: SourcePlace,
  digests: readonly string[],
): Promise<ReadonlyMap<string, Known>> {
  const known = new Map<string, Known>();
  try {
    const { kind, isOurs, tellsAbsence } = await scopeOf(places, place);
    for (let from = 0; from < digests.length; from += DIGESTS_AT_ONCE) {
      const batch = digests.slice(from, from + DIGESTS_AT_ONCE);
      const found = await readBatch(api, places, place.owner, kind, batch);
      if (found === undefined) break;
      for (const [digest, { items, failure }] of found) {
        const ours = items.filter(isOurs);
        if (failure !== undefined) known.set(digest, { items: ours, failure });
        else if (ours.length > 0 || tellsAbsence) known.set(digest, { items: ours });
      }
    }
  } catch (error) {
    const failure = asFailure(error);
    for (const digest of digests) if (!known.has(digest)) known.set(digest, { items: [], failure });
  }
  return known;
}

interface Scope {
  /** Undefined where it is not known yet. */
  readonly kind: AccountKind | undefined;
  readonly isOurs: (entry: Entry) => boolean;
  readonly tellsAbsence: boolean;
}

async function scopeOf(places: Places, { owner, repo }: SourcePlace): Promise<Scope> {
  if (repo === undefined) return { kind: undefined, isOurs: () => true, tellsAbsence: true };
  const { id, isPrivate, ownerKind } = await places.repository({ owner, repo });
  return {
    kind: ownerKind,
    isOurs: ({ repository_id }) => repository_id === id,
    tellsAbsence: !isPrivate,
  };
}

/** Undefined where there is no such interface. */
async function readBatch(
  api: Api,
  places: Places,
  owner: string,
  kind: AccountKind | undefined,
  batch: readonly string[],
): Promise<ReadonlyMap<string, Known> | undefined> {
  const found = await readAll(api, kind ?? 'orgs', owner, batch);
  if (found !== undefined || kind !== undefined) return found;
  return (await places.ownerKind(owner)) === 'users' ? readAll(api, 'users', owner, batch) : undefined;
}

async function readAll(
  api: Api,
  kind: AccountKind,
  owner: string,
  batch: readonly string[],
): Promise<ReadonlyMap<string, Known> | undefined> {
  const asked = new Set(batch);
  const where = kind === 'orgs' ? { org: owner } : { username: owner };
  const route =
    kind === 'orgs'
      ? 'POST /orgs/{org}/attestations/bulk-list{?per_page,after}'
      : 'POST /users/{username}/attestations/bulk-list{?per_page,after}';
  const listed = await readPages(
    async (after): Promise<Page<readonly [string, readonly Entry[]]> | undefined> => {
      const answer = await api.ask(
        route,
        { ...where, subject_digests: batch, per_page: PER_PAGE, ...(after === undefined ? {} : { after }) },
        BulkList,
      );
      if (answer === undefined) return undefined;
      const { bytes } = answer;
      const { attestations_subject_digests: lists, page_info: page } = answer.data;
      const items = (Array.isArray(lists) ? lists : [lists])
        .flatMap((list) => Object.entries(list))
        .map(([digest, entries]) => [digest, entries ?? []] as const);
      if (items.some(([digest]) => !asked.has(digest)))
        refuse('source.malformed-response', 'GitHub answered for a digest that was not asked for');
      if (page?.has_next !== true) return { items, next: undefined, bytes };
      if (page.next === undefined || page.next === null || page.next === '')
        refuse('source.malformed-response', 'a list of GitHub does not say how it goes on');
      return { items, next: page.next, bytes };
    },
  );
  if (listed === undefined) return undefined;
  const found = new Map<string, Entry[]>();
  for (const [digest, entries] of listed.items) found.set(digest, [...(found.get(digest) ?? []), ...entries]);
  const { failure } = listed;
  if (failure === undefined) return new Map([...found].map(([digest, items]) => [digest, { items }]));
  // What was not read may be about any of them.
  return new Map(batch.map((digest) => [digest, { items: found.get(digest) ?? [], failure }]));
}
