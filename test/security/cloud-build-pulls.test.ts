import { describe, expect, it } from 'vitest';
import { parseCloudBuildKeys } from '../../src/core/gcb/index.ts';
import { decideWith } from '../attacks/decide.ts';
import {
  CLOUD_BUILD_WORKER_ID,
  cloudBuildDocument,
  cloudBuildProvenance,
  cloudBuildStatementV1,
  createCloudBuildSigners,
} from '../kit/cloud-build.ts';
import { changed } from '../kit/json.ts';
import type { StatementJson } from '../kit/statement.ts';

/** SRC: anybody may propose a change from a branch of their own that is called main. */

const signers = createCloudBuildSigners();
const flags = {
  builderId: CLOUD_BUILD_WORKER_ID,
  sourceUri: 'github.com/owner/app',
  sourceBranch: 'main',
};
const decided = (statement: StatementJson) =>
  decideWith({
    signed: {
      json: cloudBuildDocument([cloudBuildProvenance({ statement, signatures: [signers.globalV1] })]),
    },
    artifact: Buffer.from('image'),
    flags,
    context: { cloudBuildKeys: parseCloudBuildKeys(signers.files) },
  });

const OWN = 'predicate.buildDefinition.externalParameters.substitutions';

describe('Cloud Build provenance v1 of a pull request from a branch called main', () => {
  it('control: the build of the branch itself is allowed', () => {
    expect(decided(cloudBuildStatementV1())).toMatchObject({ verdict: 'allow', faults: [] });
    expect(decided(changed(cloudBuildStatementV1(), OWN, { _OTHER: '7' })).verdict).toBe('allow');
  });

  it.each([
    ['by the trigger', cloudBuildStatementV1({ substitutions: { _PR_NUMBER: '7' } })],
    ['beside the source', changed(cloudBuildStatementV1(), OWN, { _PR_NUMBER: '7', _HEAD_BRANCH: 'main' })],
  ])('is no build of main (%s)', (_, statement) => {
    const { verdict, faults } = decided(statement);
    expect(verdict).toBe('deny');
    expect(faults).toEqual([
      {
        rule: 'source-uri',
        code: 'source.fork',
        expected: 'https://github.com/owner/app',
        actual: 'https://github.com/owner/app@refs/pull/7/head',
      },
      {
        rule: 'source-branch',
        code: 'source.ref-type',
        expected: 'refs/heads/main',
        actual: 'refs/pull/7/head',
      },
    ]);
  });
});
