import type { SourceSettings } from '../../src/adapters/attestations/index.ts';

/** The servers that everybody asks, with neither credentials nor a cache; a test puts its own in their place. */
export const PUBLIC_SOURCES: Omit<SourceSettings, 'listedHosts'> = {
  cache: undefined,
  registryCredentials: { of: async () => undefined },
  githubUrl: 'https://api.github.com',
  githubCredential: undefined,
  npmRegistryFor: async () => () => ({ url: 'https://registry.npmjs.org', credentials: [] }),
  pypiUrl: 'https://pypi.org',
  pypiCredentials: [],
  rekorUrl: 'https://rekor.sigstore.dev',
};
