import type { ArtifactDigests } from '../../core/model/digest.ts';
import type { LoggedLeaf } from '../../core/model/evidence.ts';
import type { Fact } from '../../core/model/fact.ts';
import type { Policy } from '../../core/policy/schema.ts';
import type { CollectedAttestations, TrustRootBytes } from '../../core/ports.ts';

/** A policy as it was used. */
export interface LoadedPolicy {
  readonly policy: Policy;
  /** The bytes that were parsed: the payload where the file was signed. */
  readonly bytes: Uint8Array;
  readonly fileName: string;
  readonly pinnedBy: 'digest' | 'key' | null;
  /** Commit that is checked out where the file lies; null outside of a checkout, and for pinned policies. */
  readonly checkout: string | null;
  /** It was read by a job of a CI. */
  readonly inPipeline: boolean;
}

/** An artifact as it is decided about: by its digests alone, so that the decision can be repeated without its bytes. */
export interface GateArtifact {
  readonly reference: string;
  /** SHA-256 always. */
  readonly digests: ArtifactDigests & { readonly sha256: string };
  readonly fileName: string | null;
  /** Purl by which the policy knows it. */
  readonly package: string;
}

/** A catalogue of builders as a file. */
export interface CatalogueFile {
  /** Without folders; its end says how it is written. */
  readonly fileName: string;
  readonly bytes: Uint8Array;
}

/** Keys that ship with the package, as bytes, by name: `npm`, and `cloud-build:REGION` each. */
export type ShippedKeys = ReadonlyMap<string, Uint8Array>;

/** Everything that a decision is made from. The same material gives the same decision, wherever and whenever. */
export interface GateMaterial {
  readonly artifact: GateArtifact;
  readonly environment: string;
  readonly resourceUri: string;
  readonly verifierId: string;
  readonly policy: LoadedPolicy;
  /** A catalogue that takes the place of the one of the package. */
  readonly catalogue: CatalogueFile | null;
  readonly roots: readonly TrustRootBytes[];
  readonly keys: ShippedKeys;
  readonly sources: readonly CollectedAttestations[];
  /** What was read beside the attestations. */
  readonly facts: readonly Fact[];
  /** Leaves of evidence logs of others, with their proofs. */
  readonly logged: readonly LoggedLeaf[];
  readonly now: Date;
}
