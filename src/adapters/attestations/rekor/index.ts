import { LIMITS } from '../../../core/limits.ts';
import { splitDocuments } from '../../../core/model/documents.ts';
import { parseUnlogged } from '../../../core/model/unlogged.ts';
import type { CollectedAttestation, CollectedAttestations } from '../../../core/ports.ts';
import { attempt, isAnswer, SlsaGateError } from '../../../errors.ts';
import type { HttpClient } from '../../http/index.ts';
import { createRekorApi, type RekorApi } from './api.ts';
import { type Found, findEntries } from './lookup.ts';
import { toWantedEntry, type WantedEntry } from './wanted.ts';

export { fetchLogWitness } from './witness.ts';

export interface RekorOptions {
  readonly http: HttpClient;
  /** Address of a log of Rekor v1, e.g. `https://rekor.sigstore.dev`; v2 has no search. */
  readonly url: string;
}

/**
 * A log in which entries are looked up that attestations came without. It is no source of attestations, and what it finds
 * is evidence like any other: verification takes the log's key from the trusted root, never from the log. Whoever runs it
 * can withhold an entry, but it cannot make one up.
 */
export interface Rekor {
  /** `rekor:rekor.sigstore.dev` */
  readonly name: string;
  /**
   * Looks for the entry of each attestation that a certificate signed and that has none. Such an attestation is given back
   * once for each entry that names it, with the name of the log alone where that has none, and both ways where it has a time
   * of its own; all others are given back as they are. A file of several attestations comes apart where one of them is looked for.
   *
   * The report carries no attestations. Its answer is `complete` where entries were found or none was missing, `absent`
   * where the log has none, `partial` or `failed` with its code where it could not be searched: nothing is missing then.
   *
   * @throws SlsaGateError for usage: an address that must not be asked
   */
  complete(attestations: readonly CollectedAttestation[]): Promise<{
    readonly attestations: readonly CollectedAttestation[];
    readonly report: CollectedAttestations;
  }>;
}

/** @throws SlsaGateError `config.invalid` for an address that is none */
export function createRekor({ http, url }: RekorOptions): Rekor {
  const api = createRekorApi(http, url);
  const name = `rekor:${api.label}`;
  return {
    name,
    async complete(attestations) {
      const search = new Search(name, api);
      const completed: CollectedAttestation[] = [];
      for (const place of attestations) completed.push(...(await search.complete(place)));
      return { attestations: completed, report: search.report() };
    },
  };
}

const REASON_LENGTH = 200;

/** The look-ups of one call. */
class Search {
  readonly #name: string;
  readonly #api: RekorApi;
  #lacking = 0;
  #searched = 0;
  #found = 0;
  readonly #faults: SlsaGateError[] = [];
  /** Set once the log does not answer: it is not asked again and again for each attestation. */
  #isDown = false;

  constructor(name: string, api: RekorApi) {
    this.#name = name;
    this.#api = api;
  }

  async complete(place: CollectedAttestation): Promise<readonly CollectedAttestation[]> {
    const documents = documentsOf(place);
    const lacking = documents.map((document) => lackingOf(document));
    if (lacking.every((one) => one === undefined)) return [place];
    const completed: CollectedAttestation[] = [];
    for (const [index, document] of documents.entries()) {
      const one = lacking[index];
      completed.push(...(one === undefined ? [document] : await this.#lookUp(document, one)));
    }
    return completed;
  }

  async #lookUp(
    place: CollectedAttestation,
    { wanted, mayStandAlone }: Lacking,
  ): Promise<readonly CollectedAttestation[]> {
    this.#lacking++;
    const found = await this.#find(wanted);
    if (found === undefined) return [place];
    const { entries, fault } = found;
    if (fault !== undefined) this.#faults.push(fault);
    if (entries.length === 0 && fault !== undefined) return [place];
    this.#searched++;
    const searched = [...(place.lookup?.searched ?? []), this.#name];
    if (entries.length === 0) return [{ ...place, lookup: { searched } }];
    this.#found += entries.length;
    const completed = entries.map(({ tlogEntry }) => ({
      ...place,
      source: `${place.source} with entry ${String(tlogEntry.logIndex)} of ${this.#name}`,
      lookup: { searched, entry: JSON.stringify(tlogEntry) },
    }));
    return mayStandAlone ? [...completed, { ...place, lookup: { searched } }] : completed;
  }

  async #find(wanted: WantedEntry): Promise<Found | undefined> {
    if (this.#isDown) return undefined;
    if (this.#lacking > LIMITS.logLookups) {
      const message = `more than ${LIMITS.logLookups} attestations lack their log entry`;
      this.#faults.push(new SlsaGateError('limit.attestations', message));
      this.#isDown = true;
      return undefined;
    }
    try {
      return await findEntries(this.#api, wanted);
    } catch (error) {
      if (!isAnswer(error)) throw error;
      this.#faults.push(error);
      this.#isDown = true;
      return undefined;
    }
  }

  report(): CollectedAttestations {
    const report = { name: this.#name, attestations: [] };
    const [fault] = this.#faults;
    if (fault !== undefined) {
      const reason = fault.message.slice(0, REASON_LENGTH);
      const answer = this.#searched > 0 ? 'partial' : 'failed';
      return { ...report, answer, reason, code: fault.finding };
    }
    if (this.#lacking === 0) return { ...report, answer: 'complete', reason: 'no log entry was missing' };
    if (this.#found > 0) return { ...report, answer: 'complete' };
    return { ...report, answer: 'absent', reason: 'the log has no entry of these attestations' };
  }
}

/** Each line of a file as what it is when it stands alone; what is too large to be read is told by who verifies it. */
function documentsOf(place: CollectedAttestation): readonly CollectedAttestation[] {
  if (place.annotations !== undefined) return [place];
  const split = attempt(() => splitDocuments(place.bytes));
  if ('error' in split) return [place];
  const { value: documents } = split;
  return documents.map((bytes, index) => ({
    ...place,
    bytes,
    source: documents.length > 1 ? `${place.source}#${index + 1}` : place.source,
  }));
}

interface Lacking {
  readonly wanted: WantedEntry;
  /**
   * It has a time of its own, which is enough where the root asks for no log. Anybody may log it elsewhere, and must not
   * spoil it by that.
   */
  readonly mayStandAlone: boolean;
}

function lackingOf(document: CollectedAttestation): Lacking | undefined {
  if (document.lookup?.entry !== undefined) return undefined;
  const bundle = parseUnlogged(document);
  const wanted = bundle && toWantedEntry(bundle);
  return wanted && { wanted, mayStandAlone: bundle.timestamps.length > 0 };
}
