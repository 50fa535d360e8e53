import { CODES } from '../codes.ts';
import type { Finding } from '../core/model/finding.ts';
import type { ArtifactResult, ResultDocument, Verdict } from '../core/model/result.ts';
import { refuse } from '../errors.ts';

/** Exit codes from best to worst: with several artifacts the worst answer wins. */
const WORST_FIRST = [3, 70, 1, 2, 0] as const;
export type DecisionExit = (typeof WORST_FIRST)[number];

const ofVerdict: Record<Verdict, DecisionExit> = { allow: 0, deny: 1, indeterminate: 2 };

/** Our own broken state and our own bugs are worse than what the verdict says about the artifact. */
const ofFinding = (finding: Finding): DecisionExit => {
  if (finding.outcome === 'pass') return 0;
  const answer = CODES[finding.code].answer;
  return answer === 'integrity' ? 3 : answer === 'internal' ? 70 : 0;
};

const worst = (codes: readonly DecisionExit[]): DecisionExit =>
  WORST_FIRST.find((code) => codes.includes(code)) ?? 70;

const exitOf = (result: ArtifactResult): DecisionExit =>
  worst([ofVerdict[result.verdict], ...result.findings.map(ofFinding)]);

/** Required findings that block. */
export const blocking = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter((finding) => finding.required && finding.outcome !== 'pass');

/** An allow stands on at least one required rule and on the pass of each; `[].every` would be true. */
const isProvenAllow = (result: ArtifactResult): boolean =>
  result.findings.some((finding) => finding.required) && blocking(result.findings).length === 0;

/**
 * The exit code of a decision, after a check that the document does not contradict itself. All forms of the answer are
 * rendered from a document that passed here, so that none of them can say allow where another one blocks.
 * @throws SlsaGateError `internal.bug`
 */
export function decisionExit(document: ResultDocument): DecisionExit {
  if (document.results.length === 0) refuse('internal.bug', 'a decision about nothing');
  for (const result of document.results) {
    if (result.verdict === 'allow' && !isProvenAllow(result)) {
      refuse('internal.bug', 'an allow without proof of every required rule');
    }
    if (result.verdict !== 'allow' && result.findings.length === 0) {
      refuse('internal.bug', 'a verdict without a finding');
    }
  }
  const verdicts = worst(document.results.map((result) => ofVerdict[result.verdict]));
  if (verdicts !== ofVerdict[document.verdict])
    refuse('internal.bug', 'the verdict is not the worst of its results');
  const exit = worst(document.results.map(exitOf));
  // The other forms would say allow while the exit code blocks.
  if (document.verdict === 'allow' && exit !== 0)
    refuse('internal.bug', 'an allow beside a failure of our own');
  return exit;
}
