import { refuse } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import type { LogLookup } from '../ports.ts';
import { isJsonObject, type Json, type JsonObject, parseJson } from './json.ts';

/** What a search of logs gave for one attestation. */
export interface LookedUp {
  /** In the form of a bundle; at most one. */
  readonly tlogEntries: readonly JsonObject[];
  /** Logs that told all that they have. */
  readonly searched: readonly string[];
}

/** Nobody searched. */
export const NOT_LOOKED_UP: LookedUp = { tlogEntries: [], searched: [] };

/**
 * Reads what a search gave. Whoever answers a search could leave a proof away, so both the promise and the proof are wanted,
 * also where a bundle would do with one of them.
 *
 * @throws SlsaGateError `json.*`, `limit.bytes`, `bundle.malformed`, `log.inclusion-missing`
 */
export function readLookup(lookup: LogLookup | undefined): LookedUp {
  if (lookup === undefined) return NOT_LOOKED_UP;
  const { searched, entry } = lookup;
  if (entry === undefined) return { tlogEntries: [], searched };
  const json = parseJson(Buffer.from(entry), 'log entry', 2 * LIMITS.logEntryBytes);
  if (!isJsonObject(json)) refuse('bundle.malformed', 'log entry is not a JSON object');
  if (!isJsonObject(json.inclusionPromise) || !isJsonObject(json.inclusionProof)) {
    refuse('log.inclusion-missing', 'a log entry that was looked up lacks promise or proof', {
      expected: 'signed entry timestamp and inclusion proof',
    });
  }
  return { tlogEntries: [json], searched };
}

/** A bundle with the entry that was looked up; one that has an entry already needs none. */
export function withLookedUp(bundle: Json, { tlogEntries }: LookedUp): Json {
  if (tlogEntries.length === 0 || !isJsonObject(bundle)) return bundle;
  const material = bundle.verificationMaterial;
  if (!isJsonObject(material)) return bundle;
  const { tlogEntries: own } = material;
  if (own !== undefined && own !== null && !(Array.isArray(own) && own.length === 0))
    refuseBeside('verificationMaterial.tlogEntries');
  return { ...bundle, verificationMaterial: { ...material, tlogEntries } };
}

export function refuseBeside(path: string): never {
  refuse('bundle.oneof', 'a log entry was looked up although there is one', { path });
}

/** Without an entry: whether none is there, or nobody looked, is the difference between no and perhaps. */
export function refuseUnlogged(message: string, { searched }: LookedUp): never {
  const expected = 'a log entry beside the envelope';
  if (searched.length === 0) refuse('tlog.lookup-offline', message, { expected, actual: 'none' });
  refuse('tlog.missing', `${message}, and none was found`, {
    expected: 'a log entry of this signature',
    actual: `none in ${searched.join(', ')}`,
  });
}
