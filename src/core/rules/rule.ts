import type { Code } from '../../codes.ts';
import type { VerifiedAttestation } from '../attestation/verify.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Interpretation } from '../interpret/index.ts';
import type { LoggedLeaf } from '../model/evidence.ts';
import type { Expectations } from '../model/expectations.ts';
import type { RuleId } from '../model/finding.ts';
import type { Statement } from '../model/statement.ts';

/** What the rules of the first stage look at. */
export interface Stated {
  readonly verified: VerifiedAttestation;
  /** Undefined for message signatures, which say nothing but that a digest was signed. */
  readonly statement: Statement | undefined;
  readonly nowMs: number;
  /** `sha256:<hex>` of the attestation as it was found. */
  readonly digest: string;
  /** Leaves of evidence logs that were handed in beside the attestations. */
  readonly logged: readonly LoggedLeaf[];
}

/** What the rules of the second stage look at. */
export interface Interpreted extends Stated, Interpretation {
  readonly catalogue: Catalogue;
}

/** What one rule found; `actual` is printable but may hold hostile text. */
export type Check =
  | { readonly holds: true; readonly actual: string; readonly message?: string; readonly weakened?: string }
  | {
      readonly holds: false;
      readonly code: Code;
      readonly actual: string;
      readonly message: string;
      readonly hint?: string;
    };

/**
 * One rule: pure and total. `S` says how much of an attestation must be proven before it can be asked.
 */
export interface Rule<S extends Stated> {
  readonly id: RuleId;
  /** Section of the specification that it comes from. */
  readonly spec: string;
  /**
   * What the caller expects, printable; undefined when nothing was asked and the rule does not apply. Some forms of
   * attestation ask for a rule by themselves; `verified` is undefined while nothing is verified.
   */
  expected(expectations: Expectations, verified: VerifiedAttestation | undefined): string | undefined;
  check(subject: S, expectations: Expectations): Check;
}

export const holds = (actual: string, message?: string): Check =>
  message === undefined ? { holds: true, actual } : { holds: true, actual, message };

export const fails = (code: Code, message: string, actual: string | undefined, hint?: string): Check => ({
  holds: false,
  code,
  message,
  actual: actual ?? 'none',
  ...(hint === undefined ? {} : { hint }),
});

/**
 * Compares one fact with the values of which it must be one, exactly. A fact that is not known never matches.
 */
export function compareFact(
  what: string,
  expected: readonly string[],
  actual: string | undefined,
  code: Code,
): Check {
  if (actual === undefined) return fails('cert.claim-missing', `nothing proven names the ${what}`, undefined);
  return expected.includes(actual) ? holds(actual) : fails(code, `${what} is another one`, actual);
}
