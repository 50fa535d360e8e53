import { describe, expect, it } from 'vitest';
import {
  interpretCloudBuild,
  parseCloudBuild,
  parseCloudBuildKeys,
  verifyCloudBuild,
} from '../../../../src/core/gcb/index.ts';
import type { ArtifactDigests } from '../../../../src/core/model/digest.ts';
import type { Provenance } from '../../../../src/core/model/provenance.ts';
import {
  CLOUD_BUILD_COMMIT,
  CLOUD_BUILD_IMAGE,
  CLOUD_BUILD_WORKER_ID,
  cloudBuildDocument,
  cloudBuildProvenance,
  cloudBuildStatementV1,
  cloudBuildStatementV01,
  createCloudBuildSigners,
  type ProvenanceOptions,
} from '../../../kit/cloud-build.ts';
import { changed, without } from '../../../kit/json.ts';
import { refusalOf } from './refusal.ts';

const signers = createCloudBuildSigners();
const keys = parseCloudBuildKeys(signers.files);
const OTHER = '0'.repeat(64);

interface Given extends Partial<ProvenanceOptions> {
  readonly summary?: Record<string, unknown>;
  readonly artifact?: ArtifactDigests;
}

function interpret({
  summary,
  artifact = { sha256: CLOUD_BUILD_IMAGE },
  ...options
}: Given = {}): Provenance {
  const provenance = cloudBuildProvenance({ signatures: [signers.regional, signers.globalV1], ...options });
  const document = parseCloudBuild(Buffer.from(JSON.stringify(cloudBuildDocument([provenance], summary))));
  return interpretCloudBuild(verifyCloudBuild(document.provenances[0], keys), artifact);
}

const v01 = (substitutions: Record<string, unknown>): Provenance =>
  interpret({ statement: cloudBuildStatementV01({ substitutions }) });

describe('interpreting Cloud Build provenance', () => {
  it('reads builder, source, tag and commit of v0.3', () => {
    expect(interpret()).toMatchObject({
      predicateType: 'https://slsa.dev/provenance/v0.1',
      builder: { uri: CLOUD_BUILD_WORKER_ID, ref: 'v0.3' },
      buildType: 'https://cloudbuild.googleapis.com/CloudBuildYaml@v0.1',
      sourceUri: 'https://github.com/owner/app',
      sourceRef: 'refs/tags/v1.2.3',
      sourceCommit: CLOUD_BUILD_COMMIT,
    });
  });

  it('reads the commit of v0.2 from behind the repository', () => {
    expect(interpret({ statement: cloudBuildStatementV01({ builderVersion: 'v0.2' }) })).toMatchObject({
      builder: { uri: CLOUD_BUILD_WORKER_ID, ref: 'v0.2' },
      sourceUri: 'https://github.com/owner/app',
      sourceCommit: CLOUD_BUILD_COMMIT,
    });
  });

  it('reads provenance v1, whose builder has no version', () => {
    expect(interpret({ statement: cloudBuildStatementV1() })).toMatchObject({
      predicateType: 'https://slsa.dev/provenance/v1',
      builder: { uri: CLOUD_BUILD_WORKER_ID, ref: undefined },
      sourceUri: 'https://github.com/owner/app',
      sourceRef: 'refs/heads/main',
      sourceCommit: CLOUD_BUILD_COMMIT,
    });
  });

  it('names an archive of Cloud Storage without its generation, and believes no tag of whoever submitted it', () => {
    const material = { uri: 'gs://project_cloudbuild/source/1.tgz#1665165361152729', digest: { md5: 'x' } };
    expect(interpret({ statement: cloudBuildStatementV01({ material }) })).toMatchObject({
      sourceUri: 'gs://project_cloudbuild/source/1.tgz',
      sourceRef: undefined,
      sourceCommit: undefined,
    });
  });

  it('believes tag and branch of a trigger alone', () => {
    expect(v01({ TAG_NAME: undefined, BRANCH_NAME: 'main', REF_NAME: 'main' }).sourceRef).toBe(
      'refs/heads/main',
    );
    expect(v01({ TRIGGER_NAME: undefined }).sourceRef).toBeUndefined();
    expect(v01({ TAG_NAME: '', REF_NAME: '' }).sourceRef).toBeUndefined();
  });

  it('does not take the branch of a pull request for a branch of the repository', () => {
    const ref = { TAG_NAME: undefined, BRANCH_NAME: 'main', REF_NAME: 'main', _PR_NUMBER: '7' };
    expect(v01(ref).sourceRef).toBe('refs/pull/7/head');
  });

  it.each([
    ['commits', { COMMIT_SHA: '0'.repeat(40) }, 'source.commit'],
    ['revisions', { REVISION_ID: '0'.repeat(40) }, 'source.commit'],
    ['refs', { REF_NAME: 'v9.9.9' }, 'source.inconsistent'],
    ['a tag and a branch', { BRANCH_NAME: 'main' }, 'source.inconsistent'],
    ['a tag that is no text', { TAG_NAME: 7 }, 'predicate.schema'],
  ])('denies a trigger that names different %s', (_, substitutions, code) => {
    expect(refusalOf(() => v01(substitutions)).finding).toBe(code);
  });

  it.each([
    ['branch', {}, { BRANCH_NAME: 'other', REF_NAME: 'other' }],
    ['tag', { ref: 'refs/tags/v1.0.0' }, { BRANCH_NAME: undefined, TAG_NAME: 'v1.0.1', REF_NAME: 'v1.0.1' }],
    ['kind of ref', { ref: 'refs/tags/main' }, {}],
    ['tag, which the trigger does not know,', { ref: 'refs/tags/undefined' }, {}],
    ['resolved ref', { resolvedRef: 'refs/heads/other' }, {}],
  ])('denies provenance v1 that names another %s twice', (_, refs, substitutions) => {
    const statement = cloudBuildStatementV1({ ...refs, substitutions });
    expect(refusalOf(() => interpret({ statement })).finding).toBe('source.inconsistent');
  });

  it('denies another builder, another version of it and a build type that it does not write', () => {
    const at = 'predicate.builder.id';
    const statement = cloudBuildStatementV01();
    const builder = refusalOf(() =>
      interpret({ statement: changed(statement, at, `${CLOUD_BUILD_WORKER_ID}@v0.4`) }),
    );
    expect([builder.finding, builder.actual]).toEqual(['builder.mismatch', `${CLOUD_BUILD_WORKER_ID}@v0.4`]);
    const type = refusalOf(() =>
      interpret({ statement: changed(statement, at, `${CLOUD_BUILD_WORKER_ID}@v0.2`) }),
    );
    expect([type.finding, type.expected]).toEqual(['builder.build-type', `${CLOUD_BUILD_WORKER_ID}@v0.2`]);
    const message = refusalOf(() =>
      interpret({ statement: changed(statement, 'predicate.recipe.arguments.@type', 'x') }),
    );
    expect([message.finding, message.actual]).toEqual(['builder.build-type', 'x']);
  });

  it.each([
    ['no material', without(cloudBuildStatementV01(), 'predicate.materials'), 'source.malformed'],
    [
      'a source with a user name',
      cloudBuildStatementV01({ material: { uri: 'https://github.com@evil.example/owner/app' } }),
      'source.malformed',
    ],
    [
      'a commit that is none',
      cloudBuildStatementV01({ material: { uri: 'https://github.com/owner/app', digest: { sha1: 'main' } } }),
      'source.commit',
    ],
    [
      'v0.2 without a commit',
      cloudBuildStatementV01({ builderVersion: 'v0.2', material: { uri: 'https://github.com/owner/app' } }),
      'source.malformed',
    ],
  ])('denies provenance with %s', (_, statement, code) => {
    expect(refusalOf(() => interpret({ statement })).finding).toBe(code);
  });
});

describe('what stands beside the signed payload', () => {
  it.each([
    ['another subject', (text: Record<string, unknown>) => (text.subject = [])],
    ['another field', (text: Record<string, unknown>) => (text.extra = 1)],
    ['a second predicate', (text: Record<string, unknown>) => (text.predicate = { builder: { id: 'evil' } })],
    ['a field less', (text: Record<string, unknown>) => delete text.subject],
    ['a false in place of nothing', (text: Record<string, unknown>) => (text.slsaProvenance = false)],
  ])('denies a readable statement with %s', (_, editText) => {
    const refusal = refusalOf(() => interpret({ editText: (text) => void editText(text) }));
    expect([refusal.finding, refusal.path]).toEqual([
      'gcb.text-mismatch',
      'provenance_summary.provenance[0].build.intotoStatement',
    ]);
  });

  it('denies a readable statement of v1 that differs deep inside', () => {
    const refusal = refusalOf(() =>
      interpret({
        statement: cloudBuildStatementV1(),
        editText: (text) =>
          Object.assign(
            text,
            changed(text, 'predicate.buildDefinition.externalParameters.buildConfigSource.ref', 'x'),
          ),
      }),
    );
    expect([refusal.finding, refusal.path]).toEqual([
      'gcb.text-mismatch',
      'provenance_summary.provenance[0].build.inTotoSlsaProvenanceV1',
    ]);
  });

  it('denies provenance without its readable statement', () => {
    const provenance = changed(cloudBuildProvenance({ signatures: [signers.regional] }), 'build', {});
    const document = parseCloudBuild(Buffer.from(JSON.stringify(cloudBuildDocument([provenance]))));
    const verified = verifyCloudBuild(document.provenances[0], keys);
    const refusal = refusalOf(() => interpretCloudBuild(verified, { sha256: CLOUD_BUILD_IMAGE }));
    expect(refusal.finding).toBe('gcb.text-mismatch');
    expect(refusal.message).toMatch(/^the readable statement is missing at /);
  });

  it.each(['repository', 'ref'])('denies provenance v1 whose source has no %s', (member) => {
    const at = `predicate.buildDefinition.externalParameters.buildConfigSource.${member}`;
    expect(refusalOf(() => interpret({ statement: without(cloudBuildStatementV1(), at) })).finding).toBe(
      'source.malformed',
    );
  });

  it('denies a second readable statement of another version', () => {
    const provenance = changed(
      cloudBuildProvenance({ signatures: [signers.regional] }),
      'build.inTotoSlsaProvenanceV1',
      {},
    );
    const document = parseCloudBuild(Buffer.from(JSON.stringify(cloudBuildDocument([provenance]))));
    const verified = verifyCloudBuild(document.provenances[0], keys);
    const refusal = refusalOf(() => interpretCloudBuild(verified, { sha256: CLOUD_BUILD_IMAGE }));
    expect([refusal.finding, refusal.expected]).toEqual(['gcb.text-mismatch', 'intotoStatement alone']);
  });

  it('denies a payload whose two predicates differ', () => {
    const statement = cloudBuildStatementV01();
    const payload = { ...statement, slsaProvenance: { builder: { id: 'x' } } };
    const refusal = refusalOf(() => interpret({ payload: Buffer.from(JSON.stringify(payload)) }));
    expect([refusal.finding, refusal.path]).toEqual(['gcb.text-mismatch', 'slsaProvenance']);
  });

  it.each([
    ['a digest of another image', { digest: `sha256:${OTHER}` }, 'image_summary.digest'],
    [
      'a full name of another image',
      { fully_qualified_digest: `us-west2-docker.pkg.dev/project/images/app@sha256:${OTHER}` },
      'image_summary.fully_qualified_digest',
    ],
    [
      'a full name in another registry',
      { fully_qualified_digest: `evil.example/app@sha256:${CLOUD_BUILD_IMAGE}` },
      'image_summary.fully_qualified_digest',
    ],
    [
      'another image of the registry',
      { fully_qualified_digest: `us-west2-docker.pkg.dev/project/images/other@sha256:${CLOUD_BUILD_IMAGE}` },
      'provenance_summary.provenance[0].resourceUri',
    ],
  ])('denies a summary with %s', (_, summary, path) => {
    const refusal = refusalOf(() => interpret({ summary }));
    expect([refusal.finding, refusal.path]).toEqual(['gcb.summary', path]);
  });

  it('denies a resource URI of another image, and what is no build', () => {
    const uri = refusalOf(() => interpret({ resourceUri: `https://x.example/app@sha256:${OTHER}` }));
    expect([uri.finding, uri.path]).toEqual(['gcb.summary', 'provenance_summary.provenance[0].resourceUri']);
    const kind = refusalOf(() => interpret({ kind: 'VULNERABILITY' }));
    expect([kind.finding, kind.actual]).toEqual(['gcb.malformed', 'VULNERABILITY']);
  });

  it('denies an image whose sha256 is not known', () => {
    const refusal = refusalOf(() => interpret({ artifact: { sha512: 'ab' } }));
    expect([refusal.finding, refusal.hint]).toEqual(['gcb.summary', 'Name the image by its sha256 digest.']);
  });
});
