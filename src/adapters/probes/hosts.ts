import { SlsaGateError } from '../../errors.ts';
import type { HttpClient } from '../http/index.ts';
import { PROBE_BYTES } from './answers.ts';

/** Refusals that only come after somebody answered. */
const ANSWERED = new Set([
  'source.http-status',
  'source.unauthorized',
  'source.rate-limited',
  'source.malformed-response',
  'source.host-refused',
  'limit.response',
  'limit.time',
]);
const NAME_ERRORS = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME']);

async function failureOf(work: () => Promise<unknown>): Promise<SlsaGateError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof SlsaGateError) return error;
    throw error;
  }
}

/**
 * Whether a host leads to an address that is only asked when it is listed. Nothing is sent to such a one; a public one is
 * connected to.
 *
 * @param unlisted a client for which no host is listed
 * @param host `host:port`
 * @throws SlsaGateError `source.unavailable` for a name that does not resolve
 */
export async function kindOfHost(unlisted: HttpClient, host: string): Promise<'private' | 'public'> {
  const error = await failureOf(() =>
    unlisted.request(`https://${host}/`, { method: 'HEAD', maxBytes: PROBE_BYTES, totalTimeoutMs: 5_000 }),
  );
  if (error?.finding === 'source.blocked-address') return 'private';
  if (error?.finding === 'source.unavailable' && NAME_ERRORS.has(error.actual ?? '')) throw error;
  return 'public';
}

/**
 * Whether something answers at the address of the proxy, and lets us through as far as can be told without asking anybody
 * else: a name that nobody has (RFC 2606) is asked for.
 *
 * @param direct a client without a proxy, for which the proxy's host is listed
 * @param through a client with the proxy
 * @throws SlsaGateError `source.unavailable`, `source.timeout`, `source.unauthorized`
 */
export async function reachProxy(direct: HttpClient, through: HttpClient, origin: string): Promise<void> {
  const options = { method: 'HEAD', maxBytes: PROBE_BYTES, totalTimeoutMs: 10_000 } as const;
  const unreached = await failureOf(() => direct.request(`${origin}/`, options));
  const isBroken = unreached?.actual === 'UND_ERR_SOCKET' || unreached?.actual === 'ECONNRESET';
  // One that hangs up on what is no request for a tunnel is there all the same.
  if (unreached !== undefined && !ANSWERED.has(unreached.finding) && !isBroken) throw unreached;
  const refused = await failureOf(() => through.request('https://slsa-gate-doctor.invalid/', options));
  // Nobody said no, and no connection broke: we could not even ask.
  if (refused?.actual === 'unknown') throw refused;
  if (refused?.actual !== 'proxy 407') return;
  throw new SlsaGateError('source.unauthorized', `the proxy ${origin} wants credentials`, {
    hint: 'Give user and password in the address of the proxy, or correct those that stand there.',
    cause: refused,
  });
}

/** @throws SlsaGateError `source.*`, `limit.*` */
export async function reachMirror(http: HttpClient, address: string): Promise<void> {
  await http.request(`${address}timestamp.json`, { maxBytes: PROBE_BYTES });
}
