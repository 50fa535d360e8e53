import type { DecisionOutcome } from '../../core/evidence/record.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Finding } from '../../core/model/finding.ts';
import type { AttestationReport } from '../../core/model/result.ts';

/**
 * The outcome with texts that are not endless: they repeat what attestations say, and a record that they blow up could not
 * be read again. Nothing is decided by them.
 */
export const withBoundedTexts = (outcome: DecisionOutcome): DecisionOutcome => ({
  ...outcome,
  reason: outcome.reason === null ? null : bounded(outcome.reason, LIMITS.findingText),
  findings: outcome.findings.map((finding) => boundFinding(finding, LIMITS.findingText)),
  attestations: outcome.attestations.map(boundReport),
});

function boundReport(report: AttestationReport): AttestationReport {
  const { predicateType, signer, findings } = report;
  const cut = (text: string): string => bounded(text, LIMITS.listedFindingText);
  return {
    ...report,
    ...(predicateType === undefined ? {} : { predicateType: cut(predicateType) }),
    ...(signer === undefined ? {} : { signer: { issuer: cut(signer.issuer), subject: cut(signer.subject) } }),
    findings: findings.map((finding) => boundFinding(finding, LIMITS.listedFindingText)),
  };
}

const boundFinding = (finding: Finding, length: number): Finding => ({
  ...finding,
  expected: bounded(finding.expected, length),
  actual: bounded(finding.actual, length),
  message: bounded(finding.message, length),
  ...(finding.hint === undefined ? {} : { hint: bounded(finding.hint, length) }),
});

/** Cut between characters: half of one has no canonical form. */
const bounded = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length).toWellFormed()}… (${text.length} characters)`;
