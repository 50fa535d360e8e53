import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decideWith } from '../attacks/decide.ts';
import { sigstore } from '../attacks/verify.ts';
import { ARTIFACT } from '../kit/sigstore.ts';
import { subjectOf } from '../kit/statement.ts';

/** SUB: a name counts on the very subject that binds the artifact. */

const hex = (algorithm: string): string => createHash(algorithm).update(ARTIFACT).digest('hex');
const flags = { sourceUri: 'github.com/octo-org/widget', subjectName: 'wanted' };
const digests = { sha1: hex('sha1'), sha256: hex('sha256') };

describe('the name of a subject', () => {
  it('is that of the subject with the digest', () => {
    const signed = sigstore.signStatement({ subject: [subjectOf('wanted', ARTIFACT)] });
    expect(decideWith({ signed, flags }).verdict).toBe('allow');
  });

  it.each([
    ['SHA-1', { sha1: hex('sha1') }],
    ['an algorithm that nobody knows', { toString: hex('sha256') }],
    ['a digest under the name of another', { md5: hex('md5'), gitCommit: hex('sha256') }],
    ['a digest that agrees beside one that does not', { sha1: hex('sha1'), sha256: 'ab'.repeat(32) }],
  ])('is not lent by a subject that binds the artifact by %s alone', (_, digest) => {
    const signed = sigstore.signStatement({
      subject: [subjectOf('other', ARTIFACT), { name: 'wanted', digest: digest as Record<string, string> }],
    });
    const { verdict, checks } = decideWith({
      signed,
      flags,
      expectations: { subject: { kind: 'artifact', digests } },
    });
    expect(verdict).toBe('deny');
    const found = checks[0]?.findings.find(({ rule }) => rule === 'subject-name');
    expect(found).toMatchObject({
      code: 'subject.name',
      outcome: 'fail',
      expected: 'wanted',
      actual: 'other',
    });
  });
});
