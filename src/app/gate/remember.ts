import { sha256Hex } from '../../core/evidence/canonical.ts';
import { decisionDigest } from '../../core/evidence/decision-digest.ts';
import { checkDenials, type PastDenial, recallDenials } from '../../core/evidence/deny-memory.ts';
import type { DecisionInputs, DecisionOutcome } from '../../core/evidence/record.ts';
import type { Evaluation } from './evaluate.ts';

/** A decision with everything that it depends on, ready to be recorded. */
export interface Remembered {
  readonly inputs: DecisionInputs;
  readonly outcome: DecisionOutcome;
  /** Hex. */
  readonly digest: string;
}

/** What is on record about the same bytes and environment. */
export interface Memory {
  readonly denials: readonly PastDenial[];
  /** Ids of denials that somebody entitled has overridden. */
  readonly overridden: ReadonlySet<string>;
  /** Bytes of the override that this request brought; null for none. */
  readonly override: Uint8Array | null;
}

/** Asks the memory of a decision that would allow; every other answer blocks anyway and stays as it is. */
export function remember(
  { inputs, outcome }: Pick<Evaluation, 'inputs' | 'outcome'>,
  memory: Memory,
): Remembered {
  const { override } = memory;
  const withOverride: DecisionInputs = {
    ...inputs,
    override: override === null ? null : `sha256:${sha256Hex(override)}`,
  };
  if (outcome.verdict !== 'allow') {
    return { inputs: withOverride, outcome, digest: decisionDigest(withOverride, outcome) };
  }
  const denials = recallDenials(memory.denials, memory.overridden, outcome.findings);
  return applyMemory({ ...withOverride, denials }, outcome);
}

/** The answer after its memory: what a replay does with the denials that were recorded. */
export function applyMemory(inputs: DecisionInputs, outcome: DecisionOutcome): Remembered {
  const finding = checkDenials(inputs.denials);
  const isDenied = finding.outcome !== 'pass';
  const asked: DecisionOutcome = {
    ...outcome,
    verdict: isDenied ? 'deny' : 'allow',
    reason: isDenied ? finding.message : outcome.reason,
    findings: [...outcome.findings, finding],
  };
  return { inputs, outcome: asked, digest: decisionDigest(inputs, asked) };
}
