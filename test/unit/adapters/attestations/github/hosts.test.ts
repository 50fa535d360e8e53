import { describe, expect, it } from 'vitest';
import {
  ASSET_HOSTS,
  BUNDLE_HOSTS,
  isAllowedHost,
  toEndpoint,
} from '../../../../../src/adapters/attestations/github/hosts.ts';

const github = toEndpoint('https://api.github.com', undefined, new Set());
const tenant = toEndpoint('https://api.octocorp.ghe.com/', undefined, new Set(['store.example:8443']));

describe('hosts that an answer may name', () => {
  it.each([
    ['https://tmaproduction.blob.core.windows.net/attestations/1', BUNDLE_HOSTS, github],
    ['https://TMAPRODUCTION.blob.core.windows.net:443/x', BUNDLE_HOSTS, github],
    ['https://release-assets.githubusercontent.com/x', ASSET_HOSTS, github],
    ['https://objects.githubusercontent.com/x', ASSET_HOSTS, tenant],
    ['https://blobs.octocorp.ghe.com/x', BUNDLE_HOSTS, tenant],
    ['https://a.b.octocorp.ghe.com/x', BUNDLE_HOSTS, tenant],
    ['https://store.example:8443/x', BUNDLE_HOSTS, tenant],
  ])('allows %s', (url, builtIn, endpoint) => {
    expect(isAllowedHost(new URL(url), builtIn, endpoint)).toBe(true);
  });

  it.each([
    ['https://blobs.octocorp.ghe.com/x', BUNDLE_HOSTS, github],
    ['https://octocorp.ghe.com/x', BUNDLE_HOSTS, tenant],
    ['https://evil.ghe.com/x', BUNDLE_HOSTS, tenant],
    ['https://eviloctocorp.ghe.com/x', BUNDLE_HOSTS, tenant],
    ['https://blobs.octocorp.ghe.com.evil.example/x', BUNDLE_HOSTS, tenant],
    ['https://blobs.octocorp.ghe.com:8443/x', BUNDLE_HOSTS, tenant],
    ['http://blobs.octocorp.ghe.com/x', BUNDLE_HOSTS, tenant],
    ['https://store.example/x', BUNDLE_HOSTS, tenant],
    ['https://x@store.example:8443/x', BUNDLE_HOSTS, tenant],
    ['https://raw.githubusercontent.com/x', ASSET_HOSTS, github],
    ['https://tmaproduction.blob.core.windows.net/x', ASSET_HOSTS, github],
  ])('refuses %s', (url, builtIn, endpoint) => {
    expect(isAllowedHost(new URL(url), builtIn, endpoint)).toBe(false);
  });

  it.each([
    'https://api.a.b.ghe.com',
    'https://octocorp.ghe.com',
    'https://api.ghe.com',
    'https://api.x.ghe.com.evil.example',
  ])('takes %s for no tenant', (apiUrl) => {
    expect(toEndpoint(apiUrl, undefined, new Set()).tenantSuffix).toBeUndefined();
  });
});
