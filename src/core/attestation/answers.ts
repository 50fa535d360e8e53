import { CODES } from '../../codes.ts';
import { SlsaGateError } from '../../errors.ts';
import type { Expectations } from '../model/expectations.ts';
import type { Finding, RuleId } from '../model/finding.ts';
import type { Check, Rule, Stated } from '../rules/rule.ts';

/** A finding before it is known whether it counts. */
export type Answer = Omit<Finding, 'required' | 'evidence'>;

const WORST_FIRST: readonly Finding['outcome'][] = ['fail', 'error', 'not-evaluated', 'pass'];

/** The first of the worst: one layer that does not hold is enough. Expectations of all layers are told. */
export function worstOf(answers: readonly [Answer, ...Answer[]]): Answer {
  const outcome = WORST_FIRST.find((candidate) => answers.some((answer) => answer.outcome === candidate));
  const worst = answers.find((answer) => answer.outcome === outcome) ?? answers[0];
  if (worst.outcome !== 'pass' || answers.length === 1) return worst;
  return { ...worst, expected: [...new Set(answers.map(({ expected }) => expected))].join('; ') };
}

/**
 * The answer of one rule; undefined where nothing asks it. A rule that ends in a bug has not passed: that is an answer
 * too, so that a bug of one rule does not hide what the others found.
 */
export function ask<S extends Stated>(
  rule: Rule<S>,
  subject: S | undefined,
  expectations: Expectations,
): Answer | undefined {
  let told = 'an answer of the rule';
  try {
    const expected = rule.expected(expectations, subject?.verified);
    if (expected === undefined) return undefined;
    told = expected;
    if (subject === undefined) return notEvaluated(rule.id, rule.spec, expected);
    return toAnswer(rule, expected, rule.check(subject, expectations));
  } catch (error) {
    if (!(error instanceof SlsaGateError) || error.finding === 'internal.bug')
      return broken(rule, told, error);
    return refusal(rule.id, rule.spec, told, error);
  }
}

/** Only `true` is a pass and only `false` a failure; whatever else a rule returns is a bug. */
function toAnswer<S extends Stated>(rule: Rule<S>, expected: string, check: Check): Answer {
  const base = { rule: rule.id, spec: rule.spec, expected };
  if (check.holds === false) {
    const { code, actual, message, hint = CODES[code].hint } = check;
    return { ...base, code, outcome: 'fail', actual, message, hint };
  }
  if (check.holds !== true) throw new TypeError('a rule answered neither yes nor no');
  const { actual, message = CODES.ok.title, weakened } = check;
  return {
    ...base,
    code: 'ok',
    outcome: 'pass',
    actual,
    message,
    ...(weakened === undefined ? {} : { weakened }),
  };
}

/** What a foreign error says may quote hostile input, so only its kind is told. */
function broken<S extends Stated>({ id, spec }: Rule<S>, expected: string, cause: unknown): Answer {
  const { hint } = CODES['policy.eval-error'];
  const actual = cause instanceof Error ? cause.name : typeof cause;
  const message = `the rule could not be evaluated: ${id}`;
  const error = new SlsaGateError('policy.eval-error', message, { cause });
  return {
    rule: id,
    code: 'policy.eval-error',
    outcome: 'error',
    expected,
    actual,
    message,
    hint,
    spec,
    error,
  };
}

export function refusal(rule: RuleId, spec: string, expected: string, error: SlsaGateError): Answer {
  const { answer } = CODES[error.finding];
  if (answer !== 'deny' && answer !== 'indeterminate') throw error;
  const details = {
    rule,
    code: error.finding,
    expected: error.expected ?? expected,
    actual: error.actual ?? error.message,
    message: error.message,
    hint: error.hint,
    spec,
  };
  return answer === 'deny' ? { ...details, outcome: 'fail' } : { ...details, outcome: 'error', error };
}

export function notEvaluated(rule: RuleId, spec: string, expected: string): Answer {
  const { title, hint } = CODES['rule.not-evaluated'];
  return {
    rule,
    code: 'rule.not-evaluated',
    outcome: 'not-evaluated',
    expected,
    actual: 'not known',
    message: title,
    hint,
    spec,
  };
}
