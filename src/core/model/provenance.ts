import type { JsonObject } from './json.ts';

/** Predicate types of SLSA provenance; an exact list, each with its own schema. */
export const PROVENANCE_TYPES = {
  v01: 'https://slsa.dev/provenance/v0.1',
  v02: 'https://slsa.dev/provenance/v0.2',
  v1: 'https://slsa.dev/provenance/v1',
} as const;
export type ProvenanceType = (typeof PROVENANCE_TYPES)[keyof typeof PROVENANCE_TYPES];

/** Who wrote a value: the certificate authority, the build's control plane, or the build itself, which could forge it. */
export type Backing = 'certificate' | 'control-plane' | 'predicate';

/**
 * One model of SLSA provenance v0.1, v0.2 and v1 and of all builders. Values that the certificate backs have won over
 * those of the predicate, and were compared with them where both exist. Every text comes from an attestation: escape it.
 */
export interface Provenance {
  readonly predicateType: ProvenanceType;
  /**
   * Identity of the builder as expectations name it: URI without ref and, separately, its fully qualified ref, e.g.
   * `https://github.com/o/r/.github/workflows/w.yml` and `refs/tags/v1.2.3`.
   */
  readonly builder: { readonly uri: string; readonly ref: string | undefined; readonly backing: Backing };
  /** `builder.id` as the predicate spells it. */
  readonly predicateBuilderId: string;
  readonly buildType: string;
  readonly source: {
    /** Canonical, e.g. `https://github.com/owner/repository`; undefined where none is named. */
    readonly uri: string | undefined;
    /** Fully qualified ref, e.g. `refs/heads/main`. */
    readonly ref: string | undefined;
    /** Commit, lower-case hex. */
    readonly commit: string | undefined;
    /** Immutable ids, of certificates alone. */
    readonly repositoryId: string | undefined;
    readonly ownerId: string | undefined;
    readonly backing: Backing;
  };
  /** Tag and branch where the ref alone does not tell them (Cloud Build substitutions). Plain names. */
  readonly tag: string | undefined;
  readonly branch: string | undefined;
  /** Inputs of a manually started workflow; undefined where the builder does not tell them. */
  readonly workflowInputs: Readonly<Record<string, string>> | undefined;
  /** Event that started the build, of certificates alone. */
  readonly trigger: string | undefined;
  /** `github-hosted`, `self-hosted` and the like, of certificates or control planes alone. */
  readonly runnerEnvironment: string | undefined;
  readonly externalParameters: JsonObject;
}
