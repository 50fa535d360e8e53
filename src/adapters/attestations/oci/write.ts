import { refuse, SlsaGateError } from '../../../errors.ts';
import type { HttpAnswer } from '../../http/index.ts';
import type { Repository } from './repository.ts';
import type { SessionRequest } from './session.ts';

/** Answers to writes say little. */
const ANSWER_BYTES = 64 * 1024;

export type WriteRequest = Pick<SessionRequest, 'method' | 'headers' | 'body' | 'accept' | 'isRepeatable'>;

/**
 * Asks for a change, with a scope that may push.
 *
 * @param path below the repository, or a whole address
 * @param what is written, for people
 * @throws SlsaGateError `registry.write-failed`, `source.unauthorized`, `source.host-refused`, `registry.realm-refused`
 */
export async function write(
  { session, repository, registry }: Repository,
  path: string,
  what: string,
  asked: WriteRequest,
): Promise<HttpAnswer> {
  const address = /^https?:/.test(path) ? path : `/v2/${repository}/${path}`;
  try {
    return await session.request(address, {
      ...asked,
      repository,
      actions: 'pull,push',
      maxBytes: ANSWER_BYTES,
    });
  } catch (cause) {
    throw asWriteRefusal(cause, `${registry} did not take ${what}`);
  }
}

/**
 * Reads what was written; whatever stands in its way, it is not known to be there.
 *
 * @throws SlsaGateError as {@link write}
 */
export async function readBack<T>(what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw asWriteRefusal(cause, `${what} could not be read back`);
  }
}

/** @throws SlsaGateError `registry.write-failed` */
export const refuseWrite = (message: string, found: { readonly actual?: string } = {}): never =>
  refuse('registry.write-failed', message, found);

/** What says more about the way to mend it than that nothing was written. */
const KEPT = new Set([
  'source.host-refused',
  'source.offline',
  'registry.realm-refused',
  'registry.write-failed',
]);
const MAY_PUSH = 'Log in as somebody who may push there; slsa-gate doctor shows which credential is used.';

function asWriteRefusal(cause: unknown, what: string): unknown {
  if (!(cause instanceof SlsaGateError) || cause.exitCode === 64 || KEPT.has(cause.finding)) return cause;
  const { message, details, actual, expected, finding, hint } = cause;
  const isUnauthorized = finding === 'source.unauthorized';
  return new SlsaGateError(
    isUnauthorized ? finding : 'registry.write-failed',
    `${what} (${finding}): ${message}`,
    {
      ...(isUnauthorized ? { hint: MAY_PUSH } : hint === undefined ? {} : { hint }),
      ...(actual === undefined ? {} : { actual }),
      ...(expected === undefined ? {} : { expected }),
      details,
      cause,
    },
  );
}
