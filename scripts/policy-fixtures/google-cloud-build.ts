import {
  CLOUD_BUILD_IMAGE,
  cloudBuildDocument,
  cloudBuildProvenance,
  cloudBuildStatementV1,
  cloudBuildStatementV01,
  createCloudBuildSigners,
} from '../../test/kit/cloud-build.ts';
import { changed } from '../../test/kit/json.ts';
import { githubProvenanceV1, type StatementJson } from '../../test/kit/statement.ts';
import { allows, denies, type FixtureSet } from './cases.ts';
import { createGithubKit, signerOf } from './github-kit.ts';

const PACKAGE = 'pkg:oci/app?repository_url=us-west2-docker.pkg.dev/project/images/app';

/** The same build of another repository. */
function ofRepository(name: string): StatementJson {
  const source = `git+https://github.com/${name}`;
  const statement = changed(
    cloudBuildStatementV1(),
    'predicate.buildDefinition.externalParameters.buildConfigSource.repository',
    source,
  );
  return changed(
    statement,
    'predicate.buildDefinition.resolvedDependencies.0.uri',
    `${source}@refs/heads/main`,
  );
}

export function googleCloudBuild(): FixtureSet {
  const { sigstore, files, trust } = createGithubKit();
  const { files: keys, globalV1, regional } = createCloudBuildSigners();
  const names = [...keys.keys()];
  const v1 = (statement: StatementJson) => ({
    json: cloudBuildDocument([cloudBuildProvenance({ statement, signatures: [globalV1] })]),
  });
  const signGithub = signerOf(
    sigstore,
    { repository: 'owner/app', ref: 'refs/heads/main' },
    githubProvenanceV1,
  );
  const artifact = { digest: `sha256:${CLOUD_BUILD_IMAGE}` };
  const release = v1(cloudBuildStatementV1());
  return {
    preset: 'google-cloud-build',
    package: PACKAGE,
    environment: 'production',
    files: {
      ...files,
      ...Object.fromEntries([...keys].map(([name, bytes]) => [`${name}.pem`, bytes.toString()])),
    },
    trust: {
      ...trust,
      keys: Object.fromEntries(names.map((name) => [`cloud-build:${name}`, `../${name}.pem`])),
    },
    cases: [
      allows('a-build-of-main', 3, { artifact, attestations: [release] }),
      allows('a-build-of-a-tag', 3, {
        artifact,
        attestations: [
          v1(
            cloudBuildStatementV1({
              ref: 'refs/tags/v1.2.3',
              substitutions: { BRANCH_NAME: undefined, TAG_NAME: 'v1.2.3', REF_NAME: 'v1.2.3' },
            }),
          ),
        ],
      }),
      denies('another-image', 'policy.no-match', {
        artifact: { ...artifact, package: PACKAGE.replace('images/app', 'images/admin') },
        attestations: [release],
      }),
      denies('another-digest', ['gcb.summary', 'subject.mismatch'], { attestations: [release] }),
      denies('no-attestation', 'attestation.missing', { artifact }),
      denies('another-repository', 'source.mismatch', {
        artifact,
        attestations: [v1(ofRepository('owner/fork'))],
      }),
      denies('another-branch', 'source.ref', {
        artifact,
        attestations: [
          v1(
            cloudBuildStatementV1({
              ref: 'refs/heads/dev',
              substitutions: { BRANCH_NAME: 'dev', REF_NAME: 'dev' },
            }),
          ),
        ],
      }),
      denies('provenance-in-the-older-form', 'predicate.type', {
        artifact,
        attestations: [
          {
            json: cloudBuildDocument([
              cloudBuildProvenance({ statement: cloudBuildStatementV01(), signatures: [regional] }),
            ]),
          },
        ],
      }),
      denies('a-build-of-github-actions', ['builder.not-listed', 'identity.issuer', 'level.too-low'], {
        artifact,
        attestations: [signGithub({}, { subject: [{ name: 'app', digest: { sha256: CLOUD_BUILD_IMAGE } }] })],
      }),
    ],
  };
}
