import { githubProvenanceV1, STATEMENT_V01, type StatementJson } from '../../test/kit/statement.ts';
import { allows, denies, type FixtureSet } from './cases.ts';
import { createGithubKit, signerOf } from './github-kit.ts';

/** The same build in the older form, which the actions never wrote. */
const olderForm = (statement: StatementJson): StatementJson => {
  const { buildDefinition, runDetails } = githubParts(statement);
  const [source] = buildDefinition.resolvedDependencies;
  const digest = { sha1: source?.digest.gitCommit ?? '' };
  return {
    ...statement,
    _type: STATEMENT_V01,
    predicateType: 'https://slsa.dev/provenance/v0.2',
    predicate: {
      builder: runDetails.builder,
      buildType: buildDefinition.buildType,
      invocation: { configSource: { uri: source?.uri, digest, entryPoint: '.github/workflows/release.yml' } },
      materials: [{ uri: source?.uri, digest }],
    },
  };
};

interface GithubPredicate {
  readonly buildDefinition: {
    readonly buildType: string;
    readonly resolvedDependencies: readonly {
      readonly uri: string;
      readonly digest: { readonly gitCommit: string };
    }[];
  };
  readonly runDetails: { readonly builder: { readonly id: string } };
}
const githubParts = ({ predicate }: StatementJson): GithubPredicate =>
  predicate as unknown as GithubPredicate;

export function level2Github(): FixtureSet {
  const { sigstore, files, trust } = createGithubKit();
  const sign = signerOf(sigstore, {}, githubProvenanceV1);
  const release = sign();
  return {
    preset: 'slsa-level-2-github',
    package: 'pkg:generic/widget@1.2.3',
    environment: 'production',
    files,
    trust,
    cases: [
      allows('a-release', 2, { attestations: [release] }),
      allows('a-build-of-main', 2, { attestations: [sign({ ref: 'refs/heads/main' })] }),
      denies('another-package', 'policy.no-match', {
        artifact: { package: 'pkg:generic/gadget@1.2.3' },
        attestations: [release],
      }),
      denies('no-attestation', 'attestation.missing', {}),
      denies('another-artifact', 'subject.mismatch', {
        attestations: [sign({}, { artifact: Buffer.from('widget 1.2.4\n') })],
      }),
      denies('another-repository', ['builder.not-listed', 'source.mismatch'], {
        attestations: [sign({ repository: 'octo-org/fork' })],
      }),
      denies('a-repository-under-a-taken-name', 'source.repo-id', {
        attestations: [sign({ repositoryId: '999999999' })],
      }),
      denies('a-repository-of-another-owner', 'source.repo-id', {
        attestations: [sign({ repositoryOwnerId: '999999999' })],
      }),
      denies('another-branch', 'source.ref', { attestations: [sign({ ref: 'refs/heads/dev' })] }),
      denies('another-workflow', 'builder.not-listed', {
        attestations: [sign({ workflow: '.github/workflows/test.yml' })],
      }),
      denies('a-build-started-by-hand', 'build.trigger', {
        attestations: [sign({ eventName: 'workflow_dispatch' })],
      }),
      denies('a-runner-of-their-own', 'level.too-low', {
        attestations: [sign({ runnerEnvironment: 'self-hosted' })],
      }),
      denies('provenance-in-the-older-form', 'predicate.type', {
        attestations: [
          signerOf(sigstore, {}, (run, subject) => olderForm(githubProvenanceV1(run, subject)))(),
        ],
      }),
      denies('a-bundle-of-an-older-version', 'bundle.too-old', {
        attestations: [sign({}, { version: '0.2' })],
      }),
    ],
  };
}
