/** All names of one registry. */
const DOCKER_HUB = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);
/** What Docker and its helpers keep its credentials under. */
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

const HOST = /^(?:\[[0-9a-f:]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)(?::[0-9]{1,5})?$/;

/** `host` or `host:port` as it is compared: whole, lower case, without the port of https. */
export function canonicalRegistry(registry: string): string {
  const host = registry.toLowerCase().replace(/:443$/, '');
  return DOCKER_HUB.has(host) ? 'docker.io' : host;
}

/**
 * The registry that a key of Docker's file stands for: `host`, `https://host`, `host/v1/`. Undefined for anything else, such
 * as a key for one namespace alone: its credential is not one for the whole registry.
 */
export function registryOfKey(key: string): string | undefined {
  const [host = '', ...path] = key.replace(/^https?:\/\//i, '').split('/');
  if (!/^(?:v[12]\/?)?$/.test(path.join('/'))) return undefined;
  return HOST.test(host.toLowerCase()) ? canonicalRegistry(host) : undefined;
}

/** How a helper is asked for a registry. */
export const keyForHelper = (registry: string): string =>
  registry === 'docker.io' ? DOCKER_HUB_KEY : registry;
