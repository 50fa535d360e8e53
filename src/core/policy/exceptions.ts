import type { Finding } from '../model/finding.ts';
import type { PolicyException } from './schema.ts';

/** What an exception may be about. */
export interface ExceptionSubject {
  /** `sha256:<hex>` and others of the artifact. */
  readonly digests: readonly string[];
  /** Commit that the candidate proves it was built from. */
  readonly commit: string | undefined;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/**
 * Takes the rules that exceptions name out of what decides. The finding stays as it is and says which exception lowered
 * it; one that has expired lowers nothing and is told in the hint.
 */
export const withExceptions = (
  findings: readonly Finding[],
  exceptions: readonly PolicyException[],
  subject: ExceptionSubject,
): readonly Finding[] => findings.map((finding) => withException(finding, exceptions, subject));

function withException(
  finding: Finding,
  exceptions: readonly PolicyException[],
  subject: ExceptionSubject,
): Finding {
  if (finding.outcome === 'pass' || !finding.required) return finding;
  const matching = exceptions.filter(({ rule, digest, change }) => {
    if (rule !== finding.rule || (digest === undefined && change === undefined)) return false;
    return (
      (digest === undefined || subject.digests.includes(digest)) &&
      (change === undefined || change === subject.commit)
    );
  });
  const current = matching.find(({ expires }) => Date.parse(expires) > subject.nowMs);
  if (current !== undefined) {
    const { id, owner, approver, expires } = current;
    return {
      ...finding,
      required: false,
      weakened: `exception ${id} until ${expires}, owner ${owner}, approver ${approver}`,
    };
  }
  const [expired] = matching;
  return expired === undefined
    ? finding
    : { ...finding, hint: `Exception ${expired.id} expired on ${expired.expires}; have a new one approved.` };
}
