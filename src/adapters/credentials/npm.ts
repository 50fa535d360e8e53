import { isUtf8 } from 'node:buffer';
import { join, resolve } from 'node:path';
import { refuse } from '../../errors.ts';
import { readCredentialFile, warnOfOpenFile } from './file.ts';
import { type Npmrc, parseNpmrc } from './npmrc.ts';
import { type CredentialOptions, variable } from './options.ts';
import { assertPair, assertToken, basicValue, fromBase64Pair, withHidden } from './secret.ts';
import type { KnownCredential } from './types.ts';

const DEFAULT_REGISTRY = 'https://registry.npmjs.org/';

/** The user's settings of npm, as far as registries go. */
export interface NpmConfig {
  /**
   * The registry of a scope (`@octo`), or of names without one, and what its host is shown, by path. The address ends in a
   * slash.
   *
   * @throws SlsaGateError `credential.unusable`
   */
  registryFor(scope: string | undefined): {
    readonly url: string;
    readonly credentials: readonly KnownCredential[];
  };
  /**
   * The credential of an address: that with the longest path, of exactly its host and port. It is bound to the origin and
   * to that path: others may have what lies elsewhere on the same host.
   *
   * @throws SlsaGateError `credential.unusable`
   */
  credentialFor(address: string): KnownCredential | undefined;
  /** `//host[:port]/path/` of all that have one. */
  readonly places: readonly string[];
}

const SECRET_KEY = /^(\/\/[^/:\s]+(?::[0-9]+)?(?:\/[^\s]*?)?):(_authToken|_auth|_password|username)$/;
const BARE_SECRETS = ['_authToken', '_auth', '_password'];

/**
 * Reads the user's .npmrc. The one in the working directory belongs to what is judged, so it is not read.
 *
 * @throws SlsaGateError `credential.unusable`, which names the file and nothing that it holds
 */
export async function npmCredentials(options: CredentialOptions): Promise<NpmConfig> {
  const { npmrc: given, homeDirectory, workingDirectory } = options;
  const path = given ?? variable(options, 'NPM_CONFIG_USERCONFIG') ?? join(homeDirectory, '.npmrc');
  const file = { path: resolve(workingDirectory, path), isNamed: given !== undefined };
  const found = await readCredentialFile(file, options);
  if (found === undefined) return toConfig(parseNpmrc('', {}), '.npmrc', options);
  if (!isUtf8(found.bytes)) refuse('credential.unusable', `not UTF-8: ${found.shown}`);
  const npmrc = parseNpmrc(found.bytes.toString('utf8'), options.env);
  if (BARE_SECRETS.some((name) => npmrc.values.has(name)))
    options.warn(
      `${found.shown} holds a credential without a registry, which is not used: write //HOST/:_authToken`,
    );
  const holdsSecret = [...npmrc.values.keys()].some((key) => SECRET_KEY.test(key) && !npmrc.missing.has(key));
  if (found.isOpen && holdsSecret) warnOfOpenFile(found, options);
  return toConfig(npmrc, found.shown, options);
}

function toConfig(npmrc: Npmrc, from: string, options: CredentialOptions): NpmConfig {
  const { values, missing } = npmrc;
  const warned = new Set<string>();
  /** A setting, unless it needs a variable that is not set. */
  const setting = (key: string): string | undefined => {
    const name = missing.get(key);
    if (name === undefined) return values.get(key) === '' ? undefined : values.get(key);
    if (!warned.has(key))
      options.warn(`${key} in ${from} needs the variable ${name}, which is not set; it is not used`);
    warned.add(key);
    return undefined;
  };

  const headerOf = (place: string): string | undefined => {
    const what = `the credential of ${place} in ${from}`;
    const token = setting(`${place}:_authToken`);
    if (token !== undefined) {
      assertToken(token, what);
      return `Bearer ${token}`;
    }
    const username = setting(`${place}:username`);
    const password = setting(`${place}:_password`);
    if (username !== undefined && password !== undefined) {
      const plain = Buffer.from(password, 'base64').toString('utf8');
      assertPair(username, plain, what);
      return basicValue(username, plain);
    }
    const auth = setting(`${place}:_auth`);
    if (auth === undefined) return undefined;
    const pair = fromBase64Pair(auth);
    if (pair === undefined)
      return refuse('credential.unusable', `${what} is no user name and password in base64`);
    assertPair(...pair, what);
    return basicValue(...pair);
  };

  const credentialOf = (place: string, { origin, host }: URL): KnownCredential | undefined => {
    const value = headerOf(place);
    if (value === undefined) return undefined;
    const path = place.slice(`//${host}`.length);
    const bound = path === '' || path === '/' ? {} : { path };
    return withHidden({ origin, ...bound, header: 'authorization', value, from }, 'value');
  };

  const places = [...new Set([...values.keys()].flatMap((key) => SECRET_KEY.exec(key)?.[1] ?? []))];

  const credentialFor = (address: string): KnownCredential | undefined => {
    const url = URL.parse(address);
    if (url === null) return undefined;
    for (let place = `//${url.host}${url.pathname}`; place.length > 2; place = parentOf(place)) {
      const found = credentialOf(place, url);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  return {
    credentialFor,
    registryFor(scope) {
      const key = scope === undefined || !values.has(`${scope}:registry`) ? 'registry' : `${scope}:registry`;
      const url = toRegistry(values.has(key) ? (values.get(key) ?? '') : DEFAULT_REGISTRY, key, from);
      const { host } = new URL(url);
      const credentials = places
        .filter((place) => place === `//${host}` || place.startsWith(`//${host}/`))
        .flatMap((place) => credentialOf(place, new URL(url)) ?? []);
      return { url, credentials };
    },
    places,
  };
}

/** `//host/a/b/` → `//host/a/b` → `//host/a/` → ... → `//host`: whole parts of the path, never a part of the host. */
const parentOf = (place: string): string => place.replace(/(?:[^/]+|\/)$/, '');

function toRegistry(text: string, key: string, from: string): string {
  const url = URL.parse(text);
  const isPlain =
    url !== null &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (!isPlain)
    refuse('credential.unusable', `${key} in ${from} is no plain address of a registry`, { actual: from });
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}
