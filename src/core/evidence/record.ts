import type { Code } from '../../codes.ts';
import type { Finding } from '../model/finding.ts';
import type { AttestationReport, SourceAnswer, Verdict } from '../model/result.ts';
import type { LogLookup } from '../ports.ts';

/** Predicate type of the record of a decision. */
export const DECISION_TYPE = 'https://slsa-gate.dev/decision/v1';

/** Version of the rules: another one may decide otherwise on the same material. */
export const RULES_VERSION = 1;

/** Bytes that a decision rests on; `digest` is `sha256:<hex>` and names the payload in the store. */
export interface Material {
  readonly name: string;
  readonly digest: string;
}

/** A trusted root as it was used. */
export interface RecordedRoot extends Material {
  readonly origin: 'embedded' | 'tuf' | 'file' | 'pack';
  /** RFC 3339; null for a file of the user. */
  readonly currentAt: string | null;
}

/** What a source found, as it was given to verification. */
export interface RecordedCandidate {
  readonly digest: string;
  readonly source: string;
  readonly claimedPredicateType?: string;
  readonly mediaType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** What logs said in which its entry was looked up. */
  readonly lookup?: LogLookup;
}

export interface RecordedSource {
  readonly name: string;
  readonly answer: SourceAnswer;
  readonly reason?: string;
  /** What stood in the way. */
  readonly code?: Code;
}

/** A request that was made to find what was decided on; nothing is decided by it. */
export interface RecordedRequest {
  readonly origin: string;
  readonly status: number | null;
  readonly bytes: number;
  readonly ms: number;
}

/** A denial that was on record, and what became of it. */
export interface RecordedDenial {
  readonly recordId: string;
  readonly codes: readonly string[];
  /** Why it stands no longer; null while it stands. */
  readonly lifted: 'override' | 'evidence-changed' | null;
}

/** Everything that a decision was made from: what a replay needs, by digest. */
export interface DecisionInputs {
  readonly artifact: {
    readonly reference: string;
    /** Algorithm to lower-case hex. */
    readonly digests: Readonly<Record<string, string>>;
    readonly fileName: string | null;
  };
  /** Purl by which the policy knows it. */
  readonly package: string;
  readonly resourceUri: string;
  readonly environment: string;
  readonly mode: string;
  readonly verifierId: string;
  readonly policy: {
    readonly name: string;
    readonly fileName: string;
    readonly digest: string;
    readonly pinnedBy: 'digest' | 'key' | null;
    /** Commit of the checkout that the file lay in; null for none. */
    readonly checkout: string | null;
    /** It was read by a job of a CI. */
    readonly inPipeline: boolean;
  };
  /** Also where it is the one of the package, which a later version replaces. */
  readonly catalogue: Material;
  readonly trust: readonly RecordedRoot[];
  readonly keys: readonly Material[];
  readonly candidates: readonly RecordedCandidate[];
  readonly sources: readonly RecordedSource[];
  /** Leaves of evidence logs of others and their proofs, by digest. */
  readonly logged: readonly { readonly leaf: string; readonly proof: string }[];
  readonly facts: readonly Material[];
  readonly denials: readonly RecordedDenial[];
  /** Digest of the override that was given; null for none. */
  readonly override: string | null;
  readonly rulesVersion: number;
}

/** What came out. */
export interface DecisionOutcome {
  readonly verdict: Verdict;
  readonly slsaBuildLevel: 0 | 1 | 2 | 3;
  readonly reason: string | null;
  readonly findings: readonly Finding[];
  readonly attestations: readonly AttestationReport[];
}

/** The predicate of the record of a decision. */
export interface DecisionRecord {
  readonly schemaVersion: 1;
  readonly recordId: string;
  /** `sha256:<hex>` each. */
  readonly requestKey: string;
  readonly decisionDigest: string;
  /** Record of the same request that this one takes the place of. */
  readonly supersedes: string | null;
  /** RFC 3339 UTC: the clock that was decided by. */
  readonly decidedAt: string;
  readonly gate: { readonly name: 'slsa-gate'; readonly version: string };
  /** The store may die with its job, which the caller accepted. */
  readonly ephemeral: boolean;
  /** Every request to a source, without path and secrets; absent where none was asked. */
  readonly requests?: readonly RecordedRequest[];
  readonly inputs: DecisionInputs;
  readonly outcome: DecisionOutcome;
}
