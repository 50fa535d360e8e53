import { describe, expect, it } from 'vitest';
import type { AttestationCheck } from '../../../src/core/attestation/check.ts';
import { decide, type SourceReport } from '../../../src/core/decide.ts';
import type { Finding, Outcome, RuleId } from '../../../src/core/model/finding.ts';

/** The whole finite table: outcome x required x quantifier x completeness, up to 3 candidates of up to 3 rules. */

const RULES: readonly RuleId[] = ['signer-identity', 'builder-id', 'source-ref'];
const OUTCOMES: readonly Outcome[] = ['pass', 'fail', 'error', 'not-evaluated'];

const CODES = {
  pass: 'ok',
  fail: 'source.ref',
  error: 'clock.skew',
  'not-evaluated': 'rule.not-evaluated',
} as const satisfies Record<Outcome, Finding['code']>;

interface Cell {
  readonly outcome: Outcome;
  readonly required: boolean;
}

const toFinding = ({ outcome, required }: Cell, index: number): Finding => ({
  rule: RULES[index] ?? 'source-ref',
  code: CODES[outcome],
  outcome,
  required,
  expected: 'something',
  actual: outcome,
  message: `it is ${outcome}`,
  evidence: [],
  spec: 'table',
});

const toCheck = (cells: readonly Cell[], index: number): AttestationCheck => ({
  found: {
    digest: `sha256:${String(index).repeat(64)}`,
    source: `table#${index}`,
    // Not read by the decision.
    parsed: undefined as never,
  },
  verified: {} as never,
  statement: undefined,
  facts: undefined,
  level: { level: 0, row: undefined, reason: 'table' },
  findings: cells.map(toFinding),
});

const COMPLETE: readonly SourceReport[] = [{ name: 'file', answer: 'complete' }];
const PARTIAL: readonly SourceReport[] = [...COMPLETE, { name: 'oci', answer: 'failed' }];

/** Kleene's logic in five lines, written without a look at the code. */
const FALSE = -1;
const UNKNOWN = 0;
const TRUE = 1;
const meaning = { pass: TRUE, fail: FALSE, error: UNKNOWN, 'not-evaluated': UNKNOWN } as const;
const oneOf = (cells: readonly Cell[]): number => {
  const values = cells.filter(({ required }) => required).map(({ outcome }) => meaning[outcome]);
  return values.length === 0 ? UNKNOWN : Math.min(...values);
};
function oracle(
  candidates: readonly (readonly Cell[])[],
  quantifier: 'any' | 'all',
  isComplete: boolean,
): string {
  const values = candidates.map(oneOf);
  const joined =
    values.length === 0 ? FALSE : quantifier === 'any' ? Math.max(...values) : Math.min(...values);
  const known = isComplete || (joined === TRUE && quantifier === 'any') ? joined : UNKNOWN;
  return known === TRUE ? 'allow' : known === FALSE ? 'deny' : 'indeterminate';
}

const CELLS: readonly Cell[] = OUTCOMES.flatMap((outcome) => [
  { outcome, required: true },
  { outcome, required: false },
]);

const product = <T>(items: readonly T[], count: number): readonly (readonly T[])[] =>
  count === 0 ? [[]] : product(items, count - 1).flatMap((rest) => items.map((item) => [...rest, item]));

/** A candidate is told by what its rules add up to; the order of rules is a test of its own. */
const essences = (() => {
  const seen = new Map<string, readonly Cell[]>();
  for (const count of [1, 2, 3]) {
    for (const cells of product(CELLS, count)) {
      const key = cells
        .map(({ outcome, required }) => `${outcome} ${required}`)
        .sort()
        .join(',');
      if (!seen.has(key)) seen.set(key, cells);
    }
  }
  return [...seen.values()];
})();

const QUANTIFIERS = ['any', 'all'] as const;
const SOURCES = [COMPLETE, PARTIAL] as const;

describe('the decision, over the whole table', () => {
  it.each(QUANTIFIERS)('quantifier %s: one candidate of up to three rules, in every order', (quantifier) => {
    let cases = 0;
    for (const count of [1, 2, 3]) {
      for (const cells of product(CELLS, count)) {
        for (const sources of SOURCES) {
          const { verdict, findings } = decide([toCheck(cells, 0)], sources, { quantifier, beside: [] });
          expect(verdict).toBe(oracle([cells], quantifier, sources === COMPLETE));
          expect(findings.length).toBeGreaterThan(0);
          cases++;
        }
      }
    }
    expect(cases).toBe((8 + 64 + 512) * 2);
  });

  it.each(QUANTIFIERS)('quantifier %s: none, two and three candidates', (quantifier) => {
    // Three candidates of every essence would be millions; of three, each has one or two rules.
    const small = essences.filter(({ length }) => length <= 2).slice(0, 24);
    const sets = [[], ...product(essences, 2), ...product(small, 3)];
    const wrong = sets.flatMap((candidates) =>
      SOURCES.flatMap((sources) => {
        const expected = oracle(candidates, quantifier, sources === COMPLETE);
        const { verdict } = decide(candidates.map(toCheck), sources, { quantifier, beside: [] });
        return verdict === expected ? [] : [{ candidates, expected, verdict }];
      }),
    );
    expect(sets.length).toBeGreaterThan(30_000);
    expect(wrong).toEqual([]);
  });

  it.each(OUTCOMES)('a finding beside the attestations that is %s', (outcome) => {
    const pass = toCheck([{ outcome: 'pass', required: true }], 0);
    const fail = toCheck([{ outcome: 'fail', required: true }], 0);
    const beside = [toFinding({ outcome, required: true }, 1)];
    const expected = outcome === 'pass' ? 'allow' : outcome === 'fail' ? 'deny' : 'indeterminate';
    expect(decide([pass], COMPLETE, { quantifier: 'any', beside }).verdict).toBe(expected);
    expect(decide([fail], COMPLETE, { quantifier: 'any', beside }).verdict).toBe('deny');
    const shown = decide([pass], COMPLETE, {
      quantifier: 'any',
      beside: [toFinding({ outcome, required: false }, 1)],
    });
    expect(shown.verdict).toBe('allow');
    expect(shown.findings.at(-1)?.outcome).toBe(outcome);
  });

  it('never allows on a list of rules that is empty or not required', () => {
    expect(decide([toCheck([], 0)], COMPLETE).verdict).toBe('indeterminate');
    const reported = toCheck([{ outcome: 'pass', required: false }], 0);
    expect(decide([reported], COMPLETE).verdict).toBe('indeterminate');
    expect(decide([], COMPLETE).verdict).toBe('deny');
    expect(decide([], []).verdict).toBe('deny');
    expect(decide([], PARTIAL).verdict).toBe('indeterminate');
  });

  it('tells what alone stands in the way of the nearest candidate', () => {
    const far = toCheck(
      [
        { outcome: 'fail', required: true },
        { outcome: 'fail', required: true },
      ],
      0,
    );
    const near = toCheck(
      [
        { outcome: 'pass', required: true },
        { outcome: 'pass', required: true },
        { outcome: 'fail', required: true },
      ],
      1,
    );
    const { reason } = decide([far, near], COMPLETE);
    expect(reason).toBe('the nearest candidate fails only source-ref: it is fail');
    expect(decide([far], COMPLETE).reason).toBe('the one candidate fails signer-identity and 1 more');
    expect(decide([near, far], COMPLETE).reason).toBe(reason);
  });

  it('with all, leaves out what is verified to be about something else, and counts what could not be verified', () => {
    const pass = toCheck([{ outcome: 'pass', required: true }], 0);
    const other: AttestationCheck = {
      ...toCheck([], 1),
      findings: [{ ...toFinding({ outcome: 'fail', required: true }, 0), rule: 'subject-digest' }],
    };
    const forged: AttestationCheck = {
      ...toCheck([{ outcome: 'fail', required: true }], 2),
      verified: undefined,
    };
    const unfinished: AttestationCheck = {
      ...toCheck([{ outcome: 'error', required: true }], 3),
      verified: undefined,
    };
    const all = { quantifier: 'all', beside: [] } as const;
    expect(decide([pass, other, forged], COMPLETE, all).verdict).toBe('allow');
    expect(decide([pass, unfinished], COMPLETE, all).verdict).toBe('indeterminate');
    expect(decide([other, forged], COMPLETE, all).verdict).toBe('deny');
  });
});
