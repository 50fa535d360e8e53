import { CODES, type Code } from '../codes.ts';
import type { AttestationCheck } from './attestation/check.ts';
import type { EvidenceRef, Finding } from './model/finding.ts';
import { isProvenanceType } from './model/provenance.ts';
import type { Verdict } from './model/result.ts';
import type { CollectedAttestations } from './ports.ts';

/** The answer for one artifact. */
export interface Decision {
  readonly verdict: Verdict;
  /** Every required rule exactly once; never empty. */
  readonly findings: readonly Finding[];
  /** The attestation that the findings speak of; undefined when none was found. */
  readonly candidate: AttestationCheck | undefined;
  /** The smallest change that would make it pass, or what stands in the way; undefined where nothing does. */
  readonly reason: string | undefined;
}

/** What one source answered; why, where its answer is not whole. */
export type SourceReport = Pick<CollectedAttestations, 'name' | 'answer' | 'reason' | 'code'>;

/** How the attestations count together, and what is asked beside them. */
export interface DecisionOptions {
  /** `any`: one attestation must pass alone. `all`: there is one, and none of those about the artifact fails. */
  readonly quantifier: 'any' | 'all';
  /** Findings about the whole answer: policy, branch, reviews, vetoes. */
  readonly beside: readonly Finding[];
}

const DEFAULT: DecisionOptions = { quantifier: 'any', beside: [] };
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
export function decide(
  checks: readonly AttestationCheck[],
  sources: readonly SourceReport[] = [],
  { quantifier, beside }: DecisionOptions = DEFAULT,
): Decision {
  const { value, candidate, findings } = overAttestations(checks, sources, quantifier);
  const all = [...findings, ...beside];
  const verdict = worstOf([value, ...(beside.some(({ required }) => required) ? [kleeneOf(beside)] : [])]);
  return { verdict, findings: all, candidate, reason: reasonOf(verdict, all, checks.length) };
}

interface Answer {
  /** What the attestations alone say: an allow is that of one of them, whatever else was found out. */
  readonly value: Verdict;
  readonly candidate: AttestationCheck | undefined;
  readonly findings: readonly Finding[];
}

function overAttestations(
  checks: readonly AttestationCheck[],
  sources: readonly SourceReport[],
  quantifier: DecisionOptions['quantifier'],
): Answer {
  const ranked = checks
    .map((check) => ({ check, value: kleeneOf(check.findings), rank: rankOf(check) }))
    .sort(
      (a, b) =>
        a.rank - b.rank ||
        compareText(a.check.found.digest, b.check.found.digest) ||
        compareText(a.check.found.source, b.check.found.source),
    );
  const best =
    ranked.find(({ value }) => value === 'allow') ??
    ranked.find(({ value }) => value === 'indeterminate') ??
    ranked[0];
  // With `all`, whatever may be about the artifact counts, and the worst of it is the answer.
  const counted = ranked.filter(({ check }) => mayConcern(check));
  const worst =
    counted.find(({ value }) => value === 'deny') ??
    counted.find(({ value }) => value === 'indeterminate') ??
    counted[0] ??
    ranked[0];
  const chosen = quantifier === 'any' ? best : worst;
  const unread = sources.filter(({ answer }) => answer === 'partial' || answer === 'failed');
  const digests = ranked.map(({ check }) => check.found.digest);
  const mayStillPass = chosen !== undefined && chosen.value !== 'deny';
  if (unread.length > 0 && !mayStillPass && unread.every(hasBadContent)) {
    // Nobody else could still have it: what these sources gave is not what it is named by.
    return {
      value: 'deny',
      findings: [replaced(unread, digests), ...(chosen?.check.findings ?? [])],
      candidate: chosen?.check,
    };
  }
  if (unread.length > 0 && (quantifier === 'all' || chosen?.value !== 'allow')) {
    const findings = [unavailable(unread, digests), ...(chosen?.check.findings ?? []).map(withoutProof)];
    return { value: 'indeterminate', findings, candidate: chosen?.check };
  }
  if (chosen === undefined) return { value: 'deny', findings: [missing()], candidate: undefined };
  const { check, value } = chosen;
  return { value, findings: [found(digests), ...check.findings], candidate: check };
}

/** What a source gave is disproved, not only missing: asking again gives the same, or shows that it was replaced. */
const BAD_CONTENT: ReadonlySet<Code | undefined> = new Set<Code>([
  'registry.digest-mismatch',
  'registry.ambiguous-manifest',
  'registry.unsupported-manifest',
  'npm.integrity',
]);

const hasBadContent = ({ code }: SourceReport): boolean => BAD_CONTENT.has(code);

/** What fails of one attestation disproves nothing about the artifact before the search was complete. */
const withoutProof = (finding: Finding): Finding =>
  finding.outcome === 'fail' ? { ...finding, outcome: 'error' } : finding;

const WORST_FIRST: readonly Verdict[] = ['deny', 'indeterminate', 'allow'];

/** The worst of several answers; of none, nothing is known. */
export const worstOf = (values: readonly Verdict[]): Verdict =>
  WORST_FIRST.find((value) => values.includes(value)) ?? 'indeterminate';

/** Kleene's third value is `indeterminate`. */
export function kleeneOf(findings: readonly Finding[]): Verdict {
  const required = findings.filter((finding) => finding.required);
  if (required.some(({ outcome }) => outcome === 'fail')) return 'deny';
  if (required.length === 0 || required.some(({ outcome }) => outcome !== 'pass')) return 'indeterminate';
  return 'allow';
}

const failsOf = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(({ outcome }) => outcome === 'fail');

/**
 * Whether it is verified and about the artifact, or its verification could not be finished. Provenance is never left out
 * for its type: an entry that takes one version of it alone must not silence what another version says.
 */
function mayConcern({ findings, verified, statement, isListedSummary }: AttestationCheck): boolean {
  const fails = failsOf(findings);
  if (verified === undefined) return fails.length === 0;
  if (fails.some(({ rule }) => rule === 'subject-digest')) return false;
  if (!fails.some(({ rule }) => rule === 'predicate-type')) return true;
  return isListedSummary === true || (statement !== undefined && isProvenanceType(statement.predicateType));
}

/** How near an attestation comes to being the one that was meant: its reason is then the one to tell. */
function rankOf({ findings, verified }: AttestationCheck): number {
  const fails = failsOf(findings).filter(({ required }) => required);
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

/** `one candidate fails only source-ref: built from refs/heads/dev` */
function reasonOf(verdict: Verdict, findings: readonly Finding[], count: number): string | undefined {
  if (verdict === 'allow') return undefined;
  const blocking = findings.filter(({ required, outcome }) => required && outcome !== 'pass');
  // What could not be asked follows from what failed first.
  const causes = blocking.filter(({ outcome }) => outcome !== 'not-evaluated');
  const [first, ...others] = causes.length > 0 ? causes : blocking;
  if (first === undefined) return undefined;
  const which = count === 1 ? 'the one candidate' : 'the nearest candidate';
  const what = first.outcome === 'fail' ? 'fails' : 'is undecided on';
  if (first.rule === 'attestation') return first.message;
  return others.length === 0
    ? `${which} ${what} only ${first.rule}: ${first.message}`
    : `${which} ${what} ${first.rule} and ${others.length} more`;
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Which attestations there were is what an answer about their number rests on. */
const toEvidence = (digests: readonly string[]): readonly EvidenceRef[] =>
  [...new Set(digests)].sort(compareText).map((digest) => ({ kind: 'attestation', digest }));

const found = (digests: readonly string[]): Finding => ({
  rule: 'attestation',
  code: 'ok',
  outcome: 'pass',
  required: true,
  expected: FOUND,
  actual: `${digests.length} found`,
  message: CODES.ok.title,
  evidence: toEvidence(digests),
  spec: SPEC,
});

const printUnread = (unread: readonly SourceReport[]): string =>
  unread
    .map(({ name, answer, reason }) => `${name}: ${answer}${reason === undefined ? '' : `, ${reason}`}`)
    .join('; ');

/** The code of all that could not be read, where it is one. */
function codeOfAll(unread: readonly SourceReport[]): Code {
  const [first, ...others] = new Set(unread.map(({ code }) => code));
  if (first === undefined || others.length > 0) return 'source.unavailable';
  // What is wrong with one attestation says nothing about a whole source.
  return CODES[first].answer === 'indeterminate' ? first : 'source.unavailable';
}

const unavailable = (unread: readonly SourceReport[], digests: readonly string[]): Finding => {
  const code = codeOfAll(unread);
  return {
    rule: 'attestation',
    code,
    outcome: 'error',
    required: true,
    expected: 'every source tells all that it has',
    actual: printUnread(unread),
    message: `${CODES[code].title}; ${digests.length} found, none of which passes`,
    hint: CODES[code].hint,
    evidence: toEvidence(digests),
    spec: SPEC,
  };
};

const replaced = (unread: readonly SourceReport[], digests: readonly string[]): Finding => {
  const code = unread[0]?.code ?? 'registry.digest-mismatch';
  return {
    rule: 'attestation',
    code,
    outcome: 'fail',
    required: true,
    expected: 'content that is what its digest says',
    actual: printUnread(unread),
    message: CODES[code].title,
    hint: CODES[code].hint,
    evidence: toEvidence(digests),
    spec: SPEC,
  };
};

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
