import { fails, holds, type Rule, type Stated } from './rule.ts';

/** The bundle is of the wanted version or a newer one. */
export const bundleVersion: Rule<Stated> = {
  id: 'bundle-version',
  spec: 'Sigstore bundle format',
  expected: ({ minBundleVersion: version }) => (version === undefined ? undefined : `${version} or newer`),
  check({ verified }, { minBundleVersion: wanted = '0.3' }) {
    const actual = verified.bundleVersion;
    if (actual === undefined) return fails('bundle.too-old', 'not a Sigstore bundle', undefined);
    return actual >= wanted
      ? holds(actual)
      : fails('bundle.too-old', 'the bundle is of an older version', actual);
  },
};
