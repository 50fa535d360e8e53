import { describe, expect, it } from 'vitest';
import { toExactDigest, toExpectations, toSignerExpectation } from '../../../src/app/expectations.ts';
import type { ExpectationInput } from '../../../src/app/requests.ts';
import { refusal } from '../../attacks/verify.ts';

const WEAKENING = {
  withoutTlogUnsafe: false,
  withoutSctUnsafe: false,
  withoutTimestampUnsafe: false,
  allowBuilderRefUnsafe: false,
};
const SOURCE = { sourceUri: 'github.com/o/r' };
const expectations = (input: Partial<ExpectationInput>) =>
  toExpectations(
    { buildWorkflowInputs: [], summary: { verifiedLevels: [] }, ...input },
    { weakening: WEAKENING },
  );
const SUMMARY = { verifierId: 'v', resourceUri: 'r', verifiedLevels: [] };

describe('expectations', () => {
  it('hold nothing that was not asked', () => {
    expect(expectations(SOURCE)).toEqual({
      signer: { kind: 'builder' },
      meaning: 'predicate',
      predicateType: 'provenance',
      allowBuilderRefUnsafe: false,
      source: { uri: 'https://github.com/o/r', host: 'github.com', path: 'o/r' },
    });
  });

  it('qualify short refs in full, and leave full ones alone', () => {
    for (const [short, full] of [
      ['main', 'refs/heads/main'],
      ['refs/heads/main', 'refs/heads/main'],
      ['a/b', 'refs/heads/a/b'],
    ])
      expect(expectations({ ...SOURCE, sourceBranch: short ?? '' }).sourceBranch).toBe(full);
    expect(expectations({ ...SOURCE, sourceTag: 'v1' }).sourceTag).toBe('refs/tags/v1');
    expect(expectations({ ...SOURCE, builderId: 'https://b.example/w@v1.2.3' }).builder).toEqual({
      uri: 'https://b.example/w',
      ref: 'refs/tags/v1.2.3',
    });
  });

  it('carry inputs with any value, and a summary with its age in milliseconds', () => {
    const inputs = expectations({ ...SOURCE, buildWorkflowInputs: ['a=', 'b=c=d'] }).workflowInputs;
    expect([...(inputs ?? [])]).toEqual([
      ['a', ''],
      ['b', 'c=d'],
    ]);
    expect(expectations({ ...SOURCE, summary: { ...SUMMARY, maxAgeSeconds: 60 } })).toMatchObject({
      predicateType: ['https://slsa.dev/verification_summary/v1'],
      summary: { ...SUMMARY, resourceUri: { describe: 'r' }, maxAgeMs: 60_000 },
    });
  });

  it.each<[Partial<ExpectationInput>, string]>([
    [{ sourceUri: 'http://github.com/o/r' }, 'http://github.com/o/r'],
    [{ ...SOURCE, sourceBranch: 'refs/tags/v1' }, 'refs/tags/v1'],
    [{ ...SOURCE, sourceBranch: '' }, ''],
    [{ ...SOURCE, sourceTag: 'refs/heads/main' }, 'refs/heads/main'],
    [{ ...SOURCE, sourceTag: '' }, ''],
    [{ ...SOURCE, sourceVersionedTag: '1.2' }, '1.2'],
    [{ ...SOURCE, sourceCommit: 'abc123' }, 'abc123'],
    [{ ...SOURCE, sourceCommit: 'A'.repeat(40) }, 'A'.repeat(40)],
    [{ ...SOURCE, sourceRepositoryId: 'o/r' }, 'o/r'],
    [{ ...SOURCE, sourceOwnerId: '01' }, '01'],
    [{ ...SOURCE, buildWorkflowInputs: ['a'] }, 'a'],
    [{ ...SOURCE, buildWorkflowInputs: ['=a'] }, '=a'],
    [{ ...SOURCE, buildWorkflowInputs: ['a=1', 'a=2'] }, 'a=2'],
    [{ ...SOURCE, builderId: 'https://b.example/w@v1@v2' }, 'https://b.example/w@v1@v2'],
    [{ ...SOURCE, predicateType: '' }, ''],
    [{ ...SOURCE, npmVersion: '1.0.0' }, '1.0.0'],
    [{ ...SOURCE, pypiWorkflow: 'w.yml' }, 'w.yml'],
    [{ ...SOURCE, pypiRepository: 'r' }, 'r'],
    [{ ...SOURCE, summary: { ...SUMMARY, policyDigest: 'sha256' } }, 'sha256'],
  ])('refuse as usage %j', (input, actual) => {
    const error = refusal(() => expectations(input));
    expect([error.finding, error.exitCode, error.actual]).toEqual(['usage.flag', 64, actual]);
    expect(error.hint).not.toBe('');
  });

  it.each<[Partial<ExpectationInput>]>([
    [{}],
    [{ sourceBranch: 'main' }],
    [{ certificateOidcIssuer: 'https://i.example' }],
    [{ certificateIdentity: 'a@example.org' }],
    [{ certificateIdentity: '', certificateOidcIssuer: 'https://i.example' }],
    [{ certificateIdentity: 'a@example.org', certificateOidcIssuer: '' }],
    [{ builderId: 'https://github.com/actions/runner/github-hosted' }],
  ])('IDN-01 refuse to trust anybody: %j', (input) => {
    const error = refusal(() => expectations(input));
    expect([error.finding, error.exitCode]).toEqual(['policy.identity-missing', 64]);
  });

  it('name the signer by both halves or by a key, never by a mix', () => {
    const both = { certificateIdentity: 'a@example.org', certificateOidcIssuer: 'https://i.example' };
    expect(toSignerExpectation(both)).toMatchObject({
      kind: 'certificate',
      subject: { describe: 'a@example.org' },
      issuer: { describe: 'https://i.example' },
    });
    expect(toSignerExpectation({ key: { path: 'k' } })).toEqual({ kind: 'key' });
    expect(toSignerExpectation({})).toBeUndefined();
    expect(refusal(() => toSignerExpectation({ ...both, key: { path: 'k' } })).finding).toBe('usage.flag');
  });
});

describe('a subject that is no artifact', () => {
  it('is an exact pair of any algorithm', () => {
    expect(toExactDigest('imageId:i-1:x')).toEqual({
      kind: 'exact-digest',
      digests: [{ algorithm: 'imageId', value: 'i-1:x' }],
    });
  });

  it.each(['', 'x', ':x', 'x:', 'sha256:ab', `sha512:${'a'.repeat(64)}`, `sha256:${'A'.repeat(64)}`])(
    'is refused as %j',
    (text) => {
      expect(refusal(() => toExactDigest(text))).toMatchObject({ finding: 'usage.flag', actual: text });
    },
  );
});
