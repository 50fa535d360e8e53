import { CODES, type Code } from '../../codes.ts';
import type { AttestationCheck } from '../attestation/check.ts';
import type { SourceReport } from '../decide.ts';
import { parseVerificationSummary } from '../interpret/verification-summary.ts';
import type { FactRule, Finding, RuleId } from '../model/finding.ts';
import { VERIFICATION_SUMMARY_TYPE } from '../model/verification-summary.ts';
import { checkListedSigner } from '../rules/signer-identity.ts';
import type { PolicyPackage, PolicyVeto } from './schema.ts';
import { toListedSigner } from './signers.ts';

/** Findings of the gate that are about the whole answer, not about one attestation. */

interface Failure {
  readonly rule: RuleId;
  readonly code: Code;
  readonly outcome: Exclude<Finding['outcome'], 'pass'>;
  readonly expected: string;
  readonly actual: string;
  readonly message?: string;
  readonly hint?: string;
  readonly spec: string;
  readonly evidence?: Finding['evidence'];
}

export const blocks = ({ message, hint, evidence = [], ...rest }: Failure): Finding => ({
  ...rest,
  required: true,
  message: message ?? CODES[rest.code].title,
  hint: hint ?? CODES[rest.code].hint,
  evidence,
});

export const passes = (rule: RuleId, expected: string, actual: string, spec: string): Finding => ({
  rule,
  code: 'ok',
  outcome: 'pass',
  required: true,
  expected,
  actual,
  message: CODES.ok.title,
  evidence: [],
  spec,
});

const POLICY_SPEC = 'slsa-gate policy, packages';

/** At least one entry of the policy is about the package. */
export const checkPolicyMatch = (name: string, entries: readonly PolicyPackage[]): Finding =>
  entries.length > 0
    ? passes('policy-match', 'an entry about the package', `${entries.length} about ${name}`, POLICY_SPEC)
    : blocks({
        rule: 'policy-match',
        code: 'policy.no-match',
        outcome: 'fail',
        expected: 'an entry about the package',
        actual: name,
        message: `no entry of the policy is about ${name}`,
        spec: POLICY_SPEC,
      });

/** Rules about branch, reviews and clock have no source yet: what is not known never passes. */
export const unansweredFacts = (rules: readonly FactRule[]): readonly Finding[] =>
  rules.map((rule) =>
    blocks({
      rule,
      code: 'rule.not-evaluated',
      outcome: 'not-evaluated',
      expected: 'answered by a forge or a server',
      actual: 'not known',
      message: `no source can answer ${rule} yet`,
      hint: `Leave ${rule} out of the policy until slsa-gate can ask a forge for it.`,
      spec: 'slsa-gate policy, freshness and approvals',
    }),
  );

const isUnread = ({ answer }: SourceReport): boolean => answer === 'partial' || answer === 'failed';

/** A policy names the kind of a source: `oci-layout` is every `oci-layout:DIR`. */
const isOfKind = (source: SourceReport, kind: string): boolean =>
  source.name === kind || source.name.startsWith(`${kind}:`);

/** Sources that the policy names told everything, or that there is nothing. */
export function checkRequiredSources(
  required: readonly string[],
  sources: readonly SourceReport[],
): readonly Finding[] {
  if (required.length === 0) return [];
  const missing = required.filter((kind) => !sources.some((source) => isOfKind(source, kind)));
  const unread = sources.filter(
    (source) => required.some((kind) => isOfKind(source, kind)) && isUnread(source),
  );
  const expected = `${required.join(', ')} answered completely`;
  const spec = 'slsa-gate policy, sources.required';
  if (missing.length === 0 && unread.length === 0) {
    return [passes('required-sources', expected, required.join(', '), spec)];
  }
  const actual = [
    ...missing.map((name) => `${name}: not asked`),
    ...unread.map(({ name, answer }) => `${name}: ${answer}`),
  ].join(', ');
  return [
    blocks({
      rule: 'required-sources',
      code: 'source.unavailable',
      outcome: 'error',
      expected,
      actual,
      spec,
    }),
  ];
}

/** Nobody whom the policy gives a veto has found that the artifact must not pass. */
export function checkVetoes(
  vetoes: readonly PolicyVeto[],
  checks: readonly AttestationCheck[],
  sources: readonly SourceReport[],
): readonly Finding[] {
  if (vetoes.length === 0) return [];
  const rule = 'negative-attestation';
  const spec = 'SLSA verification summary v1, verificationResult';
  const expected = `no failed summary by ${vetoes.map(({ verifierId }) => verifierId).join(' or ')}`;
  const negative = checks.filter((check) => vetoes.some((veto) => isVetoed(veto, check)));
  if (negative.length > 0) {
    return [
      blocks({
        rule,
        code: 'negative.attested',
        outcome: 'fail',
        expected,
        actual: `${negative.length} failed`,
        spec,
        evidence: negative.map(({ found }) => ({ kind: 'attestation', digest: found.digest })),
      }),
    ];
  }
  const unread = sources.filter(isUnread);
  if (unread.length > 0) {
    const actual = unread.map(({ name, answer }) => `${name}: ${answer}`).join(', ');
    return [blocks({ rule, code: 'source.unavailable', outcome: 'error', expected, actual, spec })];
  }
  return [passes(rule, expected, 'none', spec)];
}

function isVetoed(
  { verifierId, signer }: PolicyVeto,
  { verified, statement, findings }: AttestationCheck,
): boolean {
  if (verified === undefined || statement?.predicateType !== VERIFICATION_SUMMARY_TYPE) return false;
  const isAboutIt = findings.some(({ rule, outcome }) => rule === 'subject-digest' && outcome === 'pass');
  if (!isAboutIt) return false;
  if (!checkListedSigner(verified, { uri: verifierId, signer: toListedSigner(signer) }).holds) return false;
  try {
    const summary = parseVerificationSummary(statement.predicate);
    return summary.verifierId === verifierId && summary.result === 'FAILED';
  } catch {
    // The verifier signed something about this artifact that nobody can read: it cannot be taken for its consent.
    return true;
  }
}
