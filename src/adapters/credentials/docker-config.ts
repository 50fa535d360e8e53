import { LIMITS } from '../../core/limits.ts';
import { isJsonObject, type Json, type JsonObject, parseJson } from '../../core/model/json.ts';
import { refuse, SlsaGateError } from '../../errors.ts';
import { type CredentialFile, readCredentialFile, warnOfOpenFile } from './file.ts';
import type { CredentialOptions } from './options.ts';
import { registryOfKey } from './registry-name.ts';
import { basicCredential, fromBase64Pair, tokenCredential } from './secret.ts';
import type { RegistryCredential } from './types.ts';

/** Docker's `config.json`, and `auth.json` of Podman, which has the same form. */
export interface DockerConfig {
  /** The file, for people. */
  readonly shown: string;
  readonly auths: JsonObject;
  /** Names of helpers by registry. */
  readonly credHelpers: JsonObject;
  /** Helper of all registries that have none of their own. */
  readonly credsStore: string | undefined;
}

const SECRETS = ['auth', 'password', 'identitytoken', 'registrytoken'];

const unusable = (shown: string, why: string): never =>
  refuse('credential.unusable', `${why}: ${shown}`, { actual: shown });

/** @throws SlsaGateError `credential.unusable`, which names the file and nothing that it holds */
export async function loadDockerConfig(
  file: CredentialFile,
  options: CredentialOptions,
): Promise<DockerConfig | undefined> {
  const found = await readCredentialFile(file, options);
  if (found === undefined) return undefined;
  const { shown } = found;
  const json = parse(found.bytes, shown);
  const { auths = {}, credHelpers = {}, credsStore = '' } = json;
  if (!isJsonObject(auths)) unusable(shown, 'auths is no object');
  if (!isJsonObject(credHelpers)) unusable(shown, 'credHelpers is no object');
  if (typeof credsStore !== 'string') unusable(shown, 'credsStore is no text');
  const config = { shown, auths, credHelpers, credsStore: credsStore === '' ? undefined : credsStore };
  if (found.isOpen && Object.values(auths as JsonObject).some(holdsSecret)) warnOfOpenFile(found, options);
  return config as DockerConfig;
}

function parse(bytes: Buffer, shown: string): JsonObject {
  let json: Json;
  try {
    json = parseJson(bytes, 'file', LIMITS.configBytes);
  } catch (error) {
    if (!(error instanceof SlsaGateError)) throw error;
    // Not as a cause: a parser may quote what it cannot read.
    return unusable(shown, 'not JSON that can be read');
  }
  return isJsonObject(json) ? json : unusable(shown, 'not a JSON object');
}

const holdsSecret = (entry: Json): boolean =>
  isJsonObject(entry) && SECRETS.some((name) => typeof entry[name] === 'string' && entry[name] !== '');

/** The entry that is written exactly so first: a file may have `host` and `https://host`. */
function entryOf<T>(entries: Readonly<Record<string, T>>, registry: string): T | undefined {
  if (Object.hasOwn(entries, registry)) return entries[registry];
  const key = Object.keys(entries).find((other) => registryOfKey(other) === registry);
  return key === undefined ? undefined : entries[key];
}

/** The helper that keeps a registry's credential; undefined: the file itself does. @throws SlsaGateError `credential.unusable` */
export function helperOf(config: DockerConfig, registry: string): string | undefined {
  const own = entryOf(config.credHelpers, registry);
  if (own === undefined || own === '') return config.credsStore;
  return typeof own === 'string' ? own : unusable(config.shown, `the helper of ${registry} is no text`);
}

/**
 * What the file itself holds for a registry, compared whole.
 *
 * @throws SlsaGateError `credential.unusable`
 */
export function credentialIn(config: DockerConfig, registry: string): RegistryCredential | undefined {
  const entry = entryOf(config.auths, registry);
  // Where a helper keeps the credential, an empty object tells that there is one.
  if (entry === undefined) return undefined;
  const { shown: from } = config;
  const what = `the credential of ${registry} in ${from}`;
  const text = (name: string): string => {
    const value = isJsonObject(entry) ? (entry[name] ?? '') : undefined;
    return typeof value === 'string' ? value : unusable(from, `the entry of ${registry} is malformed`);
  };
  const bearer = text('registrytoken');
  if (bearer !== '') return tokenCredential('bearer', bearer, from, what);
  const refresh = text('identitytoken');
  if (refresh !== '') return tokenCredential('refresh-token', refresh, from, what);
  const auth = text('auth');
  const pair = auth === '' ? [text('username'), text('password')] : fromBase64Pair(auth);
  if (pair === undefined) return unusable(from, `auth of ${registry} is no user name and password in base64`);
  const [username = '', password = ''] = pair;
  return username === '' && password === '' ? undefined : basicCredential(username, password, from, what);
}

/** Registries that a file names in `auths` with something in it, and in `credHelpers`. */
export function namedIn({ auths, credHelpers }: DockerConfig): ReadonlySet<string> {
  const keys = [
    ...Object.entries(auths).flatMap(([key, entry]) => (holdsSecret(entry) ? [key] : [])),
    ...Object.keys(credHelpers),
  ];
  return new Set(keys.flatMap((key) => registryOfKey(key) ?? []));
}
