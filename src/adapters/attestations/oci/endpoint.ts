import { isLoopback } from '../../../core/model/loopback.ts';
import type { OciRepository } from '../../../core/model/oci/reference.ts';

/** Where the images of a name lie, when that is not the host of the name. */
const HOSTS: ReadonlyMap<string, string> = new Map([['docker.io', 'registry-1.docker.io']]);

/** How a registry is reached. */
export interface Endpoint {
  /** In the order in which they are tried; the next one only where the one before speaks the other protocol. */
  readonly origins: readonly [string, ...string[]];
}

/**
 * Always https, but for a registry on this machine that the user listed by `host:port`: that one is asked by http, and by
 * https where it turns out to speak that.
 */
export function endpointOf({ registry }: OciRepository, listedHosts: ReadonlySet<string>): Endpoint {
  const host = HOSTS.get(registry) ?? registry;
  const secure = originOf(`https://${host}`);
  const [, name = host, port] = /^(.*?)(?::([0-9]+))?$/.exec(host) ?? [];
  const isListed = listedHosts.has(`${name}:${port ?? '80'}`);
  return { origins: isListed && isLoopback(name) ? [originOf(`http://${host}`), secure] : [secure] };
}

/** As answers and credentials name it, so without the port that goes without saying. */
const originOf = (address: string): string => new URL(address).origin;
