import { describe, expect, it } from 'vitest';
import type { Code } from '../../../src/codes.ts';
import { CODES } from '../../../src/codes.ts';
import type { AttestationCheck } from '../../../src/core/attestation/check.ts';
import { decide, type SourceReport } from '../../../src/core/decide.ts';
import type { Finding } from '../../../src/core/model/finding.ts';

/** What sources that did not tell everything make of an answer, by what stood in their way. */

const check = (outcome: Finding['outcome']): AttestationCheck => ({
  found: { digest: `sha256:${'1'.repeat(64)}`, source: 'table', parsed: undefined as never },
  verified: {} as never,
  statement: undefined,
  facts: undefined,
  level: { level: 0, row: undefined, reason: 'table' },
  findings: [
    {
      rule: 'source-ref',
      code: outcome === 'pass' ? 'ok' : 'source.ref',
      outcome,
      required: true,
      expected: 'a',
      actual: 'b',
      message: 'c',
      evidence: [],
      spec: 'table',
    },
  ],
});

const failed = (name: string, code?: Code): SourceReport => ({
  name,
  answer: 'failed',
  reason: `${name} is down`,
  ...(code === undefined ? {} : { code }),
});

const BAD_CONTENT = [
  'registry.digest-mismatch',
  'registry.ambiguous-manifest',
  'registry.unsupported-manifest',
  'npm.integrity',
] as const satisfies readonly Code[];

describe('a source that did not tell everything', () => {
  it.each([
    'source.timeout',
    'source.unauthorized',
    'source.rate-limited',
    'limit.pages',
    'limit.attestations',
    'source.host-refused',
    'registry.realm-refused',
    'source.offline',
  ] as const)('is told by its code: %s', (code) => {
    const { verdict, findings } = decide([], [failed('oci:a', code)]);
    expect(verdict).toBe('indeterminate');
    expect(findings[0]).toMatchObject({
      rule: 'attestation',
      code,
      outcome: 'error',
      hint: CODES[code].hint,
    });
    expect(findings[0]?.actual).toBe('oci:a: failed, oci:a is down');
  });

  it('is told together with another one that has the same code, and apart from one that has not', () => {
    const same = decide([], [failed('a', 'source.timeout'), failed('b', 'source.timeout')]);
    expect(same.findings[0]?.code).toBe('source.timeout');
    const other = decide([], [failed('a', 'source.timeout'), failed('b', 'source.unauthorized')]);
    expect(other.findings[0]?.code).toBe('source.unavailable');
    const untold = decide([], [failed('a', 'source.timeout'), failed('b')]);
    expect(untold.findings[0]?.code).toBe('source.unavailable');
  });

  it.each(BAD_CONTENT)('denies when all there is has %s, and nothing passes', (code) => {
    const sources: readonly SourceReport[] = [{ name: 'file', answer: 'complete' }, failed('oci:a', code)];
    for (const checks of [[], [check('fail')]]) {
      const { verdict, findings } = decide(checks, sources);
      expect(verdict).toBe('deny');
      expect(findings[0]).toMatchObject({ rule: 'attestation', code, outcome: 'fail' });
    }
  });

  it.each(BAD_CONTENT)('does not deny by %s while one that was found may still pass', (code) => {
    const { verdict, findings } = decide([check('fail'), check('error')], [failed('oci:a', code)]);
    expect(verdict).toBe('indeterminate');
    expect(findings[0]).toMatchObject({ rule: 'attestation', code: 'source.unavailable', outcome: 'error' });
  });

  it.each(BAD_CONTENT)('does not stand against one that passes, for all its %s', (code) => {
    const { verdict } = decide([check('pass')], [failed('oci:a', code)]);
    expect(verdict).toBe('allow');
  });

  it.each(BAD_CONTENT)('does not deny by %s while another source could still have what passes', (code) => {
    const { verdict, findings } = decide([check('fail')], [failed('oci:a', code), failed('github:b')]);
    expect(verdict).toBe('indeterminate');
    expect(findings[0]).toMatchObject({ code: 'source.unavailable', outcome: 'error' });
  });

  it.each(BAD_CONTENT)('leaves it open whether all hold, with %s', (code) => {
    const options = { quantifier: 'all', beside: [] } as const;
    expect(decide([check('pass')], [failed('oci:a', code)], options).verdict).toBe('indeterminate');
  });

  it.each(Object.keys(CODES) as Code[])(
    'never allows for nothing, and denies for bad content alone: %s',
    (code) => {
      const { verdict, findings } = decide([], [failed('oci:a', code)]);
      const isBad = BAD_CONTENT.some((bad) => bad === code);
      expect(verdict).toBe(isBad ? 'deny' : 'indeterminate');
      const answer = CODES[findings[0]?.code ?? 'ok'].answer;
      expect(answer).toBe(isBad ? 'deny' : 'indeterminate');
    },
  );
});
