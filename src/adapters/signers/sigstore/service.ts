import { isUtf8 } from 'node:buffer';
import { isJsonObject, type Json, parseJson } from '../../../core/model/json.ts';
import { attempt, refuse, SlsaGateError } from '../../../errors.ts';
import type { HttpAnswer, HttpClient, HttpRequestOptions } from '../../http/types.ts';

/** Statuses whose bodies say more than their numbers. */
const FAULTS = [400, 401, 403, 404, 409, 415, 422, 429, 500, 501, 502, 503, 504];
/** The log is locked meanwhile, and others wait for it no longer than twice as long. */
const TIMEOUT_MS = 15_000;
const MAX_TEXT = 200;
const OFFLINE = 'Run without --offline, or sign records with a key: an identity needs its services.';
/** Bodies of requests that hold the token must not come back in a message. */
const TOKEN = /eyJ[\w-]+(?:\.[\w-]+)*/g;

/** One service of a Sigstore instance. */
export interface Service {
  /** As messages name it, e.g. `Fulcio`. */
  readonly name: string;
  readonly http: HttpClient;
}

interface Request extends Pick<HttpRequestOptions, 'body' | 'headers' | 'credentials' | 'maxBytes'> {
  readonly method: 'GET' | 'POST';
  /** Statuses that the caller reads, beside 200 and 201. */
  readonly accept?: readonly number[];
}

/**
 * One exchange; whatever is no answer means that nothing was signed.
 *
 * @throws SlsaGateError `signer.failed`
 */
export async function exchange({ name, http }: Service, url: string, request: Request): Promise<HttpAnswer> {
  const { accept = [], ...rest } = request;
  let answer: HttpAnswer;
  try {
    answer = await http.request(url, { ...rest, accept: [201, ...FAULTS], totalTimeoutMs: TIMEOUT_MS });
  } catch (cause) {
    if (!(cause instanceof SlsaGateError)) throw cause;
    return refuse('signer.failed', `${name} gave no answer (${cause.finding}): ${cause.message}`, {
      hint: cause.finding === 'source.offline' ? OFFLINE : cause.hint,
      cause,
    });
  }
  const { status } = answer;
  if (status === 200 || status === 201 || accept.includes(status)) return answer;
  const said = sayingOf(answer);
  return refuse('signer.failed', `${name} refused with status ${status}${said === '' ? '' : `: ${said}`}`, {
    hint:
      status >= 500 || status === 429
        ? 'Run again when the service is well.'
        : 'Check the profile and the identity token, whose issuer and audience the service must know.',
    details: { status },
  });
}

/** What a service says of a fault: short, and without what looks like a token. */
function sayingOf({ bytes }: HttpAnswer): string {
  const json = attempt(() => parseJson(bytes, 'answer'));
  const message =
    'value' in json && isJsonObject(json.value) ? json.value.message : isUtf8(bytes) ? bytes.toString() : '';
  if (typeof message !== 'string') return '';
  const line = message.replace(TOKEN, '…').replace(/\s+/g, ' ').trim();
  return line.startsWith('<') ? '' : line.slice(0, MAX_TEXT);
}

/** @throws SlsaGateError `signer.failed` */
export function readAnswer({ name }: Service, { bytes }: HttpAnswer): Json {
  const parsed = attempt(() => parseJson(bytes, 'answer'));
  if ('value' in parsed) return parsed.value;
  return refuse('signer.failed', `${name} answered something else than JSON`, { cause: parsed.error });
}

/** @throws SlsaGateError `signer.failed` */
export const oddAnswer = ({ name }: Service, what: string, cause?: unknown): never =>
  refuse('signer.failed', `${name} answered in another form: ${what}`, { cause });

export const jsonBody = (value: unknown) => ({
  body: Buffer.from(JSON.stringify(value)),
  headers: { 'content-type': 'application/json', accept: 'application/json' },
});
