import { describe, expect, it } from 'vitest';
import { pathsOf } from '../../fuzz/mutate-json.ts';
import { parseCloudBuildKeys } from '../../src/core/gcb/index.ts';
import { cloudBuildDocument, cloudBuildProvenance, createCloudBuildSigners } from '../kit/cloud-build.ts';
import { changed } from '../kit/json.ts';
import { ARTIFACT, type Sigstore } from '../kit/sigstore.ts';
import {
  delegatorProvenanceV1,
  generatorProvenanceV02,
  githubProvenanceV1,
  npmProvenanceV1,
  type StatementJson,
  subjectOf,
  verificationSummary,
} from '../kit/statement.ts';
import { type Attested, decideWith, github } from './decide.ts';
import { signedByGitlab } from './gitlab.ts';
import { sigstore } from './verify.ts';

/**
 * BND-05: whatever stands in an attestation, it is that attestation which is refused. The run does not crash, and a good
 * attestation beside it still counts. The first two values are what trips a program that turns them into text.
 */
const HOSTILE: readonly unknown[] = [
  { toString: 1, valueOf: 1, toJSON: 1 },
  [{ toString: 1 }],
  null,
  7,
  [],
  '',
];

const GOOD = sigstore.signStatement();
const FLAGS = {
  builderId:
    'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml',
  sourceUri: 'github.com/octo-org/widget',
};
const cloudBuild = createCloudBuildSigners();
const cloudBuildKeys = parseCloudBuildKeys(cloudBuild.files);

/** The good one is allowed by itself, so it must be with others beside it; everything that is told is text. */
function areHarmless(evil: readonly Attested[]): void {
  const { verdict, checks } = decideWith({
    signed: [GOOD, ...evil],
    flags: FLAGS,
    context: { cloudBuildKeys },
  });
  expect(verdict).toBe('allow');
  expect(checks).toHaveLength(evil.length + 1);
  const told = checks.flatMap(({ findings }) =>
    findings.flatMap(({ expected, actual }) => [expected, actual]),
  );
  expect(told.filter((text) => text !== undefined && typeof text !== 'string')).toEqual([]);
}

const placesOf = (document: unknown): readonly string[] =>
  pathsOf(document)
    .filter((path) => path.length > 0)
    .map((path) => path.join('.'));

/** As the container-based builder names its source. */
const SOURCE = {
  uri: 'git+https://github.com/octo-org/widget@refs/tags/v1.2.3',
  digest: { sha1: 'a'.repeat(40) },
};
const withSource = (statement: StatementJson): StatementJson =>
  changed(statement, 'predicate.buildDefinition.externalParameters.source', SOURCE);
/** What GitHub's runner says of itself, in the place and the spelling of each form. */
const withRunner = (statement: StatementJson): StatementJson =>
  changed(statement, 'predicate.buildDefinition.internalParameters.github', {
    ref: 'refs/tags/v1.2.3',
    repository: 'octo-org/widget',
    repository_owner: 'octo-org',
    run_id: 1,
    runner_environment: 'github-hosted',
  });

const subject = [subjectOf('widget', ARTIFACT, 'sha256')];
const { run } = sigstore;
const by =
  (signer: Sigstore) =>
  (statement: StatementJson): Attested =>
    signer.signStatement({ statement });

const FORMS: readonly (readonly [string, StatementJson, (statement: StatementJson) => Attested])[] = [
  ['the generator', generatorProvenanceV02(run, subject), by(sigstore)],
  ['a delegator', delegatorProvenanceV1(run, subject), by(sigstore)],
  ['a workflow', withRunner(withSource(githubProvenanceV1(github.run, subject))), by(github)],
  ['the npm CLI', withRunner(npmProvenanceV1(github.run, subject)), by(github)],
  ['a verifier', verificationSummary(subject), by(sigstore)],
];

describe.each(FORMS)('BND-05 a statement of %s', (_, statement, sign) => {
  it.each(HOSTILE.map((value) => [value]))('harms nothing beside it with %j in any place', (value) => {
    const places = placesOf(statement);
    expect(places.length).toBeGreaterThan(10);
    areHarmless(places.map((place) => sign(changed(statement, place, value))));
  });
});

describe('BND-05 other attestations', () => {
  const gitlab = signedByGitlab();
  const document = cloudBuildDocument([cloudBuildProvenance({ signatures: [cloudBuild.regional] })]);
  const { bundle } = sigstore.signStatement({ profile: 'rekor2' });

  it.each(HOSTILE.map((value) => [value]))('harm nothing beside them with %j in any place', (value) => {
    for (const json of [bundle, bundle.dsseEnvelope, gitlab.bundle, document]) {
      const places = placesOf(json);
      expect(places.length).toBeGreaterThan(3);
      areHarmless(places.map((place) => ({ json: changed(json, place, value) })));
    }
  });

  it.each(HOSTILE.map((value) => [value]))('of GitLab harm nothing with %j in what they say', (value) => {
    const stated = JSON.parse(
      Buffer.from(gitlab.bundle.dsseEnvelope?.payload ?? '', 'base64').toString(),
    ) as StatementJson;
    areHarmless(
      placesOf(stated).map((place) => signedByGitlab({}, { statement: () => changed(stated, place, value) })),
    );
  });

  it.each(HOSTILE.map((value) => [value]))('harm nothing with %j in the body of their log entry', (value) => {
    const [entry] = bundle.verificationMaterial?.tlogEntries ?? [];
    const body = JSON.parse(Buffer.from(entry?.canonicalizedBody ?? '', 'base64').toString());
    const inBody = (place: string): Attested => ({
      json: changed(
        bundle,
        'verificationMaterial.tlogEntries.0.canonicalizedBody',
        Buffer.from(JSON.stringify(changed(body, place, value))).toString('base64'),
      ),
    });
    areHarmless(placesOf(body).map(inBody));
  });
});
