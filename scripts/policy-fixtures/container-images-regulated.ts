import { type GithubRun, generatorRun } from '../../test/kit/github-run.ts';
import { changed } from '../../test/kit/json.ts';
import { SIGNED_AT, type SignStatementOptions } from '../../test/kit/sigstore.ts';
import {
  generatorProvenanceV02,
  githubProvenanceV1,
  type StatementJson,
  verificationSummary,
} from '../../test/kit/statement.ts';
import { allows, denies, type FixtureCase, type FixtureSet } from './cases.ts';
import { createGithubKit, signerOf } from './github-kit.ts';

const GENERATOR = 'slsa-framework/slsa-github-generator';
const at = (ref: string): string => `${GENERATOR}/.github/workflows/generator_container_slsa3.yml@${ref}`;
const CONTAINER = `https://github.com/${GENERATOR}/container@v1`;
const EVENT = 'predicate.invocation.environment.github_event_payload';

/** What a case says of where the decision is put on record. */
const RECORDED = { store: 'postgres', signer: 'pkcs11', sinks: ['archive'], disk: 'remote' };

export function containerImagesRegulated(): FixtureSet {
  const { sigstore, files, trust } = createGithubKit();
  /** A run of the generator; `inputs` are those of somebody who started it by hand. */
  const sign = (
    changes: Partial<GithubRun> = {},
    inputs?: Readonly<Record<string, string>>,
    options: SignStatementOptions = {},
  ) => {
    const run = generatorRun({
      signerWorkflow: at('refs/tags/v2.0.0'),
      ...(inputs === undefined ? {} : { eventName: 'workflow_dispatch' }),
      ...changes,
    });
    const statement = (right: StatementJson): StatementJson =>
      changed(
        changed(generatorProvenanceV02(run, right.subject ?? []), 'predicate.buildType', CONTAINER),
        EVENT,
        inputs === undefined ? {} : { inputs },
      );
    return sigstore.signStatement({ run, statement, ...options });
  };
  const ownRun: Partial<GithubRun> = { workflow: '.github/workflows/image.yml' };
  const signOwn = signerOf(sigstore, ownRun, githubProvenanceV1);
  const release = sign();
  const own = signOwn();
  const foreign = sign({ repository: 'octo-org/fork' });
  const refusal = signerOf(
    sigstore,
    { repository: 'octo-org/scanner', workflow: '.github/workflows/scan.yml', ref: 'refs/heads/main' },
    (_, subject) =>
      verificationSummary(subject, {
        verifier: { id: 'https://scanner.example.com/images' },
        verificationResult: 'FAILED',
        verifiedLevels: ['FAILED'],
        timeVerified: SIGNED_AT.toISOString(),
      }),
  )();

  /** Attestations as the layout of the image holds them. */
  const inLayout = (...attestations: readonly (typeof release)[]): Partial<FixtureCase> => ({
    sources: [{ name: 'oci-layout', answer: 'complete', attestations }],
  });
  const toTest = (...attestations: readonly (typeof release)[]): Partial<FixtureCase> => ({
    environment: 'test',
    attestations,
  });
  const refuses = (name: string, code: string, changes: Partial<FixtureCase>): FixtureCase => ({
    name: `refuses-${name}`,
    ...inLayout(release),
    ...changes,
    expect: { verdict: 'refused', codes: [code] },
  });
  return {
    preset: 'container-images-regulated',
    package: 'pkg:oci/widget?repository_url=registry.example.com/octo-org/widget',
    environment: 'production',
    files,
    trust,
    cases: [
      allows('a-release', 3, { ...inLayout(release), evidence: RECORDED }),
      allows('a-release-by-hand-with-notes', 3, inLayout(sign({}, { notes: 'first' }))),
      allows('the-own-workflow-to-staging', 2, { environment: 'staging', attestations: [own] }),
      denies('the-own-workflow-to-production', 'level.too-low', inLayout(own)),
      denies('another-image', 'policy.no-match', {
        ...inLayout(release),
        artifact: { package: 'pkg:oci/widget?repository_url=registry.example.com/octo-org/gadget' },
      }),
      denies('no-attestation', 'attestation.missing', {
        sources: [{ name: 'oci-layout', answer: 'absent' }],
      }),
      {
        name: 'blocks-attestations-that-were-picked-by-hand',
        attestations: [release],
        expect: { verdict: 'indeterminate', codes: ['source.unavailable'] },
      },
      denies('another-repository', 'source.mismatch', inLayout(foreign)),
      denies('an-image-that-somebody-else-has-built-too', 'source.mismatch', inLayout(release, foreign)),
      denies(
        'a-repository-under-a-taken-name',
        'source.repo-id',
        inLayout(sign({ repositoryId: '999999999' })),
      ),
      denies(
        'a-repository-of-another-owner',
        'source.repo-id',
        inLayout(sign({ repositoryOwnerId: '999999999' })),
      ),
      denies('a-branch', 'source.ref', inLayout(sign({ ref: 'refs/heads/main' }))),
      denies('another-builder', 'builder.not-listed', {
        ...toTest(signOwn({ workflow: '.github/workflows/test.yml' })),
      }),
      denies(
        'an-older-generator',
        'builder.ref',
        inLayout(sign({ signerWorkflow: at('refs/tags/v1.10.0') })),
      ),
      denies(
        'a-tag-of-the-generator-that-was-moved',
        'builder.digest',
        inLayout(sign({ signerSha: '9'.repeat(40) })),
      ),
      denies(
        'a-parameter-that-is-not-listed',
        'params.unexpected',
        inLayout(sign({}, { 'skip-tests': 'true' })),
      ),
      denies('a-run-on-a-schedule', 'build.trigger', inLayout(sign({ eventName: 'schedule' }))),
      denies(
        'a-runner-of-their-own',
        'runner.self-hosted',
        toTest(sign({ runnerEnvironment: 'self-hosted' })),
      ),
      denies('a-build-type-that-nobody-knows', 'level.too-low', {
        environment: 'staging',
        attestations: [
          signerOf(sigstore, ownRun, (run, subject) =>
            changed(
              githubProvenanceV1(run, subject),
              'predicate.buildDefinition.buildType',
              'https://octo-org.example.com/build/v1',
            ),
          )(),
        ],
      }),
      denies(
        'a-bundle-of-an-older-version',
        'bundle.too-old',
        toTest(sign({}, undefined, { version: '0.2' })),
      ),
      denies('an-image-that-the-scanner-refused', 'negative.attested', inLayout(release, refusal)),
      {
        name: 'blocks-an-old-trusted-root',
        ...toTest(release),
        currentAt: '2026-01-01T00:00:00Z',
        expect: { verdict: 'indeterminate', codes: ['trust.stale'] },
      },
      refuses('records-that-die-with-the-container', 'evidence.not-durable', {
        environment: 'staging',
        evidence: { store: 'sqlite', signer: 'key', disk: 'overlay' },
      }),
      refuses('records-on-one-machine', 'evidence.config', {
        evidence: { ...RECORDED, store: 'sqlite', disk: 'durable' },
      }),
      refuses('records-signed-by-a-file', 'evidence.config', { evidence: { ...RECORDED, signer: 'key' } }),
      refuses('records-without-a-second-place', 'evidence.config', {
        evidence: { store: 'postgres', signer: 'pkcs11', disk: 'remote' },
      }),
    ],
  };
}
