import { describe, expect, it } from 'vitest';
import type { VerifiedAttestation } from '../../../../src/core/attestation/verify.ts';
import { bundleVersion } from '../../../../src/core/rules/bundle-version.ts';
import { logInclusion } from '../../../../src/core/rules/log-inclusion.ts';
import { minLevel } from '../../../../src/core/rules/min-level.ts';
import { subjectName } from '../../../../src/core/rules/subject-name.ts';
import { verifierAgreement } from '../../../../src/core/rules/verifier-agreement.ts';
import { sigstore } from '../../../attacks/verify.ts';
import { sha256 } from '../../../kit/keys.ts';
import { ARTIFACT } from '../../../kit/sigstore.ts';
import { expecting, subjectWith, verifiedOf } from './subjects.ts';

/** Rules about the evidence itself; what they deny end to end stands in test/attacks. */

const verified = verifiedOf(sigstore.signStatement());
const withOpinion = (secondOpinion: 'agrees' | { exempt: string }): VerifiedAttestation => ({
  ...verified,
  bundle: verified.bundle && { ...verified.bundle, secondOpinion },
});

describe('bundle-version', () => {
  const check = (bundleVersionOf: VerifiedAttestation['bundleVersion'], wanted: '0.1' | '0.2' | '0.3') =>
    bundleVersion.check(
      subjectWith({ verified: { ...verified, bundleVersion: bundleVersionOf } }),
      expecting({ minBundleVersion: wanted }),
    );

  it.each([
    ['0.1', '0.1', true],
    ['0.2', '0.1', true],
    ['0.3', '0.2', true],
    ['0.3', '0.3', true],
    ['0.1', '0.2', false],
    ['0.2', '0.3', false],
    [undefined, '0.1', false],
  ] as const)('%s where at least %s is wanted: %s', (actual, wanted, holds) => {
    expect(check(actual, wanted)).toMatchObject(
      holds ? { holds, actual } : { holds, code: 'bundle.too-old', actual: actual ?? 'none' },
    );
  });
});

describe('log-inclusion', () => {
  it('says of a promise alone that it is weaker than a proof', () => {
    const promised = verifiedOf(sigstore.signStatement({ version: '0.1' }));
    expect(logInclusion.expected(expecting(), promised)).toBe('an inclusion proof under a signed checkpoint');
    expect(logInclusion.check(subjectWith({ verified: promised }), expecting())).toEqual({
      holds: true,
      actual: "the log's signed promise alone",
      weakened: 'bundle v0.1 without inclusion proof',
    });
    expect(logInclusion.check(subjectWith(), expecting())).toEqual({
      holds: true,
      actual: 'an inclusion proof',
    });
  });

  it('is not asked where there is no log entry to be in a log', () => {
    const withoutLog = { ...verified, bundle: verified.bundle && { ...verified.bundle, logEntries: [] } };
    expect(logInclusion.expected(expecting(), withoutLog)).toBeUndefined();
    expect(logInclusion.expected(expecting(), undefined)).toBeUndefined();
  });
});

describe('verifier-agreement', () => {
  const check = (opinion: 'agrees' | { exempt: string }) =>
    verifierAgreement.check(subjectWith({ verified: withOpinion(opinion) }), expecting());

  it('holds where both accept, and names what the second could not read', () => {
    expect(check('agrees')).toEqual({ holds: true, actual: 'both accept' });
    expect(check({ exempt: 'key without id' })).toEqual({
      holds: true,
      actual: 'both accept, as far as the second can read',
      weakened: 'form: key without id',
    });
  });

  it('is asked only where the second verifier was, and denies without its answer', () => {
    expect(verifierAgreement.expected(expecting(), verified)).toBeUndefined();
    expect(verifierAgreement.expected(expecting(), withOpinion('agrees'))).toBe(
      'our verifier and @sigstore/verify both accept',
    );
    expect(verifierAgreement.check(subjectWith(), expecting())).toMatchObject({
      holds: false,
      code: 'verifier.disagreement',
      actual: 'none',
    });
  });
});

describe('min-level', () => {
  it('denies what is no provenance: it has level 0', () => {
    expect(minLevel.check(subjectWith(), expecting({ minLevel: 1 }))).toMatchObject({
      holds: false,
      code: 'level.too-low',
      actual: 'level 0 (not SLSA provenance)',
    });
  });
});

describe('subject-name', () => {
  const digest = { sha256: sha256(ARTIFACT).toString('hex') };
  const statementOf = (...subjects: { name: string | undefined; digest: Record<string, string> }[]) => {
    const [first, ...rest] = subjects.map((subject) => ({ uri: undefined, ...subject }));
    if (first === undefined) throw new Error('no subject');
    return {
      type: 'https://in-toto.io/Statement/v1' as const,
      subjects: [first, ...rest] as const,
      predicateType: 'https://example.com/type',
      predicate: {},
    };
  };
  const check = (...subjects: { name: string | undefined; digest: Record<string, string> }[]) =>
    subjectName.check(
      subjectWith({ statement: statementOf(...subjects) }),
      expecting({ subjectName: 'widget', subject: { kind: 'artifact', digests: digest } }),
    );
  const other = { sha256: 'b'.repeat(64) };

  it('holds where a subject with these bytes has the name, whatever else is there', () => {
    expect(check({ name: 'widget', digest })).toEqual({ holds: true, actual: 'widget' });
    expect(check({ name: 'gadget', digest: other }, { name: 'widget', digest }).holds).toBe(true);
  });

  it.each([
    ['the name of other bytes', [{ name: 'widget', digest: other }], 'none'],
    [
      'the name of other bytes beside these',
      [
        { name: 'widget', digest: other },
        { name: 'gadget', digest },
      ],
      'gadget',
    ],
    ['no name', [{ name: undefined, digest }], 'none'],
    ['a longer name', [{ name: 'widget.exe', digest }], 'widget.exe'],
    ['another case', [{ name: 'Widget', digest }], 'Widget'],
    ['a path', [{ name: 'dist/widget', digest }], 'dist/widget'],
  ])('denies %s', (_, subjects, actual) => {
    expect(check(...subjects)).toMatchObject({ holds: false, code: 'subject.name', actual });
  });
});
