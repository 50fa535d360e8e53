import { CODES } from '../codes.ts';
import type { AttestationCheck } from './attestation/check.ts';
import type { Finding } from './model/finding.ts';
import type { Verdict } from './model/result.ts';
import type { CollectedAttestations } from './ports.ts';

/** The answer for one artifact. */
export interface Decision {
  readonly verdict: Verdict;
  /** Every required rule exactly once; never empty. */
  readonly findings: readonly Finding[];
  /** The attestation that the findings speak of; undefined when none was found. */
  readonly candidate: AttestationCheck | undefined;
}

/** Kleene's third value is `indeterminate`. */
type Kleene = 'allow' | 'deny' | 'indeterminate';

/** What one source answered; why, where its answer is not whole. */
export type SourceReport = Pick<CollectedAttestations, 'name' | 'answer' | 'reason'>;

const FOUND = 'at least one attestation';
const SPEC = 'SLSA v1.0, verifying artifacts';

/**
 * Decides over everything that was found: one attestation alone must pass every rule, facts of two never mix. What is
 * disproved denies, what cannot be known is indeterminate, and an allow stands on a list of passes that is not empty.
 * The order of the attestations changes nothing.
 *
 * `sources` are those that were asked. While one of them has not told everything, nothing that was found can deny: the
 * attestation that passes may be among what it did not tell.
 */
export function decide(checks: readonly AttestationCheck[], sources: readonly SourceReport[] = []): Decision {
  const ranked = checks
    .map((check) => ({ check, value: kleeneOf(check.findings), rank: rankOf(check) }))
    .sort(
      (a, b) =>
        a.rank - b.rank ||
        compareText(a.check.found.digest, b.check.found.digest) ||
        compareText(a.check.found.source, b.check.found.source),
    );
  const chosen =
    ranked.find(({ value }) => value === 'allow') ??
    ranked.find(({ value }) => value === 'indeterminate') ??
    ranked[0];
  const unread = sources.filter(({ answer }) => answer === 'partial' || answer === 'failed');
  if (chosen?.value !== 'allow' && unread.length > 0) {
    const findings = [
      unavailable(unread, checks.length),
      ...(chosen?.check.findings ?? []).map(withoutProof),
    ];
    return { verdict: 'indeterminate', findings, candidate: chosen?.check };
  }
  if (chosen === undefined) return { verdict: 'deny', findings: [missing()], candidate: undefined };
  const { check, value } = chosen;
  return { verdict: value, findings: [found(checks.length), ...check.findings], candidate: check };
}

/** What fails of one attestation disproves nothing about the artifact before the search was complete. */
const withoutProof = (finding: Finding): Finding =>
  finding.outcome === 'fail' ? { ...finding, outcome: 'error' } : finding;

function kleeneOf(findings: readonly Finding[]): Kleene {
  const required = findings.filter((finding) => finding.required);
  if (required.some(({ outcome }) => outcome === 'fail')) return 'deny';
  if (required.length === 0 || required.some(({ outcome }) => outcome !== 'pass')) return 'indeterminate';
  return 'allow';
}

/** How near an attestation comes to being the one that was meant: its reason is then the one to tell. */
function rankOf({ findings, verified }: AttestationCheck): number {
  const fails = findings.filter(({ outcome }) => outcome === 'fail');
  const hasFailed = (rule: Finding['rule']): boolean => fails.some((finding) => finding.rule === rule);
  const distance = hasFailed('subject-digest')
    ? 3
    : hasFailed('predicate-type')
      ? 2
      : verified === undefined
        ? 1
        : 0;
  return distance * 1_000 + fails.length;
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const found = (count: number): Finding => ({
  rule: 'attestation',
  code: 'ok',
  outcome: 'pass',
  required: true,
  expected: FOUND,
  actual: `${count} found`,
  message: CODES.ok.title,
  evidence: [],
  spec: SPEC,
});

const unavailable = (unread: readonly SourceReport[], count: number): Finding => ({
  rule: 'attestation',
  code: 'source.unavailable',
  outcome: 'error',
  required: true,
  expected: 'every source tells all that it has',
  actual: unread
    .map(({ name, answer, reason }) => `${name}: ${answer}${reason === undefined ? '' : `, ${reason}`}`)
    .join('; '),
  message: `${CODES['source.unavailable'].title}; ${count} found, none of which passes`,
  hint: CODES['source.unavailable'].hint,
  evidence: [],
  spec: SPEC,
});

const missing = (): Finding => ({
  rule: 'attestation',
  code: 'attestation.missing',
  outcome: 'fail',
  required: true,
  expected: FOUND,
  actual: 'none found',
  message: CODES['attestation.missing'].title,
  hint: CODES['attestation.missing'].hint,
  evidence: [],
  spec: SPEC,
});
