import { argument, type CommandSpec, example } from './command.ts';
import { EXPECTATION_FLAGS, SUMMARY_LOG_FLAGS } from './expectation-flags.ts';
import { NETWORK_FLAGS, SOURCE_FLAGS } from './network-flags.ts';
import {
  BUNDLE_FLAGS,
  CATALOGUE_FLAGS,
  MATERIAL_FLAGS,
  OFFLINE_FLAGS,
  REPORT_FLAGS,
  SIGNER_FLAGS,
  THRESHOLD_FLAGS,
  TRUST_AGE_FLAGS,
  TRUST_FLAGS,
  UNBOUND_FLAGS,
  UNSAFE_BUILDER_FLAGS,
  UNSAFE_FLAGS,
} from './verification-flags.ts';

const SIGNER_CONFLICTS = [
  ['certificate-identity', 'certificate-identity-regexp'],
  ['certificate-oidc-issuer', 'certificate-oidc-issuer-regexp'],
  ['key', 'certificate-identity'],
  ['key', 'certificate-identity-regexp'],
  ['key', 'certificate-oidc-issuer'],
  ['key', 'certificate-oidc-issuer-regexp'],
] as const;

const THRESHOLD_CONFLICTS = [
  ['unsafe-no-tlog', 'tlog-threshold'],
  ['unsafe-no-sct', 'sct-threshold'],
  ['unsafe-no-timestamp', 'tsa-threshold'],
  ['unsafe-no-timestamp', 'time-threshold'],
] as const;

const SIGNER_NEEDS = [
  ['key-id', 'key'],
  ['key-not-before', 'key'],
  ['key-not-after', 'key'],
] as const;

export const VERIFY: CommandSpec = {
  id: 'verify',
  summary: 'Verify the SLSA provenance of artifacts against expectations given as flags',
  description:
    'Finds the attestation that belongs to each artifact, proves who built it, from what and when, and checks it ' +
    'against the flags. No policy file is read and nothing is stored. Exits 0 for allow, 1 for deny, 2 for ' +
    'indeterminate; several artifacts: the worst answer wins.',
  usage: 'verify ARTIFACT... [FLAGS]',
  examples: [
    example(
      'An image, with what its registry keeps beside it:',
      'slsa-gate verify ghcr.io/owner/app:1.2.3 --source-uri github.com/owner/app',
    ),
    example(
      'A package of npm, by its name alone:',
      'slsa-gate verify pkg:npm/sigstore@5.0.0 --source-uri github.com/sigstore/sigstore-js',
    ),
    example(
      'Built from this repository by a builder of the catalogue:',
      'slsa-gate verify app.tgz --bundle app.intoto.jsonl --source-uri github.com/owner/app --source-tag v1.2.3',
    ),
    example(
      'Signed by exactly this workflow:',
      'slsa-gate verify app.tgz --bundle app.sigstore --certificate-identity https://github.com/owner/app/.github/workflows/release.yml@refs/tags/v1.2.3 --certificate-oidc-issuer https://token.actions.githubusercontent.com',
    ),
  ],
  args: {
    artifact: argument(
      'A file, sha256:, sha384: or sha512:<hex>, an image (registry/repository:tag or @sha256:<hex>), oci-layout:DIR, or a purl: pkg:npm/..., pkg:pypi/..., pkg:oci/..., pkg:github/...#asset, others with ?checksum=sha256:<hex>',
      { multiple: true },
    ),
  },
  maxArgs: Number.POSITIVE_INFINITY,
  flags: {
    ...BUNDLE_FLAGS,
    ...TRUST_FLAGS,
    ...TRUST_AGE_FLAGS,
    ...CATALOGUE_FLAGS,
    ...SOURCE_FLAGS,
    ...OFFLINE_FLAGS,
    ...MATERIAL_FLAGS,
    ...SIGNER_FLAGS,
    ...EXPECTATION_FLAGS,
    ...SUMMARY_LOG_FLAGS,
    ...THRESHOLD_FLAGS,
    ...UNSAFE_FLAGS,
    ...UNSAFE_BUILDER_FLAGS,
    ...NETWORK_FLAGS,
    ...REPORT_FLAGS,
  },
  conflicts: [...SIGNER_CONFLICTS, ...THRESHOLD_CONFLICTS, ['cache-dir', 'without-cache']],
  needs: [...SIGNER_NEEDS, ['npm-version', 'npm-package'], ['pypi-workflow', 'pypi-repository']],
};

export const BUNDLE_VERIFY: CommandSpec = {
  id: 'bundle verify',
  summary: 'Verify a Sigstore bundle, without SLSA meaning',
  description:
    'Verifies signature, signer, log and time of a bundle and binds it to the artifact. What the attestation says ' +
    'is not interpreted. Exit codes as for verify.',
  usage: 'bundle verify FILE_OR_DIGEST --bundle FILE [FLAGS]',
  examples: [
    example(
      'A signed file:',
      'slsa-gate bundle verify app.tgz --bundle app.sigstore --certificate-identity me@example.com --certificate-oidc-issuer https://accounts.example.com',
    ),
    example(
      'Signed by a key of your own:',
      'slsa-gate bundle verify app.tgz --bundle app.sigstore --key signer.pub',
    ),
  ],
  args: { artifact: argument('A file, sha256:<hex> or sha512:<hex>') },
  maxArgs: 1,
  flags: {
    ...BUNDLE_FLAGS,
    ...TRUST_FLAGS,
    ...TRUST_AGE_FLAGS,
    ...OFFLINE_FLAGS,
    ...MATERIAL_FLAGS,
    ...SIGNER_FLAGS,
    ...THRESHOLD_FLAGS,
    ...UNSAFE_FLAGS,
    ...UNBOUND_FLAGS,
    ...REPORT_FLAGS,
  },
  conflicts: [...SIGNER_CONFLICTS, ...THRESHOLD_CONFLICTS],
  needs: SIGNER_NEEDS,
};
