import type { BuilderId } from './builder-id.ts';
import type { JsonObject } from './json.ts';

/** Predicate types of SLSA provenance; an exact list, each with its own schema. */
export const PROVENANCE_TYPES = {
  v01: 'https://slsa.dev/provenance/v0.1',
  v02: 'https://slsa.dev/provenance/v0.2',
  v1: 'https://slsa.dev/provenance/v1',
} as const;
/** One of the predicate types of SLSA provenance. */
export type ProvenanceType = (typeof PROVENANCE_TYPES)[keyof typeof PROVENANCE_TYPES];

export const isProvenanceType = (type: string): type is ProvenanceType =>
  (Object.values(PROVENANCE_TYPES) as string[]).includes(type);

/**
 * Who built what from what, as far as it is known. Values that the certificate backs have won over those of a
 * predicate, and were compared with them where both exist. Every text comes from an attestation: escape it.
 */
export interface BuildFacts {
  /**
   * Who built it, as expectations name it, e.g. `https://github.com/o/r/.github/workflows/w.yml` at `refs/tags/v1.2.3`.
   * The signing workflow, or the builder in whose name a delegator signed.
   */
  readonly builder: BuilderId | undefined;
  /** The workflow that signed, where that is another one than the builder. */
  readonly delegator: BuilderId | undefined;
  /** Further proven names of the builder, e.g. `https://github.com/actions/runner/github-hosted`. */
  readonly builderAliases: readonly string[];
  /** Canonical URI of the repository; undefined where none is named. */
  readonly sourceUri: string | undefined;
  /** Fully qualified ref that was built, e.g. `refs/heads/main`. */
  readonly sourceRef: string | undefined;
  /**
   * Of a build of a tag: the branch that the tag was made from, `refs/heads/...`. Told only by builders that write the
   * provenance out of reach of the job that is built.
   */
  readonly baseBranch: string | undefined;
  /** Commit that was built, lower-case hex. */
  readonly sourceCommit: string | undefined;
  /** Immutable ids; known to certificates alone. */
  readonly repositoryId: string | undefined;
  readonly ownerId: string | undefined;
  /** Inputs of a manually started workflow; undefined where the builder does not tell them. */
  readonly workflowInputs: JsonObject | undefined;
  /**
   * All that whoever started the build could choose; undefined where nobody who can be believed tells it. The inputs of a
   * manually started workflow are among them.
   */
  readonly parameters: JsonObject | undefined;
  /** Event that started the build; known to certificates alone. */
  readonly trigger: string | undefined;
  /** `github-hosted`, `self-hosted` and the like; known to certificates alone. */
  readonly runnerEnvironment: string | undefined;
}

/** One model of SLSA provenance v0.1, v0.2 and v1 and of all builders. */
export interface Provenance extends BuildFacts {
  readonly predicateType: ProvenanceType;
  readonly builder: BuilderId;
  readonly buildType: string;
}
