import { describe, expect, it } from 'vitest';
import type { ExpectationInput } from '../../../../src/app/requests.ts';
import { parseCloudBuildKeys } from '../../../../src/core/gcb/index.ts';
import { parseExpectedBuilderId } from '../../../../src/core/model/builder-id.ts';
import { parseSourceUri } from '../../../../src/core/model/source-uri.ts';
import { decideWith } from '../../../attacks/decide.ts';
import {
  CLOUD_BUILD_WORKER_ID,
  cloudBuildDocument,
  cloudBuildProvenance,
  cloudBuildStatementV1,
  cloudBuildStatementV01,
  createCloudBuildSigners,
} from '../../../kit/cloud-build.ts';
import { changed } from '../../../kit/json.ts';
import type { StatementJson } from '../../../kit/statement.ts';
import { refusalOf } from './refusal.ts';

const signers = createCloudBuildSigners();
const cloudBuildKeys = parseCloudBuildKeys(signers.files);
const SOURCE = { sourceUri: 'github.com/owner/app' };

/** `allow`, or the codes of what the whole verification found wrong. */
function asked(statement: StatementJson, flags: Partial<ExpectationInput>): string {
  const isV01 = statement.predicateType === 'https://slsa.dev/provenance/v0.1';
  const signature = isV01 ? signers.regional : signers.globalV1;
  const json = cloudBuildDocument([cloudBuildProvenance({ statement, signatures: [signature] })]);
  const { verdict, faults } = decideWith({
    signed: { json },
    artifact: Buffer.from('image'),
    flags: { ...SOURCE, ...flags },
    context: { cloudBuildKeys },
  });
  return verdict === 'allow' ? verdict : faults.map(({ code }) => code).join(' ');
}

const v03 = cloudBuildStatementV01();
const v1 = cloudBuildStatementV1();
const v1Tagged = cloudBuildStatementV1({
  ref: 'refs/tags/v1.2.3',
  substitutions: { TAG_NAME: 'v1.2.3', BRANCH_NAME: undefined, REF_NAME: 'v1.2.3' },
});
const ARCHIVE = 'gs://project_cloudbuild/source/1.tgz';

describe('what is expected of Cloud Build provenance', () => {
  it('takes a builder without a version for all versions', () => {
    expect(asked(v03, { builderId: CLOUD_BUILD_WORKER_ID })).toBe('allow');
    expect(asked(v03, { builderId: `${CLOUD_BUILD_WORKER_ID}@v0.3` })).toBe('allow');
    expect(asked(v1, { builderId: CLOUD_BUILD_WORKER_ID })).toBe('allow');
    expect(asked(v1Tagged, {})).toBe('allow');
  });

  it.each([
    ['https://cloudbuild.googleapis.com/GoogleHostedWorke', 'builder.mismatch'],
    [`${CLOUD_BUILD_WORKER_ID}@v0.2`, 'builder.ref'],
  ])('denies the builder %s', (builderId, code) => {
    expect(asked(v03, { builderId })).toBe(code);
  });

  it('keeps a version of the hosted worker as it is written', () => {
    expect(parseExpectedBuilderId(`${CLOUD_BUILD_WORKER_ID}@v0.3`)?.ref).toBe('v0.3');
    expect(parseExpectedBuilderId('https://github.com/o/r/.github/workflows/b.yml@v1.2.3')?.ref).toBe(
      'refs/tags/v1.2.3',
    );
  });

  it.each(['github.com/owner/app', 'https://github.com/owner/app', 'git+https://github.com/Owner/App'])(
    'accepts the source %s',
    (sourceUri) => {
      expect(asked(v03, { sourceUri })).toBe('allow');
      expect(asked(v1Tagged, { sourceUri })).toBe('allow');
    },
  );

  it.each(['https://github.com/owner/app2', 'https://gitlab.com/owner/app', ARCHIVE])(
    'denies the source %s',
    (sourceUri) => {
      expect(asked(v03, { sourceUri })).toBe('source.mismatch');
      expect(asked(v1Tagged, { sourceUri })).toBe('source.mismatch');
    },
  );

  it('compares an archive without its generation', () => {
    const archived = cloudBuildStatementV01({ material: { uri: `${ARCHIVE}#166` } });
    expect(asked(archived, { sourceUri: ARCHIVE })).toBe('allow');
    expect(asked(archived, { sourceUri: 'gs://project_cloudbuild/source' })).toBe('source.mismatch');
  });

  it('denies a server of a customer where a repository is expected', () => {
    const at = 'predicate.buildDefinition.externalParameters.buildConfigSource.repository';
    const resolved = 'predicate.buildDefinition.resolvedDependencies.0.uri';
    const on = (uri: string) => changed(changed(v1, at, uri), resolved, `${uri}@refs/heads/main`);
    expect(asked(on('https://git.example.com:8443/app'), {})).toBe('source.mismatch');
    expect(asked(on('https://github.com:8443/owner/app'), {})).toBe('source.malformed');
  });

  it.each(['v1.2', 'v1', 'refs/tags/v1.2', 'v2.2.3'])('compares the tag exactly: %s', (sourceTag) => {
    for (const statement of [v03, v1Tagged]) {
      expect(asked(statement, { sourceTag: 'v1.2.3' })).toBe('allow');
      expect(asked(statement, { sourceTag })).toBe('source.tag');
    }
  });

  it.each([
    ['absent', undefined, 'cert.claim-missing'],
    ['empty', '', 'cert.claim-missing'],
    ['no text', 1234, 'predicate.schema'],
  ])('denies every tag where it is %s', (_, TAG_NAME, code) => {
    const statement = cloudBuildStatementV01({ substitutions: { TAG_NAME, REF_NAME: undefined } });
    expect(asked(statement, { sourceTag: '1234' })).toBe(code);
  });

  it('wants the tag of the trigger to be the ref of the source in provenance v1', () => {
    const statement = cloudBuildStatementV1({
      substitutions: { TAG_NAME: 'v1.2.3', BRANCH_NAME: undefined },
    });
    expect(asked(statement, { sourceTag: 'v1.2.3' })).toBe('source.inconsistent');
  });

  it('takes a version by its leading parts', () => {
    for (const sourceVersionedTag of ['v1', 'v1.2', 'v1.2.3'])
      expect(asked(v03, { sourceVersionedTag })).toBe('allow');
    for (const sourceVersionedTag of ['v2', 'v1.1', 'v1.2.4', 'v12', 'v1.2.3-rc.1'])
      expect(asked(v03, { sourceVersionedTag })).toBe('source.version');
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
