import type { Code } from '../../codes.ts';
import type { Finding } from './finding.ts';

/** `allow` is proven, `deny` is disproof, `indeterminate` that it cannot be known now; the last two block. */
export type Verdict = 'allow' | 'deny' | 'indeterminate';

/** How completely a source answered; absence is a fact only when it answered `complete`. */
export type SourceAnswer = 'complete' | 'partial' | 'absent' | 'failed';

/** One attestation that was looked at. Only `verified` ones can be candidates. */
export interface AttestationReport {
  /** `sha256:<hex>` of its bytes. */
  readonly digest: string;
  /** Where it came from, e.g. `file:prov.json` or `oci-layout:...`. */
  readonly source: string;
  readonly verified: boolean;
  /** Whether its subject holds the artifact; an attestation of another artifact is listed, never counted. */
  readonly concernsArtifact: boolean;
  readonly predicateType?: string;
  readonly signer?: { readonly issuer: string; readonly subject: string };
  /** RFC 3339 UTC; nothing was signed before this instant. Absent for long-lived keys. */
  readonly notBefore?: string;
  /** RFC 3339 UTC; earliest verified log or timestamp time. */
  readonly seenBy?: string;
  readonly findings: readonly Finding[];
}

/** A trusted root that was at hand when it was decided, or a catalogue of builders that took the place of ours. */
export interface TrustReport {
  readonly name: string;
  /** `sha256:<hex>` of the trust root's bytes. */
  readonly digest: string;
  readonly ageSeconds: number | null;
}

/** One request to a source. */
export interface Requested {
  readonly origin: string;
  /** Null when no answer came. */
  readonly status: number | null;
  /** Bytes of the body. */
  readonly bytes: number;
  readonly ms: number;
}

/** The answer for one artifact. */
export interface ArtifactResult {
  readonly artifact: { readonly reference: string; readonly digest: string | null };
  readonly resourceUri: string | null;
  readonly environment: string | null;
  /** RFC 3339 UTC instant that the decision is about. */
  readonly asOf: string;
  readonly verdict: Verdict;
  /** 0 to 3; 0 when nothing was verified. */
  readonly slsaBuildLevel: 0 | 1 | 2 | 3;
  /** The record of the answer; null for commands that keep none, and where it could not be kept. */
  readonly recordId: string | null;
  readonly mode: string;
  /** What stands in the way, in one sentence: the smallest change that would make it pass, where there is one. */
  readonly reason?: string;
  /** `sha256:<hex>` over all that was decided on and what came out; the same whenever it is decided again. */
  readonly decisionDigest?: string;
  /** Each required rule exactly once. */
  readonly findings: readonly Finding[];
  readonly attestations: readonly AttestationReport[];
  readonly facts: readonly { readonly source: string; readonly readAt: string; readonly digest: string }[];
  readonly sources: readonly {
    readonly name: string;
    readonly answer: SourceAnswer;
    /** Why it did not tell everything. */
    readonly reason?: string;
    readonly code?: Code;
  }[];
  /** Every request that was made for it, without paths and secrets; absent where no source was asked. */
  readonly requests?: readonly Requested[];
  readonly trust: readonly TrustReport[];
}

/** The result document, version 1: fields may be added, never changed. Several artifacts: the worst verdict. */
export interface ResultDocument {
  readonly schemaVersion: 1;
  readonly verdict: Verdict;
  readonly results: readonly ArtifactResult[];
}
