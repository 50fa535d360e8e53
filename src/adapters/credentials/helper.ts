import { spawn } from 'node:child_process';
import { delimiter, dirname, isAbsolute } from 'node:path';
import { LIMITS } from '../../core/limits.ts';
import { isJsonObject, type Json, parseJson } from '../../core/model/json.ts';
import { refuse, SlsaGateError } from '../../errors.ts';
import { findProgram, isExecutable, type ProgramPlaces, safeFolders } from '../disk/find-program.ts';
import { type CredentialOptions, variable } from './options.ts';
import { keyForHelper } from './registry-name.ts';
import { basicCredential, tokenCredential } from './secret.ts';
import type { RegistryCredential } from './types.ts';

const NAME = /^[A-Za-z0-9_-]+$/;
const TIMEOUT_MS = 10_000;
/** What helpers say where they keep nothing (docker/docker-credential-helpers). */
const NOTHING_KEPT = 'credentials not found in native keychain';
/** In place of a user name: the secret is an identity token. */
const TOKEN_USER = '<token>';

function unusable(name: string, why: string): never {
  refuse('credential.unusable', `the credential helper ${name.slice(0, 64)} ${why}`, {
    actual: name.slice(0, 64),
  });
}

/**
 * Asks Docker's credential helper for a registry; undefined when it keeps nothing for it. Nothing that the helper says
 * stands in a message.
 *
 * @throws SlsaGateError `credential.unusable`
 */
export async function askHelper(
  name: string,
  registry: string,
  options: CredentialOptions,
): Promise<RegistryCredential | undefined> {
  const program = await programOf(name, options);
  const { status, output } = await run(program, name, keyForHelper(registry), options);
  if (status !== 0) {
    if (output.toString('utf8').trim() === NOTHING_KEPT) return undefined;
    unusable(name, `fails for ${registry} with status ${status}`);
  }
  return toCredential(parse(output, name), name);
}

/** @throws SlsaGateError `credential.unusable` */
export async function programOf(name: string, options: CredentialOptions): Promise<string> {
  if (!NAME.test(name)) unusable(name, 'has a name that helpers do not have');
  const given = options.helpers.get(name);
  if (given !== undefined) {
    if (isAbsolute(given) && (await isExecutable(given))) return given;
    unusable(name, 'is not a program at the place that is given, which must be its path in full');
  }
  return (
    (await findProgram(`docker-credential-${name}`, placesOf(options))) ??
    refuse('credential.unusable', `the credential helper ${name} is not installed`, {
      hint: `Install docker-credential-${name} where PATH names its folder in full, outside of repositories and of the working directory, or give --credential-helper ${name}=/path.`,
      actual: name,
    })
  );
}

const placesOf = (options: CredentialOptions): ProgramPlaces => ({
  searchPath: variable(options, 'PATH') ?? '',
  workingDirectory: options.workingDirectory,
  homeDirectory: options.homeDirectory,
});

interface Ended {
  readonly status: number | string;
  readonly output: Buffer;
}

async function run(program: string, name: string, key: string, options: CredentialOptions): Promise<Ended> {
  const env = await environment(options);
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['get'], {
      // Not where the user works: a helper may read files of its working directory.
      cwd: dirname(program),
      env,
      shell: false,
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
    });
    const pieces: Buffer[] = [];
    let length = 0;
    const end = (work: () => void): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      // Its own children may still hold the pipe.
      child.stdout.destroy();
      child.stdin.destroy();
      work();
    };
    const fail = (why: string): void =>
      end(() => {
        try {
          unusable(name, why);
        } catch (error) {
          reject(error);
        }
      });
    const timer = setTimeout(() => fail('does not answer in time'), options.helperTimeoutMs ?? TIMEOUT_MS);
    child.stdout.on('data', (piece: Buffer) => {
      length += piece.length;
      if (length > LIMITS.credentialBytes) fail('says more than a credential');
      else pieces.push(piece);
    });
    child.stdin.on('error', () => undefined);
    child.stdout.on('error', () => undefined);
    child.on('error', () => fail('cannot be run'));
    child.on('close', (code, signal) =>
      end(() => resolve({ status: code ?? signal ?? 'unknown', output: Buffer.concat(pieces) })),
    );
    child.stdin.end(key);
  });
}

/** PATH without the working directory and repositories: helpers look for programs of their own. */
async function environment(options: CredentialOptions): Promise<Record<string, string>> {
  const given = options.helperEnv ?? {};
  const folders = await safeFolders(placesOf(options));
  const set = Object.entries({ HOME: options.homeDirectory, ...given }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return { ...Object.fromEntries(set), PATH: folders.join(delimiter) };
}

function parse(output: Buffer, name: string): Json {
  try {
    return parseJson(output, 'answer', LIMITS.credentialBytes);
  } catch (error) {
    if (!(error instanceof SlsaGateError)) throw error;
    return unusable(name, 'answers something else than a credential');
  }
}

function toCredential(json: Json, name: string): RegistryCredential | undefined {
  const { Username: username, Secret: secret } = isJsonObject(json) ? json : {};
  if (typeof username !== 'string' || typeof secret !== 'string')
    return unusable(name, 'answers something else than a credential');
  // Some answer so where they keep nothing.
  if (secret === '' && (username === '' || username === TOKEN_USER)) return undefined;
  const from = `helper ${name}`;
  const what = `the secret of the credential helper ${name}`;
  return username === TOKEN_USER
    ? tokenCredential('refresh-token', secret, from, what)
    : basicCredential(username, secret, from, what);
}
