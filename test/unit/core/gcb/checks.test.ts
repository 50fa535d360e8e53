import { describe, expect, it } from 'vitest';
import {
  type CloudBuildStatement,
  checkCloudBuildBuilder,
  checkCloudBuildSource,
  checkCloudBuildTag,
  checkCloudBuildVersionedTag,
  readCloudBuildStatement,
} from '../../../../src/core/gcb/index.ts';
import { parseExpectedBuilderId } from '../../../../src/core/model/builder-id.ts';
import { parseSourceUri } from '../../../../src/core/model/source-uri.ts';
import {
  CLOUD_BUILD_WORKER_ID,
  cloudBuildStatementV1,
  cloudBuildStatementV01,
} from '../../../kit/cloud-build.ts';
import { changed } from '../../../kit/json.ts';
import type { StatementJson } from '../../../kit/statement.ts';
import { refusalOf } from './refusal.ts';

const read = (statement: StatementJson): CloudBuildStatement =>
  readCloudBuildStatement(Buffer.from(JSON.stringify(statement)));
const v03 = read(cloudBuildStatementV01());
const v1Tagged = read(
  cloudBuildStatementV1({
    ref: 'refs/tags/v1.2.3',
    substitutions: { TAG_NAME: 'v1.2.3', BRANCH_NAME: undefined, REF_NAME: 'v1.2.3' },
  }),
);
const ARCHIVE = 'gs://project_cloudbuild/source/1.tgz';
const archived = read(cloudBuildStatementV01({ material: { uri: `${ARCHIVE}#166` } }));

describe('single checks of Cloud Build provenance', () => {
  it('takes a builder without a version for all versions', () => {
    expect(checkCloudBuildBuilder(v03, CLOUD_BUILD_WORKER_ID).ref).toBe('v0.3');
    expect(checkCloudBuildBuilder(v03, `${CLOUD_BUILD_WORKER_ID}@v0.3`).ref).toBe('v0.3');
    expect(checkCloudBuildBuilder(v1Tagged, undefined).ref).toBeUndefined();
  });

  it.each([
    'https://cloudbuild.googleapis.com/GoogleHostedWorke',
    'http://cloudbuild.googleapis.com/GoogleHostedWorker',
    `${CLOUD_BUILD_WORKER_ID}@v0.2`,
    `${CLOUD_BUILD_WORKER_ID}@`,
    '',
  ])('denies the builder %s', (expected) => {
    const refusal = refusalOf(() => checkCloudBuildBuilder(v03, expected));
    expect([refusal.finding, refusal.actual]).toEqual(['builder.mismatch', `${CLOUD_BUILD_WORKER_ID}@v0.3`]);
  });

  it('keeps a version of the hosted worker as it is written', () => {
    expect(parseExpectedBuilderId(`${CLOUD_BUILD_WORKER_ID}@v0.3`)?.ref).toBe('v0.3');
    expect(parseExpectedBuilderId('https://github.com/o/r/.github/workflows/b.yml@v1.2.3')?.ref).toBe(
      'refs/tags/v1.2.3',
    );
  });

  it.each(['github.com/owner/app', 'https://github.com/owner/app', 'git+https://github.com/Owner/App'])(
    'accepts the source %s',
    (expected) => {
      expect(() => checkCloudBuildSource(v03, expected)).not.toThrow();
      expect(() => checkCloudBuildSource(v1Tagged, expected)).not.toThrow();
    },
  );

  it.each([
    ['https://github.com/owner/app2', 'source.mismatch'],
    ['https://gitlab.com/owner/app', 'source.mismatch'],
    ['http://github.com/owner/app', 'source.malformed'],
    ['https://github.com/owner/app/commit/01ce393d04eb6df2a7b2b3e95d4126e687afb7ae', 'source.malformed'],
    ['https://github.com/owner/app@refs/heads/main', 'source.malformed'],
  ])('denies the source %s', (expected, code) => {
    expect(refusalOf(() => checkCloudBuildSource(v03, expected)).finding).toBe(code);
  });

  it('compares an archive without its generation, or with exactly that one', () => {
    expect(() => checkCloudBuildSource(archived, ARCHIVE)).not.toThrow();
    expect(() => checkCloudBuildSource(archived, `${ARCHIVE}#166`)).not.toThrow();
    for (const expected of [`${ARCHIVE}#167`, 'gs://project_cloudbuild/source', `https${ARCHIVE.slice(2)}`]) {
      expect(refusalOf(() => checkCloudBuildSource(archived, expected)).finding).toMatch(/^source\./);
    }
  });

  it('compares a server of a customer as it is written, with its port', () => {
    const at = 'predicate.buildDefinition.externalParameters.buildConfigSource.repository';
    const uri = 'https://git.example.com:8443/app';
    const own = read(changed(cloudBuildStatementV1(), at, uri));
    expect(() => checkCloudBuildSource(own, uri)).not.toThrow();
    expect(refusalOf(() => checkCloudBuildSource(own, 'https://git.example.com/app')).finding).toBe(
      'source.mismatch',
    );
    const port = read(changed(cloudBuildStatementV1(), at, 'https://github.com:8443/owner/app'));
    expect(refusalOf(() => checkCloudBuildSource(port, 'github.com/owner/app')).finding).toBe(
      'source.malformed',
    );
  });

  it('reads the source as the named version of the builder writes it', () => {
    const refusal = refusalOf(() =>
      checkCloudBuildSource(v03, 'github.com/owner/app', `${CLOUD_BUILD_WORKER_ID}@v0.1`),
    );
    expect([refusal.finding, refusal.actual]).toEqual(['builder.mismatch', 'v0.1']);
  });

  it('compares the tag exactly', () => {
    for (const signed of [v03, v1Tagged]) {
      expect(() => checkCloudBuildTag(signed, 'v1.2.3')).not.toThrow();
      for (const expected of ['v1.2', 'v1', '', 'refs/tags/v1.2.3', 'v2.2.3']) {
        const refusal = refusalOf(() => checkCloudBuildTag(signed, expected));
        expect([refusal.finding, refusal.actual]).toEqual(['source.tag', 'v1.2.3']);
      }
    }
  });

  it.each([
    ['absent', undefined, 'none'],
    ['empty', '', ''],
    ['no text', 1234, '1234'],
  ])('denies every tag where it is %s', (_, TAG_NAME, actual) => {
    const signed = read(cloudBuildStatementV01({ substitutions: { TAG_NAME } }));
    const refusal = refusalOf(() => checkCloudBuildTag(signed, ''));
    expect([refusal.finding, refusal.actual]).toEqual(['source.tag', actual]);
  });

  it('wants the tag of the trigger to be the ref of the source in provenance v1', () => {
    const signed = read(cloudBuildStatementV1({ substitutions: { TAG_NAME: 'v1.2.3' } }));
    const refusal = refusalOf(() => checkCloudBuildTag(signed, 'v1.2.3'));
    expect([refusal.finding, refusal.actual]).toEqual(['source.tag', 'refs/heads/main']);
  });

  it('takes a version by its leading parts', () => {
    for (const expected of ['v1', 'v1.2', 'v1.2.3']) {
      expect(() => checkCloudBuildVersionedTag(v03, expected)).not.toThrow();
    }
    for (const expected of ['v2', 'v1.1', 'v1.2.4', 'v12', 'v1.2.3-rc.1', '1.2.3', 'v1.', '', 'v01']) {
      expect(refusalOf(() => checkCloudBuildVersionedTag(v03, expected)).finding).toBe('source.version');
    }
  });

  it('does not take a tag that is no version for one', () => {
    const signed = read(cloudBuildStatementV01({ substitutions: { TAG_NAME: 'v1.2' } }));
    expect(refusalOf(() => checkCloudBuildVersionedTag(signed, 'v1')).finding).toBe('source.version');
  });

  it.each([
    'gs://b',
    'gs://bucket/../x',
    'gs://bucket//x',
    'gs://bucket/x#1',
    'GS://bucket/x',
    'gs://bucket/x?y',
  ])('refuses the source URI %s', (uri) => {
    expect(refusalOf(() => parseSourceUri(uri)).finding).toBe('source.malformed');
  });
});
