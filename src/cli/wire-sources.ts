import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { SourceCache } from '../adapters/cache/index.ts';
import { pickHelperEnvironment } from '../adapters/credentials/helper-environment.ts';
import type { CredentialOptions } from '../adapters/credentials/index.ts';
import type { VerificationPorts } from '../app/requests.ts';
import type { OpenSources } from '../core/source-ports.ts';
import { refuse } from '../errors.ts';
import { countingOn } from './count-progress.ts';
import { toTerminal } from './escape/terminal.ts';
import { listedHosts, networkOptions } from './network.ts';
import type { Invocation } from './parse.ts';
import { note } from './streams.ts';
import { parseDurationSeconds } from './values.ts';
import { cacheDirectory } from './wire-trust.ts';

const GITHUB = 'https://api.github.com';
const PYPI = 'https://pypi.org';
const REKOR = 'https://rekor.sigstore.dev';
const DEFAULT_SECONDS = 120;
const CACHE_BYTES = 512 * 1024 * 1024;

/** The environment variables that credentials are read from; src/cli/environment.ts says what each does. */
function credentialEnvironment(): CredentialOptions['env'] {
  const { GH_TOKEN, GITHUB_TOKEN, GH_ENTERPRISE_TOKEN, GITHUB_ENTERPRISE_TOKEN, GH_HOST, GITHUB_SERVER_URL } =
    process.env;
  const { DOCKER_CONFIG, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, PATH } = process.env;
  const { NPM_CONFIG_USERCONFIG, NPM_TOKEN, NODE_AUTH_TOKEN } = process.env;
  const { CI_REGISTRY, CI_REGISTRY_USER, CI_REGISTRY_PASSWORD } = process.env;
  const { GITLAB_TOKEN, GITLAB_HOST, CI_JOB_TOKEN, CI_SERVER_URL } = process.env;
  return {
    ...{ GH_TOKEN, GITHUB_TOKEN, GH_ENTERPRISE_TOKEN, GITHUB_ENTERPRISE_TOKEN, GH_HOST, GITHUB_SERVER_URL },
    ...{ DOCKER_CONFIG, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, PATH },
    ...{ NPM_CONFIG_USERCONFIG, NPM_TOKEN, NODE_AUTH_TOKEN },
    ...{ CI_REGISTRY, CI_REGISTRY_USER, CI_REGISTRY_PASSWORD },
    ...{ GITLAB_TOKEN, GITLAB_HOST, CI_JOB_TOKEN, CI_SERVER_URL },
  };
}

/** `NAME=/path`, each. */
const helpers = (words: Invocation): ReadonlyMap<string, string> =>
  new Map(
    words.list('credential-helper').map((given) => {
      const [, name = '', path = ''] = /^([A-Za-z0-9_-]+)=(.+)$/.exec(given) ?? [];
      if (name === '' || !isAbsolute(path)) {
        refuse('usage.flag', `--credential-helper is not NAME=/path: ${given}`, {
          actual: given,
          hint: 'Give the absolute path of the program.',
        });
      }
      return [name, path] as const;
    }),
  );

export function credentialOptions(words: Invocation): CredentialOptions {
  const dockerConfig = words.text('registry-config');
  const npmrc = words.has('npmrc') ? words.text('npmrc') : undefined;
  return {
    env: credentialEnvironment(),
    homeDirectory: homedir(),
    workingDirectory: process.cwd(),
    helpers: helpers(words),
    // Helpers get their own part of it alone; credentials/helper-environment.ts lists that part.
    helperEnv: pickHelperEnvironment(process.env),
    ...(dockerConfig === undefined ? {} : { dockerConfig }),
    ...(npmrc === undefined ? {} : { npmrc }),
    warn: (message) => void note(`warning: ${toTerminal(message)}\n`),
  };
}

export async function openCacheOf(words: Invocation): Promise<SourceCache | undefined> {
  if (words.on('without-cache')) return undefined;
  const { openCache } = await import('../adapters/cache/index.ts');
  return openCache({
    directory: words.text('cache-dir') ?? join(cacheDirectory(), 'sources'),
    maxBytes: CACHE_BYTES,
    now: () => Date.now(),
  });
}

/** Addresses of APIs; a slash at their end says nothing. */
export const addresses = (words: Invocation) => ({
  githubUrl: (words.text('github-url') ?? GITHUB).replace(/\/+$/, ''),
  pypiUrl: (words.text('pypi-url') ?? PYPI).replace(/\/+$/, ''),
  rekorUrl: REKOR,
});

/** All sources as the flags and the environment set them; everything is loaded and read when a run opens. */
export function createSources(words: Invocation): OpenSources {
  const timeout = words.text('timeout');
  const deadlineMs =
    (timeout === undefined ? DEFAULT_SECONDS : parseDurationSeconds('timeout', timeout)) * 1000;
  return async () => {
    const { openSourceRun } = await import('../adapters/attestations/index.ts');
    const { createHttpClient, createOfflineClient } = await import('../adapters/http/index.ts');
    const credentials = await import('../adapters/credentials/index.ts');
    const cache = await openCacheOf(words);
    const options = credentialOptions(words);
    await credentials.assertNamedUsable(options);
    const where = addresses(words);
    const network = await networkOptions(words);
    const answers = cache === undefined ? {} : { answers: cache.answers };
    return openSourceRun({
      ...where,
      createHttp: (hooks) =>
        words.on('offline')
          ? createOfflineClient(network.listedHosts ?? [])
          : createHttpClient({ ...network, ...answers, ...hooks }),
      deadlineMs,
      listedHosts: listedHosts(words),
      cache,
      registryCredentials: credentials.registryCredentials(options),
      githubCredential: credentials.githubCredentials(options, where.githubUrl),
      npmRegistryFor: async () => (await credentials.npmCredentials(options)).registryFor,
      pypiCredentials: [credentials.gitlabCredentials(options, where.pypiUrl)].filter(
        (one) => one !== undefined,
      ),
    });
  };
}

/** Fewer artifacts are asked about too soon for anybody to wonder. */
const WORTH_TELLING = 5;

/** The sources, and the line of a terminal that says how far they are. */
export function createSourcePorts(
  words: Invocation,
): Required<Pick<VerificationPorts, 'openSources' | 'onAsked'>> {
  const counting = countingOn(process.stderr, 'asked about', () => performance.now(), WORTH_TELLING);
  return {
    openSources: createSources(words),
    onAsked: (done, total) => {
      counting.tell(done, total);
      if (done === total) counting.end();
    },
  };
}
