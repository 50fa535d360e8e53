import { toCanonicalJson } from '../../core/evidence/canonical.ts';
import { decisionDigest } from '../../core/evidence/decision-digest.ts';
import type { DecisionInputs, DecisionOutcome, DecisionRecord } from '../../core/evidence/record.ts';
import type { Finding } from '../../core/model/finding.ts';
import { isJsonObject, type Json } from '../../core/model/json.ts';
import { evaluate } from '../gate/evaluate.ts';
import type { GateMaterial } from '../gate/material.ts';
import { applyMemory } from '../gate/remember.ts';

/** One thing that is decided otherwise now. */
export interface Difference {
  /** e.g. `outcome.findings.source-ref.code` */
  readonly path: string;
  /** As JSON; `none` where there is nothing. */
  readonly recorded: string;
  readonly replayed: string;
}

/** More would not be read. */
const MAX_DIFFERENCES = 50;

/**
 * Decides again on the material of a record, with the denials that were remembered then.
 *
 * @returns what differs; empty when the same decision digest comes out
 * @throws SlsaGateError for a policy, catalogue, root or key that cannot be used now
 */
export async function replayDecision(
  record: DecisionRecord,
  material: GateMaterial,
): Promise<readonly Difference[]> {
  const { inputs, outcome } = await evaluate(material);
  const { override, denials } = record.inputs;
  const asked: DecisionInputs = { ...inputs, override };
  // As the gate does: memory is asked of what would be allowed.
  const again =
    outcome.verdict === 'allow'
      ? applyMemory({ ...asked, denials }, outcome)
      : { inputs: asked, outcome, digest: decisionDigest(asked, outcome) };
  const digest = `sha256:${again.digest}`;
  if (digest === record.decisionDigest) return [];
  const found: Difference[] = [];
  compare(essenceOf(record), essenceOf(again), '', found);
  if (found.length > 0) return found;
  return [{ path: 'decisionDigest', recorded: record.decisionDigest, replayed: digest }];
}

/** What the decision digest is over, in a form in which each part has a name. */
function essenceOf({
  inputs,
  outcome,
}: {
  readonly inputs: DecisionInputs;
  readonly outcome: DecisionOutcome;
}): Json {
  const seen = new Map<string, number>();
  const findings = outcome.findings.map((finding): readonly [string, Json] => {
    const count = (seen.get(finding.rule) ?? 0) + 1;
    seen.set(finding.rule, count);
    return [count === 1 ? finding.rule : `${finding.rule}#${count}`, toEssence(finding)];
  });
  return {
    inputs: JSON.parse(JSON.stringify(inputs)) as Json,
    outcome: {
      verdict: outcome.verdict,
      slsaBuildLevel: outcome.slsaBuildLevel,
      findings: Object.fromEntries(findings),
    },
  };
}

const toEssence = ({ code, outcome, required, weakened, evidence }: Finding): Json => ({
  code,
  outcome,
  required,
  weakened: weakened ?? null,
  evidence: evidence.map(({ kind, digest }) => `${kind} ${digest}`).sort(),
});

const print = (value: Json | undefined): string => (value === undefined ? 'none' : toCanonicalJson(value));

function compare(
  recorded: Json | undefined,
  replayed: Json | undefined,
  path: string,
  found: Difference[],
): void {
  if (found.length >= MAX_DIFFERENCES || print(recorded) === print(replayed)) return;
  if (!isJsonObject(recorded) || !isJsonObject(replayed)) {
    found.push({ path, recorded: print(recorded), replayed: print(replayed) });
    return;
  }
  for (const key of [...new Set([...Object.keys(recorded), ...Object.keys(replayed)])].sort())
    compare(recorded[key], replayed[key], path === '' ? key : `${path}.${key}`, found);
}
