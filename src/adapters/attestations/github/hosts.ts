import { refuse } from '../../../errors.ts';
import { type HttpCredential, hostAndPort } from '../../http/index.ts';

/** What GitHub's API is asked with. */
export interface Endpoint {
  /** Without a slash at its end. */
  readonly url: string;
  readonly origin: string;
  /** Sent to the API alone. */
  readonly credentials: readonly HttpCredential[];
  /** `.TENANT.ghe.com`, of a tenant with data residency. */
  readonly tenantSuffix: string | undefined;
  /** `host:port` that the user listed. */
  readonly listedHosts: ReadonlySet<string>;
}

const TENANT_API = /^api(\.[a-z0-9][a-z0-9-]*\.ghe\.com)$/;

/** Where bundles of github.com lie, behind addresses that are signed for a short time. */
export const BUNDLE_HOSTS: ReadonlySet<string> = new Set(['tmaproduction.blob.core.windows.net:443']);
/** Where the API sends readers of release assets. */
export const ASSET_HOSTS: ReadonlySet<string> = new Set([
  'release-assets.githubusercontent.com:443',
  'objects.githubusercontent.com:443',
]);

/**
 * Reads the address of the API: `https://api.github.com` or `https://api.TENANT.ghe.com`.
 *
 * @throws SlsaGateError `source.unsupported` for GitHub Enterprise Server, `config.insecure-url`, `config.invalid`
 */
export function toEndpoint(
  apiUrl: string,
  credential: HttpCredential | undefined,
  listedHosts: ReadonlySet<string>,
): Endpoint {
  // Read off the text: URL parsers mend other spellings into something else than what a reader sees.
  if (!/^https?:\/\//.test(apiUrl))
    refuse('config.insecure-url', "the address of GitHub's API does not start with https://", {
      expected: 'https://...',
      actual: apiUrl.slice(0, 16),
    });
  const url = URL.parse(apiUrl);
  if (url === null || url.search !== '' || url.hash !== '' || url.username !== '')
    refuse('config.invalid', "not the address of GitHub's API", { actual: apiUrl.slice(0, 200) });
  const path = url.pathname.replace(/\/+$/, '');
  if (/^\/api(?:\/|$)/.test(path)) {
    refuse('source.unsupported', 'GitHub Enterprise Server keeps no attestations', {
      actual: url.origin,
      hint: 'Name the image in its registry (oci:REGISTRY/REPOSITORY), or give the attestations with --bundle.',
    });
  }
  if (path !== '')
    refuse('config.invalid', "the address of GitHub's API has no path", { actual: apiUrl.slice(0, 200) });
  return {
    url: url.origin,
    origin: url.origin,
    credentials: credential === undefined ? [] : [credential],
    tenantSuffix: TENANT_API.exec(url.hostname)?.[1],
    listedHosts,
  };
}

/**
 * Whether an address that an answer named may be asked: whoever writes the answer must not choose whom we ask. Hosts are
 * compared whole; those of a tenant by its own domain, at the boundary of a label.
 */
export function isAllowedHost(url: URL, builtIn: ReadonlySet<string>, endpoint: Endpoint): boolean {
  const host = hostAndPort(url);
  if (url.username !== '' || url.password !== '') return false;
  if (endpoint.listedHosts.has(host)) return true;
  if (url.protocol !== 'https:') return false;
  const { tenantSuffix } = endpoint;
  if (tenantSuffix !== undefined && host.endsWith(`${tenantSuffix}:443`)) return true;
  return builtIn.has(host);
}
