import { describe, expect, it } from 'vitest';
import { decide, type SourceReport } from '../../src/core/decide.ts';
import { type Attested, decideWith } from '../attacks/decide.ts';
import { sigstore } from '../attacks/verify.ts';

/** What a source did not tell may hold the attestation that decides. */

const COMPLETE: SourceReport = { name: 'file', answer: 'complete' };
const PARTIAL: SourceReport = {
  name: 'oci-layout:image',
  answer: 'partial',
  reason: 'lists 2 that it lacks',
};
const FAILED: SourceReport = { name: 'elsewhere', answer: 'failed' };

const BUILT = {
  builderId:
    'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml',
  sourceUri: 'github.com/octo-org/widget',
};

const good = sigstore.signStatement();
const foreign = sigstore.signStatement({ run: { repository: 'octo-org/gadget' } });
const checksOf = (signed: readonly Attested[]) => decideWith({ signed, flags: BUILT }).checks;

describe('sources that did not tell everything', () => {
  it.each([PARTIAL, FAILED])('does not take what a source withholds for absent ($answer)', (source) => {
    const decision = decide([], [COMPLETE, source]);
    expect(decision.verdict).toBe('indeterminate');
    expect(decision.findings).toMatchObject([
      { rule: 'attestation', code: 'source.unavailable', outcome: 'error', required: true },
    ]);
    expect(decision.findings[0]?.actual).toContain(source.name);
  });

  it.each([PARTIAL, FAILED])(
    'does not deny by what it found while a source withholds something ($answer)',
    (source) => {
      const checks = checksOf([foreign]);
      expect(decide(checks, [COMPLETE]).verdict).toBe('deny');
      const { verdict, findings } = decide(checks, [COMPLETE, source]);
      expect(verdict).toBe('indeterminate');
      expect(findings.map(({ outcome }) => outcome)).not.toContain('fail');
      expect(findings.find(({ rule }) => rule === 'source-uri')).toMatchObject({
        code: 'source.mismatch',
        outcome: 'error',
      });
      expect(findings.filter(({ rule }) => rule === 'attestation')).toMatchObject([
        { code: 'source.unavailable', outcome: 'error' },
      ]);
    },
  );

  it('allows on one attestation that passes, whatever else could not be read', () => {
    const { verdict, findings } = decide(checksOf([foreign, good]), [PARTIAL, FAILED]);
    expect(verdict).toBe('allow');
    expect(findings[0]).toMatchObject({ rule: 'attestation', code: 'ok', outcome: 'pass' });
  });

  it('denies when every source told everything, be it that it has nothing', () => {
    const absent: SourceReport = { name: 'oci-layout:image', answer: 'absent' };
    expect(decide([], [COMPLETE, absent])).toMatchObject({
      verdict: 'deny',
      findings: [{ code: 'attestation.missing', outcome: 'fail' }],
    });
  });

  it('never turns a denial into an allow by hiding a source', () => {
    for (const sources of [[], [COMPLETE], [PARTIAL], [COMPLETE, FAILED], [PARTIAL, FAILED]])
      expect(decide(checksOf([foreign]), sources).verdict).not.toBe('allow');
  });
});
