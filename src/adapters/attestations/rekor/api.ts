import { LIMITS } from '../../../core/limits.ts';
import type { Json, JsonObject } from '../../../core/model/json.ts';
import { parseAnswer, parseEntries, parseUuids, type RekorApiEntry } from '../../../core/model/rekor-api.ts';
import { refuse } from '../../../errors.ts';
import { type HttpClient, isJsonType } from '../../http/index.ts';

/** The two questions to Rekor v1 that find entries. Its keys are never asked for: they come from the trusted root. */
export interface RekorApi {
  /** `host[:port][/path]`, to be shown. */
  readonly label: string;
  /**
   * UUIDs of entries by what they name; empty when the log lists none.
   *
   * @param query body of `/api/v1/index/retrieve`
   * @throws SlsaGateError `source.*`, `limit.*`
   */
  search(query: JsonObject): Promise<readonly string[]>;
  /**
   * Entries by their UUIDs, {@link MAX_BATCH} at most. One that the log lists and does not give is not in the answer.
   *
   * @throws SlsaGateError `source.*`, `limit.*`
   */
  entries(uuids: readonly string[]): Promise<readonly RekorApiEntry[]>;
}

/** As many as one request may ask for. */
export const MAX_BATCH = 10;

/** @throws SlsaGateError `config.invalid` for an address that is none */
export function createRekorApi(http: HttpClient, url: string): RekorApi {
  const base = URL.parse(url);
  if (base === null || base.search !== '' || base.hash !== '' || base.username !== '' || base.password !== '')
    return refuse('config.invalid', 'not the address of a log');
  const path = base.pathname.replace(/\/+$/, '');

  const post = async (place: string, body: JsonObject, what: string): Promise<Json> => {
    const { bytes, headers } = await http.request(`${base.origin}${path}${place}`, {
      method: 'POST',
      // A question, however it is sent.
      isRepeatable: true,
      body: Buffer.from(JSON.stringify(body)),
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      maxBytes: LIMITS.apiAnswerBytes,
    });
    if (!isJsonType(headers['content-type']))
      refuse('source.malformed-response', `${base.origin} answered with something else than JSON`);
    return parseAnswer(bytes, what);
  };

  return {
    label: `${base.host}${path}`,
    async search(query) {
      return parseUuids(await post('/api/v1/index/retrieve', query, 'a list of entries'));
    },
    async entries(uuids) {
      return parseEntries(await post('/api/v1/log/entries/retrieve', { entryUUIDs: [...uuids] }, 'entries'));
    },
  };
}
