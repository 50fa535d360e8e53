import type { GithubRun } from '../../test/kit/github-run.ts';
import type { SignStatementOptions } from '../../test/kit/sigstore.ts';
import { npmProvenanceV1, npmSubject, STATEMENT_V01, type StatementJson } from '../../test/kit/statement.ts';
import { allows, denies, type FixtureSet } from './cases.ts';
import { createGithubKit, signerOf } from './github-kit.ts';

const TARBALL = Buffer.from('a package\n');
const RUN: Partial<GithubRun> = {
  repository: 'sigstore/sigstore-js',
  repositoryId: '495574555',
  repositoryOwnerId: '71096353',
  ref: 'refs/heads/main',
};
const real = (version: string): string => `testdata/attestations/npm-sigstore-${version}`;

/** The form of 2023, with the commit beside the ref. */
function olderForm(run: GithubRun, statement: StatementJson): StatementJson {
  const source = { uri: `git+${run.server}/${run.repository}@${run.ref}`, digest: { sha1: run.sha } };
  return {
    ...statement,
    _type: STATEMENT_V01,
    predicateType: 'https://slsa.dev/provenance/v0.2',
    predicate: {
      builder: { id: 'https://github.com/actions/runner/github-hosted' },
      buildType: 'https://github.com/npm/cli/gha/v2',
      invocation: { configSource: { ...source, entryPoint: run.workflow }, parameters: {}, environment: {} },
      materials: [source],
    },
  };
}

export function npmPackages(): FixtureSet {
  const { sigstore, files, trust } = createGithubKit();
  const subject = (version: string) => [npmSubject({ name: 'sigstore', version }, TARBALL)];
  const sign = (changes: Partial<GithubRun> = {}, options: SignStatementOptions = {}) =>
    signerOf(sigstore, RUN, npmProvenanceV1)(changes, { subject: subject('5.0.0'), ...options });
  const older = signerOf(sigstore, RUN, (run, subjects) => olderForm(run, npmProvenanceV1(run, subjects)));
  const artifact = { bytes: TARBALL };
  const release = sign();
  return {
    preset: 'npm-packages',
    package: 'pkg:npm/sigstore@5.0.0',
    environment: 'production',
    files,
    trust,
    cases: [
      allows('sigstore-5.0.0', 2, {
        isReal: true,
        artifact: { project: `${real('5.0.0')}/sigstore-5.0.0.tgz` },
        attestations: [{ project: `${real('5.0.0')}/provenance.sigstore.json` }],
        now: '2026-11-01T00:00:00Z',
      }),
      allows('sigstore-2.0.0-to-staging', 2, {
        isReal: true,
        artifact: {
          package: 'pkg:npm/sigstore@2.0.0',
          project: `${real('2.0.0')}/sigstore-2.0.0.tgz`,
        },
        environment: 'staging',
        attestations: [{ project: `${real('2.0.0')}/provenance.sigstore.json` }],
        now: '2026-11-01T00:00:00Z',
      }),
      denies('sigstore-2.0.0-to-production', 'bundle.too-old', {
        isReal: true,
        artifact: {
          package: 'pkg:npm/sigstore@2.0.0',
          project: `${real('2.0.0')}/sigstore-2.0.0.tgz`,
        },
        attestations: [{ project: `${real('2.0.0')}/provenance.sigstore.json` }],
        now: '2026-11-01T00:00:00Z',
      }),
      allows('a-release', 2, { artifact, attestations: [release] }),
      denies('another-version', 'npm.package', {
        artifact: { ...artifact, package: 'pkg:npm/sigstore@5.0.1' },
        attestations: [release],
      }),
      denies('another-package', 'policy.no-match', {
        artifact: { ...artifact, package: 'pkg:npm/sigst0re@5.0.0' },
        attestations: [release],
      }),
      denies('no-attestation', 'attestation.missing', { artifact }),
      denies('another-repository', ['builder.not-listed', 'source.mismatch'], {
        artifact,
        attestations: [sign({ repository: 'sigstore/sigstore' })],
      }),
      denies('a-repository-under-a-taken-name', 'source.repo-id', {
        artifact,
        attestations: [sign({ repositoryId: '999999999' })],
      }),
      denies('a-repository-of-another-owner', 'source.repo-id', {
        artifact,
        attestations: [sign({ repositoryOwnerId: '999999999' })],
      }),
      denies('another-branch', 'source.ref', { artifact, attestations: [sign({ ref: 'refs/heads/next' })] }),
      denies('another-workflow', 'builder.not-listed', {
        artifact,
        attestations: [sign({ workflow: '.github/workflows/test.yml' })],
      }),
      denies('a-build-started-by-hand', 'build.trigger', {
        artifact,
        attestations: [sign({ eventName: 'workflow_dispatch' })],
      }),
      denies('a-runner-of-their-own', 'level.too-low', {
        artifact,
        attestations: [sign({ runnerEnvironment: 'self-hosted' })],
      }),
      denies('provenance-in-the-older-form', 'predicate.type', {
        artifact,
        attestations: [older({}, { subject: subject('5.0.0') })],
      }),
    ],
  };
}
