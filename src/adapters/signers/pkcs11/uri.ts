import { isUtf8 } from 'node:buffer';
import { isAbsolute } from 'node:path';
import { refuse } from '../../../errors.ts';

/** Which key of which token, and how to reach it (RFC 7512). */
export interface Pkcs11Uri {
  /** Absolute path of the PKCS#11 library of the token. */
  readonly modulePath: string;
  /** Label of the token. */
  readonly token: string;
  /** Label of the key. */
  readonly object?: string;
  /** Id of the key (`CKA_ID`). */
  readonly id?: Buffer;
  /** File with the PIN, as written. */
  readonly pinFile?: string;
}

const EXAMPLE =
  'pkcs11:token=releases;object=records?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:pin.txt';
const PATH_ATTRIBUTES = ['token', 'object', 'id', 'type'];
const QUERY_ATTRIBUTES = ['module-path', 'pin-source'];
const VALUE = /^(?:[A-Za-z0-9\-._~:[\]@!$'()*+,=&/?|]|%[0-9A-Fa-f]{2})+$/;

const bad = (message: string, hint = `Write it as ${EXAMPLE}.`): never =>
  refuse('signer.key', `pkcs11 URI ${message}`, { hint });

function decode(name: string, value: string): Buffer {
  if (!VALUE.test(value)) bad(`has no value in its form: ${name}`);
  const parts = value.split(/(%[0-9A-Fa-f]{2})/).filter((part) => part !== '');
  return Buffer.concat(
    parts.map((part) => (part.startsWith('%') ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part))),
  );
}

function decodeText(name: string, value: string): string {
  const bytes = decode(name, value);
  const text = bytes.toString('utf8');
  if (!isUtf8(bytes) || /\p{Cc}/u.test(text)) bad(`has a value that is no printable text: ${name}`);
  return text;
}

function attributes(text: string, separator: string, known: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const part of text === '' ? [] : text.split(separator)) {
    const equals = part.indexOf('=');
    const name = equals === -1 ? part : part.slice(0, equals);
    // Named before all else, so that a PIN is never part of a message.
    if (name === 'pin-value') refusePin();
    if (equals < 1 || !known.includes(name)) bad(`has an attribute that is not supported: ${name}`);
    if (found.has(name)) bad(`has an attribute twice: ${name}`);
    found.set(name, part.slice(equals + 1));
  }
  return found;
}

const refusePin = (): never =>
  refuse('signer.passphrase', 'pkcs11 URI holds a PIN', {
    hint: 'Configuration and command lines are read by others: put the PIN into a file and give pin-source=file:PATH.',
  });

/** `file:pin.txt`, `file:///run/pin` or a plain path; RFC 7512 also has commands, which are not run. */
function pinFileOf(value: string): string {
  const path = value.startsWith('file:') ? value.slice('file:'.length).replace(/^\/\/(?=\/)/, '') : value;
  if (path.startsWith('|')) bad('names a command as pin-source', 'Give pin-source=file:PATH.');
  if (path === '' || path.startsWith('//')) bad('names no file as pin-source', 'Give pin-source=file:PATH.');
  return path;
}

/**
 * @param text what follows `pkcs11:`
 * @throws SlsaGateError `signer.key`, `signer.passphrase` for a PIN in the URI
 */
export function parsePkcs11Uri(text: string): Pkcs11Uri {
  const mark = text.indexOf('?');
  const path = attributes(mark === -1 ? text : text.slice(0, mark), ';', PATH_ATTRIBUTES);
  const query = attributes(mark === -1 ? '' : text.slice(mark + 1), '&', QUERY_ATTRIBUTES);
  const [token, object, id, type] = PATH_ATTRIBUTES.map((name) => path.get(name));
  const [module, pin] = QUERY_ATTRIBUTES.map((name) => query.get(name));
  if (token === undefined) return bad('names no token');
  if (object === undefined && id === undefined) return bad('names no key: object or id');
  if (type !== undefined && type !== 'private') return bad('is not about a private key: type');
  if (module === undefined) return bad('has no module-path');
  const modulePath = decodeText('module-path', module);
  // A library is code: where it is found must not depend on the folder that the command runs in.
  if (!isAbsolute(modulePath)) return bad('has a module-path that is not absolute');
  return {
    modulePath,
    token: decodeText('token', token),
    ...(object === undefined ? {} : { object: decodeText('object', object) }),
    ...(id === undefined ? {} : { id: decode('id', id) }),
    ...(pin === undefined ? {} : { pinFile: pinFileOf(decodeText('pin-source', pin)) }),
  };
}
