import { LIMITS } from '../../../core/limits.ts';
import { isJsonObject, parseJson } from '../../../core/model/json.ts';
import { attempt, refuse } from '../../../errors.ts';
import { type HttpAnswer, type HttpClient, isJsonType } from '../../http/index.ts';
import type { Endpoint } from './hosts.ts';

/** What Octokit asks for. */
interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The part of a `Response` that Octokit reads. */
interface ResponseLike {
  readonly url: string;
  readonly status: number;
  readonly statusText: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  text(): Promise<string>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** Statuses that are handed to Octokit; its error carries them on. Redirects and all others are refused by the client. */
const ERRORS = [400, 401, 403, 404, 409, 410, 422, 429, 451, 500, 502, 503, 504];
/** Sent on; the rest is what the client says itself. */
const REQUEST_HEADERS = ['accept', 'content-type', 'x-github-api-version'];
/** Heard; others, such as those about deprecation, would make Octokit write to the console. */
const RESPONSE_HEADERS = ['link', 'retry-after', 'x-ratelimit-remaining'];

/**
 * Octokit's way out: our client, with the API's credential and no other, kept answers by their ETag, and no redirects. A
 * body of status 200 is not read by Octokit: it passes it on as it is.
 */
export const octokitFetch =
  (http: HttpClient, { credentials }: Endpoint) =>
  async (url: string, { method = 'GET', headers = {}, body }: Asked): Promise<ResponseLike> => {
    const isRead = method === 'GET';
    const answer = await http.request(url, {
      method: isRead ? 'GET' : 'POST',
      maxBytes: LIMITS.apiAnswerBytes,
      headers: pick(headers, REQUEST_HEADERS),
      ...(body === undefined ? {} : { body: Buffer.from(body) }),
      anonymous: true,
      credentials,
      accept: ERRORS,
      revalidate: isRead,
      // The one POST is a question, too.
      isRepeatable: true,
    });
    if (answer.status === 404) assertDocumented(answer);
    // Error pages are only looked into for their message, so what they call themselves does not matter.
    const contentType = answer.status === 200 ? answer.headers['content-type'] : 'application/json';
    const heard = { ...pick(answer.headers, RESPONSE_HEADERS), 'content-type': contentType ?? '' };
    return {
      url,
      status: answer.status,
      statusText: '',
      headers: new Map(Object.entries(heard)),
      body: answer.bytes,
      text: async () => answer.bytes.toString('utf8'),
      arrayBuffer: async () => new Uint8Array(answer.bytes).buffer,
    };
  };

/**
 * Something on the way may answer 404 for GitHub, and its page says nothing of what GitHub has.
 *
 * @throws SlsaGateError `source.http-status`
 */
function assertDocumented({ bytes, headers, origin }: HttpAnswer): void {
  const body = attempt(() => parseJson(bytes, 'the answer', LIMITS.apiAnswerBytes));
  const isGitHubs =
    isJsonType(headers['content-type']) &&
    !('error' in body) &&
    isJsonObject(body.value) &&
    typeof body.value.message === 'string';
  if (!isGitHubs) {
    refuse('source.http-status', `${origin} answered with status 404, and not as GitHub does`, {
      expected: 'a message in JSON',
      actual: '404',
      details: { origin, status: 404 },
    });
  }
}

const pick = (
  headers: Readonly<Record<string, string>>,
  names: readonly string[],
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
