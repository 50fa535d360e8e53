import type { Code } from '../../codes.ts';
import type { SlsaGateError } from '../../errors.ts';

/** Rules of the gate; each is one file in core/rules/ of the same name. */
export type RuleId =
  | 'attestation'
  | 'signature'
  | 'verifier-agreement'
  | 'log-inclusion'
  | 'statement'
  | 'provenance'
  | 'subject-digest'
  | 'predicate-type'
  | 'signer-identity'
  | 'builder-id'
  | 'source-uri'
  | 'source-repository-id'
  | 'source-branch'
  | 'source-tag'
  | 'source-versioned-tag'
  | 'source-commit'
  | 'source-ref'
  | 'workflow-inputs'
  | 'build-parameters'
  | 'build-trigger'
  | 'runner-environment'
  | 'min-level'
  | 'subject-name'
  | 'npm-package'
  | 'pypi-publisher'
  | 'verification-summary'
  | 'summary-log'
  | 'bundle-version'
  | 'trust-root'
  // Of the gate: over the whole answer, not over one attestation.
  | 'policy-match'
  | 'policy-source'
  | 'negative-attestation'
  | 'deny-memory'
  | 'required-sources'
  | 'no-downgrade'
  | 'log-presence'
  | 'evidence-record'
  | 'promotion'
  | FactRule;

/** Rules about branch, reviews and clock, which no attestation proves. */
export type FactRule =
  | 'source-on-branch'
  | 'built-after-landing'
  | 'no-newer-change'
  | 'attestation-age'
  | 'release-order'
  | 'branch-controls'
  | 'change-approvals'
  | 'release-approvals'
  | 'clock-corroboration';

/**
 * - `pass` is positive proof.
 * - `fail` is disproof by verified data.
 * - `error` means that it cannot be known now; `not-evaluated` counts as error.
 */
export type Outcome = 'pass' | 'fail' | 'error' | 'not-evaluated';

/** Points at what a finding rests on; `digest` is `sha256:<hex>`. */
export interface EvidenceRef {
  readonly kind: 'attestation' | 'statement' | 'certificate' | 'log-entry' | 'timestamp' | 'trust-root';
  readonly digest: string;
}

/** One answer of one rule. `expected` and `actual` are printable but may hold hostile text: renderers escape them. */
export interface Finding {
  readonly rule: RuleId;
  readonly code: Code;
  readonly outcome: Outcome;
  readonly required: boolean;
  /** The flag or policy line that lowered this rule. */
  readonly weakened?: string;
  readonly expected: string;
  readonly actual: string;
  /** One sentence for a person. */
  readonly message: string;
  /** What to do next. */
  readonly hint?: string;
  readonly evidence: readonly EvidenceRef[];
  /** Section of the specification that the rule comes from. */
  readonly spec: string;
  readonly error?: SlsaGateError;
}
