import type { BuilderId } from './builder-id.ts';
import type { ArtifactDigests } from './digest.ts';
import type { Matcher } from './matcher.ts';
import type { SourceRepository } from './source-uri.ts';

/** A builder that a policy lists, and who may sign for it. All that is said of it must hold together. */
export interface ListedBuilder {
  /** Without its ref, e.g. `https://github.com/o/r/.github/workflows/w.yml`. */
  readonly uri: string;
  /** Refs at which it may be called: `version-tag` for full version tags, `any` where a platform has no refs. */
  readonly ref: 'version-tag' | 'any' | Matcher;
  /** Commit of the workflow that signed, as the certificate names it. */
  readonly workflowDigest?: string;
  readonly signer: /** The platform that its URI belongs to vouches for it. */
    | { readonly kind: 'platform' }
    | { readonly kind: 'certificate'; readonly subject: Matcher; readonly issuer: Matcher }
    /** Hex SHA-256 of the public key (SPKI) that signs; one of the trusted keys. */
    | { readonly kind: 'key'; readonly spkiDigest: string };
  /** Highest level that the policy grants it. */
  readonly maxLevel?: 1 | 2 | 3;
  /** Level that the policy grants where the catalogue has no row for it. */
  readonly grantedLevel?: 1 | 2 | 3;
  /** Runners that the policy names as hosted. */
  readonly runners: readonly string[];
}

/** What the parameters of a build must be; a parameter that is in none of the three is refused. */
export interface ParameterExpectation {
  /** Name to the values of which it must have one. */
  readonly expected: ReadonlyMap<string, readonly string[]>;
  readonly free: ReadonlySet<string>;
  readonly refused: ReadonlySet<string>;
}

/** Whom to trust; always named. */
export type SignerExpectation =
  /** A certificate for this subject, issued on the word of this issuer. */
  | { readonly kind: 'certificate'; readonly subject: Matcher; readonly issuer: Matcher }
  /** One of the keys that the caller trusts; the one of this hex SHA-256 of its SPKI, where it is named. */
  | { readonly kind: 'key'; readonly spkiDigest?: string }
  /** The builder that `builder` names, or, when it names none, one of the catalogue. */
  | { readonly kind: 'builder' }
  /** One of the builders that a policy lists, whoever signs for it. */
  | { readonly kind: 'listed'; readonly builders: readonly [ListedBuilder, ...ListedBuilder[]] }
  /** Whoever signed: for inspection and for checks of signatures alone, never for a decision. */
  | { readonly kind: 'anyone-unsafe' };

/** What the attestation must be about. */
export type SubjectExpectation =
  | {
      readonly kind: 'artifact';
      readonly digests: ArtifactDigests;
      /** An index that lists the artifact among its platforms, where attestations of it count too. */
      readonly viaIndex?: ArtifactDigests;
      /** What the artifact is the other side of: its platforms, or an index that must not count. */
      readonly otherSides?: readonly string[];
    }
  /** Something that is no file, named by an algorithm that may be any: an image id of a cloud. */
  | {
      readonly kind: 'exact-digest';
      /** One subject must have all of them; at least one. */
      readonly digests: readonly { readonly algorithm: string; readonly value: string }[];
    }
  /** The caller gave up that the attestation is about anything. */
  | { readonly kind: 'unbound' };

export interface SummaryExpectation {
  readonly verifierId: string;
  readonly resourceUri: Matcher;
  /** Each must be reached; levels of the SLSA build track are reached by higher ones. */
  readonly verifiedLevels: readonly string[];
  readonly policyDigest?: { readonly algorithm: string; readonly value: string };
  /** Oldest acceptable summary. */
  readonly maxAgeMs?: number;
  /** Verifier key (C2SP signed-note) of the evidence log in which it must be proven to stand. */
  readonly logKey?: string;
  /** Verifier id of this gate: its own earlier answers prove nothing. */
  readonly ownVerifierId?: string;
}

/** What must hold of one attestation. Only `undefined` means "not asked"; everything asked is required. */
export interface Expectations {
  readonly signer: SignerExpectation;
  readonly subject: SubjectExpectation;
  /** Exact types of which one is wanted; `provenance` for SLSA provenance of any version, `any` for all. */
  readonly predicateType: 'provenance' | 'any' | readonly [string, ...string[]];
  /**
   * Whether the predicate is read, or what the certificate says of the build is all that is asked: for plain bundles,
   * without SLSA meaning.
   */
  readonly meaning: 'predicate' | 'certificate';
  readonly builder?: BuilderId;
  /** The caller gave up that builders are called at a version tag. */
  readonly allowBuilderRefUnsafe: boolean;
  readonly source?: SourceRepository;
  /** Owner of the source repository, e.g. `https://github.com/owner`. */
  readonly sourceOwner?: string;
  readonly sourceRepositoryId?: string;
  readonly sourceOwnerId?: string;
  /** Fully qualified: `refs/heads/...`. */
  readonly sourceBranch?: string;
  /** Fully qualified: `refs/tags/...`. */
  readonly sourceTag?: string;
  /** `v1`, `v1.2` or `v1.2.3`: a version of which the tag must be one. */
  readonly sourceVersionedTag?: string;
  readonly sourceCommit?: string;
  /** Refs of which the source must have one, fully qualified. */
  readonly sourceRefs?: readonly [Matcher, ...Matcher[]];
  readonly workflowInputs?: ReadonlyMap<string, string>;
  readonly parameters?: ParameterExpectation;
  /** Events of which one must have started the build. */
  readonly triggers?: readonly [string, ...string[]];
  /** Kinds of runner of which it must have run on one. */
  readonly runnerEnvironments?: readonly [string, ...string[]];
  readonly minLevel?: 1 | 2 | 3;
  readonly npmPackage?: { readonly name?: string; readonly version?: string };
  readonly pypiPublisher?: { readonly repository?: SourceRepository; readonly workflow?: string };
  readonly subjectName?: string;
  /** Name of the artifact's file, without folders; asked of attestations that must name it. */
  readonly fileName?: string;
  readonly summary?: SummaryExpectation;
  readonly minBundleVersion?: '0.1' | '0.2' | '0.3';
}
