import { refuse } from '../../../errors.ts';
import { hostAndPort } from '../../http/index.ts';

/** Token servers of public registries that lie at another host than the registry. */
const KNOWN_SERVERS: ReadonlyMap<string, string> = new Map([
  ['https://registry-1.docker.io', 'https://auth.docker.io'],
  ['https://registry.gitlab.com', 'https://gitlab.com'],
]);
const MAX_LENGTH = 2048;

export interface RealmRules {
  /** Of the registry whose answer named the token server. */
  readonly origin: string;
  readonly listedHosts: ReadonlySet<string>;
  /** Whether credentials would be sent to it. */
  readonly withCredentials: boolean;
}

const refuseRealm = (message: string, actual: string): never =>
  refuse('registry.realm-refused', message, { actual: actual.slice(0, 200) });

/**
 * Reads the address of a token server. Anybody may be asked for an anonymous token by https: what comes back is only good
 * for the registry that named him. Credentials go to the registry's own origin, to the known token server of a public
 * registry, and to hosts that the user listed. Private addresses are refused by the client when it connects.
 *
 * @throws SlsaGateError `registry.realm-refused`
 */
export function parseRealm(text: string, { origin, listedHosts, withCredentials }: RealmRules): URL {
  const url = /^https?:\/\//.test(text) && text.length <= MAX_LENGTH ? URL.parse(text) : null;
  if (url === null || /[\s\\]/.test(text) || url.hash !== '')
    return refuseRealm('the registry names a token server by what is no address', text);
  if (url.username !== '' || url.password !== '')
    return refuseRealm('the registry names a token server with credentials in its address', url.host);
  const isListed = listedHosts.has(hostAndPort(url));
  if (url.protocol !== 'https:' && !isListed)
    return refuseRealm('the registry names a token server that is not asked by https', url.origin);
  const mayHaveCredentials = isListed || url.origin === origin || KNOWN_SERVERS.get(origin) === url.origin;
  if (withCredentials && !mayHaveCredentials) {
    return refuse('registry.realm-refused', 'the registry names a token server at another host', {
      expected: origin,
      actual: url.origin,
      hint: `Nothing was sent there. List ${hostAndPort(url)} with --allow-host if it may get your credentials.`,
    });
  }
  return url;
}
