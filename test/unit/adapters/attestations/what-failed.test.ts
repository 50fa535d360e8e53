import { describe, expect, it } from 'vitest';
import { toAnswer } from '../../../../src/adapters/attestations/github/collected.ts';
import { createProblems } from '../../../../src/adapters/attestations/oci/problems.ts';
import type { Code } from '../../../../src/codes.ts';
import { decide } from '../../../../src/core/decide.ts';
import type { CollectedAttestations } from '../../../../src/core/ports.ts';
import { SlsaGateError } from '../../../../src/errors.ts';

/** Several things that went wrong in one source: by which of them it is known. */

const failures = (codes: readonly Code[]): SlsaGateError[] =>
  codes.map((code) => new SlsaGateError(code, 'no'));

const registry = (codes: readonly Code[]): CollectedAttestations => {
  const problems = createProblems();
  for (const failure of failures(codes)) problems.add(failure);
  return { name: 'oci:a', answer: 'partial', attestations: [], ...problems.summary() };
};
const github = (codes: readonly Code[]): CollectedAttestations =>
  toAnswer('github:a', { attestations: [], failures: failures(codes), isListed: true });

describe.each([
  ['a registry', registry],
  ['GitHub', github],
])('what failed in the answer of %s', (_, answerOf) => {
  it.each([
    [['registry.digest-mismatch', 'source.http-status']],
    [['source.timeout', 'registry.unsupported-manifest']],
    [['registry.ambiguous-manifest', 'registry.digest-mismatch', 'source.rate-limited']],
  ] as const)('NET-01 does not deny for what is bad while something else did not come: %j', (codes) => {
    const answer = answerOf(codes);
    expect(answer.code).toMatch(/^source\./);
    expect(decide([], [answer]).verdict).toBe('indeterminate');
  });

  it('NET-01 denies where all that failed is bad', () => {
    const answer = answerOf(['registry.ambiguous-manifest', 'registry.digest-mismatch']);
    expect(answer).toMatchObject({ code: 'registry.ambiguous-manifest', answer: 'partial' });
    expect(decide([], [answer]).verdict).toBe('deny');
  });
});
