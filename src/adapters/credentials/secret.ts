import { inspect } from 'node:util';
import { LIMITS } from '../../core/limits.ts';
import { refuse } from '../../errors.ts';
import type { RegistryCredential } from './types.ts';

const HIDDEN = '[secret]';

/**
 * The same object, whose secret shows neither in JSON nor in what `console.log` prints of it or of anything around it. It
 * stays an ordinary field for whoever sends it.
 */
export function withHidden<T extends object>(value: T, secret: keyof T): T {
  const shown = { ...value, [secret]: HIDDEN };
  return Object.defineProperties(value, {
    toJSON: { value: () => shown },
    [inspect.custom]: { value: () => shown },
  });
}

const unusable = (what: string, why: string): never => refuse('credential.unusable', `${what} ${why}`);

/**
 * What can stand in a header or form as it is.
 *
 * @param what names where it stands; never the secret
 * @throws SlsaGateError `credential.unusable`
 */
function assertText(secret: string, what: string): void {
  if (Buffer.byteLength(secret) > LIMITS.credentialBytes) unusable(what, 'is too long');
  if (/\p{Cc}/u.test(secret)) unusable(what, 'holds a line end or another control character');
}

/** @throws SlsaGateError `credential.unusable` */
export function assertToken(secret: string, what: string): void {
  assertText(secret, what);
  if (!/^[\x21-\x7e]+$/.test(secret)) unusable(what, 'holds a character that tokens do not have');
}

/** @throws SlsaGateError `credential.unusable` */
export function assertPair(username: string, password: string, what: string): void {
  assertText(username, what);
  assertText(password, what);
  if (username.includes(':')) unusable(what, 'has a user name with a colon, which cannot be sent');
}

export const basicValue = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** User name and password out of their base64 form; undefined when it is none. */
export function fromBase64Pair(text: string): readonly [username: string, password: string] | undefined {
  const compact = text.trim();
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return undefined;
  const pair = Buffer.from(compact, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon === -1 ? undefined : [pair.slice(0, colon), pair.slice(colon + 1)];
}

/** @throws SlsaGateError `credential.unusable` */
export function basicCredential(
  username: string,
  password: string,
  from: string,
  what: string,
): RegistryCredential {
  assertPair(username, password, what);
  return withHidden<RegistryCredential & { kind: 'basic' }>(
    { kind: 'basic', username, password, from },
    'password',
  );
}

/** @throws SlsaGateError `credential.unusable` */
export function tokenCredential(
  kind: 'refresh-token' | 'bearer',
  token: string,
  from: string,
  what: string,
): RegistryCredential {
  if (kind === 'bearer') assertToken(token, what);
  else assertText(token, what);
  return withHidden<RegistryCredential & { token: string }>({ kind, token, from }, 'token');
}
