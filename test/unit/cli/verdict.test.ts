import { describe, expect, it } from 'vitest';
import { decisionExit } from '../../../src/cli/verdict.ts';
import type { ArtifactResult, Verdict } from '../../../src/core/model/result.ts';
import { refusal } from './command.ts';
import { documentOf, finding, resultOf } from './documents.ts';

const ALLOW = resultOf('allow', [finding('signature', 'pass')]);
const DENY = resultOf('deny', [finding('signature', 'fail', { code: 'dsse.signature' })]);
const UNKNOWN = resultOf('indeterminate', [finding('trust-root', 'error', { code: 'trust.stale' })]);
const BUG = resultOf('indeterminate', [finding('attestation', 'error', { code: 'internal.bug' })]);

describe('the exit code of a decision', () => {
  it.each([
    ['allow', ALLOW, 0],
    ['deny', DENY, 1],
    ['indeterminate', UNKNOWN, 2],
    ['a bug of ours', BUG, 70],
  ] as const)('of %s', (_what, result, exit) => {
    expect(decisionExit(documentOf(result.verdict, [result]))).toBe(exit);
  });

  it.each([
    [[ALLOW, ALLOW], 'allow', 0],
    [[ALLOW, UNKNOWN], 'indeterminate', 2],
    [[UNKNOWN, DENY, ALLOW], 'deny', 1],
    [[DENY, UNKNOWN], 'deny', 1],
    [[DENY, BUG], 'deny', 70],
  ] as const)('RAC-06 of several artifacts is the worst one (%#)', (results, verdict, exit) => {
    expect(decisionExit(documentOf(verdict, results))).toBe(exit);
    expect(decisionExit(documentOf(verdict, [...results].reverse()))).toBe(exit);
  });

  it('does not let a finding that is not required make it better or worse', () => {
    const noted = finding('bundle-version', 'fail', { required: false, code: 'bundle.version' });
    expect(
      decisionExit(documentOf('allow', [resultOf('allow', [finding('signature', 'pass'), noted])])),
    ).toBe(0);
  });
});

describe('documents that contradict themselves are a bug, never an allow', () => {
  const contradictory: readonly [string, Verdict, readonly ArtifactResult[]][] = [
    ['an allow about nothing', 'allow', []],
    ['an allow without any rule', 'allow', [resultOf('allow', [])]],
    [
      'an allow of optional rules only',
      'allow',
      [resultOf('allow', [finding('signature', 'pass', { required: false })])],
    ],
    [
      'an allow with a failed rule',
      'allow',
      [resultOf('allow', [finding('signature', 'pass'), finding('source-uri', 'fail')])],
    ],
    [
      'an allow with a rule in error',
      'allow',
      [resultOf('allow', [finding('signature', 'pass'), finding('source-uri', 'error')])],
    ],
    [
      'an allow with a rule that was not evaluated',
      'allow',
      [resultOf('allow', [finding('signature', 'pass'), finding('source-uri', 'not-evaluated')])],
    ],
    ['a denial without a reason', 'deny', [resultOf('deny', [])]],
    ['an allow over a denied artifact', 'allow', [ALLOW, DENY]],
    ['an allow over an unknown artifact', 'allow', [ALLOW, UNKNOWN]],
    ['an unknown over a denied artifact', 'indeterminate', [UNKNOWN, DENY]],
    ['a denial over allowed artifacts', 'deny', [ALLOW]],
  ];

  it.each(contradictory)('%s', (_what, verdict, results) => {
    expect(() => decisionExit(documentOf(verdict, results))).toThrow(
      refusal('internal.bug', { exitCode: 70 }),
    );
  });
});
