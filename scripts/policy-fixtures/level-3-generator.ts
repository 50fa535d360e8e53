import { type GithubRun, generatorRun } from '../../test/kit/github-run.ts';
import type { SignStatementOptions } from '../../test/kit/sigstore.ts';
import { githubProvenanceV1 } from '../../test/kit/statement.ts';
import { allows, denies, type FixtureSet } from './cases.ts';
import { createGithubKit, signerOf } from './github-kit.ts';

const workflow = (file: string, ref: string): string =>
  `slsa-framework/slsa-github-generator/.github/workflows/${file}@${ref}`;

export function level3Generator(): FixtureSet {
  const { sigstore, files, trust } = createGithubKit();
  const sign = (changes: Partial<GithubRun> = {}, options: SignStatementOptions = {}) =>
    sigstore.signStatement({ run: generatorRun(changes), ...options });
  const signOwn = signerOf(sigstore, {}, githubProvenanceV1);
  const release = sign();
  const own = signOwn();
  return {
    preset: 'slsa-level-3-generator',
    package: 'pkg:generic/widget@1.2.3',
    environment: 'production',
    files,
    trust,
    cases: [
      allows('a-release', 3, { attestations: [release] }),
      allows('a-release-to-staging', 3, { environment: 'staging', attestations: [release] }),
      allows('the-own-workflow-to-staging', 2, { environment: 'staging', attestations: [own] }),
      denies('the-own-workflow-to-production', 'level.too-low', { attestations: [own] }),
      denies('another-package', 'policy.no-match', {
        artifact: { package: 'pkg:generic/gadget@1.2.3' },
        attestations: [release],
      }),
      denies('no-attestation', 'attestation.missing', {}),
      denies('another-repository', 'source.mismatch', {
        attestations: [sign({ repository: 'octo-org/fork' })],
      }),
      denies('a-repository-under-a-taken-name', 'source.repo-id', {
        attestations: [sign({ repositoryId: '999999999' })],
      }),
      denies('a-repository-of-another-owner', 'source.repo-id', {
        attestations: [sign({ repositoryOwnerId: '999999999' })],
      }),
      denies('a-branch', 'source.ref', { attestations: [sign({ ref: 'refs/heads/main' })] }),
      denies('a-build-started-by-hand', 'build.trigger', {
        attestations: [sign({ eventName: 'workflow_dispatch' })],
      }),
      denies('another-builder', ['builder.not-listed', 'level.too-low'], {
        attestations: [
          sign({
            signerWorkflow:
              'octo-org/builders/.github/workflows/generator_generic_slsa3.yml@refs/tags/v2.0.0',
          }),
        ],
      }),
      denies('a-branch-of-the-generator', ['builder.ref', 'level.too-low'], {
        attestations: [sign({ signerWorkflow: workflow('generator_generic_slsa3.yml', 'refs/heads/main') })],
      }),
      denies('a-run-that-names-no-runner', 'cert.claim-missing', {
        description: 'Old versions of the generator reach level 3 without saying on what they ran.',
        attestations: [
          sign(
            { signerWorkflow: workflow('generator_generic_slsa3.yml', 'refs/tags/v1.5.0') },
            { certificate: { claims: { runnerEnvironment: null } } },
          ),
        ],
      }),
    ],
  };
}
