import type { Finding, RuleId } from '../model/finding.ts';
import { blocks, passes } from '../policy/beside.ts';
import { APPROVAL_RULES, FRESHNESS_RULES } from '../policy/rules.ts';
import type { RecordedDenial } from './record.ts';

/** A denial of the same bytes for the same environment, as its record tells it. */
export interface PastDenial {
  readonly recordId: string;
  /** Required findings that blocked. */
  readonly findings: readonly Pick<Finding, 'rule' | 'code' | 'evidence'>[];
}

/** Rules whose denial says what was missing at the time, not what the artifact is. */
const LIFTED_BY_EVIDENCE: ReadonlySet<RuleId> = new Set<RuleId>([...FRESHNESS_RULES, ...APPROVAL_RULES]);

const isSoft = ({ rule, code }: Pick<Finding, 'rule' | 'code'>): boolean =>
  code === 'attestation.missing' || LIFTED_BY_EVIDENCE.has(rule);

const evidenceOf = (finding: Pick<Finding, 'evidence'> | undefined): string =>
  (finding?.evidence ?? [])
    .map(({ kind, digest }) => `${kind} ${digest}`)
    .sort()
    .join('\n');

/** All of what was missing is answered by other evidence now. */
const hasChanged = (denial: PastDenial, now: readonly Finding[]): boolean =>
  denial.findings.every(
    (past) => isSoft(past) && evidenceOf(past) !== evidenceOf(now.find(({ rule }) => rule === past.rule)),
  );

/**
 * What past denials mean for a decision that would allow. One that only said what was missing lifts when that has changed;
 * every other one lifts by an override alone. Denials that were about earlier denials are left out: those stand themselves.
 */
export function recallDenials(
  denials: readonly PastDenial[],
  overridden: ReadonlySet<string>,
  findings: readonly Finding[],
): readonly RecordedDenial[] {
  return denials.flatMap((denial): RecordedDenial[] => {
    const own = denial.findings.filter(({ rule }) => rule !== 'deny-memory');
    if (own.length === 0) return [];
    const { recordId } = denial;
    const codes = [...new Set(own.map(({ code }) => code))].sort();
    if (overridden.has(recordId)) return [{ recordId, codes, lifted: 'override' }];
    const lifted = hasChanged({ recordId, findings: own }, findings) ? 'evidence-changed' : null;
    return [{ recordId, codes, lifted }];
  });
}

const SPEC = 'slsa-gate, deny memory';
const EXPECTED = 'no denial of these bytes for this environment stands';

/** The finding of `deny-memory`. */
export function checkDenials(denials: readonly RecordedDenial[]): Finding {
  const [first, ...others] = denials.filter(({ lifted }) => lifted === null);
  if (first === undefined) {
    return passes('deny-memory', EXPECTED, `${denials.length} on record, none stands`, SPEC);
  }
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return blocks({
    rule: 'deny-memory',
    code: 'previously-denied',
    outcome: 'fail',
    expected: EXPECTED,
    actual: `${first.recordId} (${first.codes.join(', ')})${more}`,
    message: `these bytes were denied before: ${first.recordId}${more}`,
    hint: `Read it with slsa-gate evidence show ${first.recordId}; if it no longer holds, have an override of it signed and give it with --override.`,
    spec: SPEC,
  });
}
