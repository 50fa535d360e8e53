import { join, resolve } from 'node:path';
import { credentialIn, type DockerConfig, helperOf, loadDockerConfig } from './docker-config.ts';
import type { CredentialFile } from './file.ts';
import { askHelper, programOf } from './helper.ts';
import { type CredentialOptions, variable } from './options.ts';
import { canonicalRegistry, registryOfKey } from './registry-name.ts';
import { basicCredential } from './secret.ts';
import type { RegistryCredential, RegistryCredentials } from './types.ts';

/**
 * Credentials of registries as Docker and Podman keep them, then the job's of GitLab. The first that is found counts; a file
 * or helper that does not work ends the search, since another credential would answer something else.
 */
export function registryCredentials(options: CredentialOptions): RegistryCredentials {
  let loaded: Promise<readonly DockerConfig[]> | undefined;
  const asked = new Map<string, Promise<RegistryCredential | undefined>>();
  const find = async (registry: string): Promise<RegistryCredential | undefined> => {
    loaded ??= loadConfigs(options);
    for (const config of await loaded) {
      const helper = helperOf(config, registry);
      const kept = helper === undefined ? undefined : await askHelper(helper, registry, options);
      const found = kept ?? credentialIn(config, registry);
      if (found !== undefined) return found;
    }
    return ofJob(registry, options);
  };
  return {
    of(text) {
      const registry = canonicalRegistry(text);
      const known = asked.get(registry);
      if (known !== undefined) return known;
      const answer = find(registry);
      asked.set(registry, answer);
      return answer;
    },
  };
}

/**
 * What flags name must be usable, also where no registry asks for it: a typing error would come to light at another time.
 *
 * @throws SlsaGateError `credential.unusable`
 */
export async function assertNamedUsable(options: CredentialOptions): Promise<void> {
  if (options.dockerConfig !== undefined) await loadConfigs(options);
  for (const name of options.helpers.keys()) await programOf(name, options);
}

/** Those that are there, in the order in which they are asked. */
async function loadConfigs(options: CredentialOptions): Promise<readonly DockerConfig[]> {
  const configs: DockerConfig[] = [];
  for (const file of dockerConfigFiles(options)) {
    const config = await loadDockerConfig(file, options);
    if (config !== undefined) configs.push(config);
  }
  return configs;
}

export function dockerConfigFiles(options: CredentialOptions): readonly CredentialFile[] {
  const { dockerConfig, homeDirectory, workingDirectory } = options;
  if (dockerConfig !== undefined) return [{ path: resolve(workingDirectory, dockerConfig), isNamed: true }];
  const folder = resolve(
    workingDirectory,
    variable(options, 'DOCKER_CONFIG') ?? join(homeDirectory, '.docker'),
  );
  const named = variable(options, 'REGISTRY_AUTH_FILE');
  const runtime = variable(options, 'XDG_RUNTIME_DIR');
  const podman = named ?? (runtime === undefined ? undefined : join(runtime, 'containers', 'auth.json'));
  return [
    { path: join(folder, 'config.json'), isNamed: false },
    ...(podman === undefined
      ? []
      : [{ path: resolve(workingDirectory, podman), isNamed: named !== undefined }]),
  ];
}

/** A job of GitLab may read the registry of its own instance. */
export function ofJob(registry: string, options: CredentialOptions): RegistryCredential | undefined {
  const own = variable(options, 'CI_REGISTRY');
  const username = variable(options, 'CI_REGISTRY_USER');
  const password = variable(options, 'CI_REGISTRY_PASSWORD');
  if (own === undefined || username === undefined || password === undefined) return undefined;
  if (registryOfKey(own) !== registry) return undefined;
  return basicCredential(username, password, 'CI_REGISTRY_PASSWORD', 'CI_REGISTRY_PASSWORD');
}
