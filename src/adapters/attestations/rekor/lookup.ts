import { LIMITS } from '../../../core/limits.ts';
import { leafHashOf, type RekorApiEntry } from '../../../core/model/rekor-api.ts';
import { refuse, SlsaGateError } from '../../../errors.ts';
import { MAX_BATCH, type RekorApi } from './api.ts';
import type { WantedEntry } from './wanted.ts';

/** What the log told of one attestation. */
export interface Found {
  /** Entries that name it; all of them are tried. */
  readonly entries: readonly RekorApiEntry[];
  /** Why that may not be all; undefined where the log told everything. */
  readonly fault: SlsaGateError | undefined;
}

/**
 * Looks for the entries of one attestation, one way after the other until one finds any. Whoever else logged the same
 * digest is passed over, in whatever order the log lists them.
 *
 * @throws SlsaGateError `source.*`, `limit.*` when the log cannot be searched
 */
export async function findEntries(api: RekorApi, wanted: WantedEntry): Promise<Found> {
  const seen = new Set<string>();
  let fault: SlsaGateError | undefined;
  for (const query of wanted.queries) {
    const listed = (await api.search(query)).filter((uuid) => !seen.has(leafHashOf(uuid)));
    const read = listed.slice(0, LIMITS.logHits - seen.size);
    if (read.length < listed.length) fault ??= tooMany();
    for (const uuid of read) seen.add(leafHashOf(uuid));
    const given = await readEntries(api, read);
    if (given.length < read.length) fault ??= notGiven(read.length, given.length);
    const entries = given.filter((entry) => wanted.matches(entry));
    if (entries.length > 0) return { entries, fault };
  }
  return { entries: [], fault };
}

async function readEntries(api: RekorApi, uuids: readonly string[]): Promise<readonly RekorApiEntry[]> {
  const entries: RekorApiEntry[] = [];
  for (let start = 0; start < uuids.length; start += MAX_BATCH) {
    const batch = uuids.slice(start, start + MAX_BATCH);
    const asked = new Set(batch.map(leafHashOf));
    for (const entry of await api.entries(batch)) {
      if (!asked.delete(entry.leafHash))
        refuse('source.malformed-response', 'the log gave an entry that was not asked for');
      entries.push(entry);
    }
  }
  return entries;
}

const tooMany = (): SlsaGateError =>
  new SlsaGateError('limit.attestations', `the log lists more than ${LIMITS.logHits} entries`);

/** Its index and its entries disagree: one of them was not read. */
const notGiven = (listed: number, given: number): SlsaGateError =>
  new SlsaGateError('source.unavailable', `the log lists ${listed} entries and gives ${given}`);
