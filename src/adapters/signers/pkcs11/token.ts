import type { PKCS11 } from 'pkcs11js';
import { refuse } from '../../../errors.ts';
import { CK, CKR } from './constants.ts';
import type { Pkcs11Uri } from './uri.ts';

/** A session with a token, logged in, and the two halves of the key in it. */
export interface TokenKey {
  readonly session: Buffer;
  readonly privateKey: Buffer;
  readonly ecParams: Buffer;
  readonly ecPoint: Buffer;
}

export const returnValueOf = (error: unknown): number | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;

/** What a failed call is told as. A wrong PIN is never tried again: tokens lock themselves. */
export function refuseCall(what: string, error: unknown): never {
  const value = returnValueOf(error);
  const name = value === undefined ? 'unknown' : `0x${value.toString(16)}`;
  if (value !== undefined && CKR.pinFaults.some((fault) => fault === value))
    refuse('signer.passphrase', `the token does not take the PIN (${name})`, { cause: error });
  refuse('signer.failed', `${what} failed on the token (${name})`, { cause: error });
}

export function call<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    return refuseCall(what, error);
  }
}

/** Exactly one of those that fit: which of several is meant would be a guess. */
function only<T>(found: readonly T[], what: string): T {
  const [first, second] = found;
  if (first === undefined) refuse('signer.key', `no such ${what}`);
  if (second !== undefined) refuse('signer.key', `several are called so: ${what}`);
  return first;
}

function findSlot(library: PKCS11, { token }: Pkcs11Uri): Buffer {
  const slots = call('listing the tokens', () =>
    library.C_GetSlotList(true).filter((slot) => library.C_GetTokenInfo(slot).label.trimEnd() === token),
  );
  return only(slots, `token: ${token}`);
}

function find(library: PKCS11, session: Buffer, objectClass: number, uri: Pkcs11Uri): readonly Buffer[] {
  const template = [
    { type: CK.attributeClass, value: objectClass },
    ...(uri.object === undefined ? [] : [{ type: CK.attributeLabel, value: uri.object }]),
    ...(uri.id === undefined ? [] : [{ type: CK.attributeId, value: uri.id }]),
  ];
  return call('looking for the key', () => {
    library.C_FindObjectsInit(session, template);
    try {
      return library.C_FindObjects(session, 2);
    } finally {
      library.C_FindObjectsFinal(session);
    }
  });
}

function login(library: PKCS11, session: Buffer, pin: string): void {
  try {
    library.C_Login(session, CK.userNormal, pin);
  } catch (error) {
    // Logins belong to the process: another signer may use the same token.
    if (returnValueOf(error) !== CKR.alreadyLoggedIn) refuseCall('logging in', error);
  }
}

/** @throws SlsaGateError `signer.key`, `signer.passphrase`, `signer.failed` */
export async function openTokenKey(
  library: PKCS11,
  uri: Pkcs11Uri,
  pin: () => Promise<string>,
): Promise<TokenKey> {
  const slot = findSlot(library, uri);
  const session = call('opening a session', () => library.C_OpenSession(slot, CK.sessionSerial));
  try {
    login(library, session, await pin());
    const name = `on the token ${uri.token}: ${uri.object ?? uri.id?.toString('hex') ?? ''}`;
    const privateKey = only(find(library, session, CK.objectPrivateKey, uri), `private key ${name}`);
    const publicKey = only(find(library, session, CK.objectPublicKey, uri), `public key ${name}`);
    const [params, point] = readCurve(library, session, publicKey);
    return { session, privateKey, ecParams: present(params), ecPoint: present(point) };
  } catch (error) {
    library.C_CloseSession(session);
    throw error;
  }
}

function readCurve(
  library: PKCS11,
  session: Buffer,
  publicKey: Buffer,
): readonly { readonly value: Buffer }[] {
  try {
    const wanted = [{ type: CK.attributeEcParams }, { type: CK.attributeEcPoint }];
    return library.C_GetAttributeValue(session, publicKey, wanted);
  } catch (error) {
    if (returnValueOf(error) === CKR.attributeTypeInvalid) return [];
    return refuseCall('reading the public key', error);
  }
}

const present = (attribute: { readonly value: Buffer } | undefined): Buffer =>
  attribute?.value ?? refuse('signer.key', 'the key of the token is of no curve');
