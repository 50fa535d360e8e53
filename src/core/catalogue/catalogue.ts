/** Builders called at a version tag up to this major and minor version, whatever its patch. */
export interface BuilderVersions {
  readonly upTo: readonly [major: number, minor: number];
}

/** When a row counts. Every condition that is named must hold. */
export interface CatalogueRow {
  /** Unique, kebab-case; stands in findings. */
  readonly id: string;
  /** Who vouches: Sigstore instances by their anchors, or Cloud Build's pinned keys. */
  readonly trust: 'public-good' | 'github' | 'cloud-build';
  /** OIDC issuers of the signing certificate, exact; empty for pinned keys. */
  readonly issuers: readonly string[];
  /** Builders as provenance names them, without their ref, exact; empty: whichever workflow signed. */
  readonly builders: readonly string[];
  /** Workflow that signs in the builder's name, exact; undefined: the builder signs itself. */
  readonly delegators: readonly string[];
  /** `version-tag`: builder (and delegator) are called at `refs/tags/vX.Y.Z`. */
  readonly builderRef: 'version-tag' | 'any';
  /** Build types, exact. */
  readonly buildTypes: readonly string[];
  /** What the certificate must say of the runner, and for which versions of the builder it may say nothing of it. */
  readonly runner: { readonly is: readonly string[]; readonly mayBeAbsent: boolean | BuilderVersions };
  /** SLSA build level (SLSA v1.0, build track) that is reached at most. */
  readonly level: 1 | 2 | 3;
  /**
   * Level that is reached instead when a policy lists the signing workflow, by revision or by tags, and it lies in another
   * repository than the source: whoever is built cannot change it then.
   */
  readonly listedLevel?: 1 | 2 | 3;
  /** Where it is written that the builder meets the level, and when that was read. */
  readonly source: string;
  readonly readOn: string;
}

/** Which builder reaches which level: data, which a policy can replace. */
export interface Catalogue {
  /** Hex SHA-256 of the anchor certificates of each instance. */
  readonly anchors: Readonly<Record<'public-good' | 'github', readonly string[]>>;
  readonly rows: readonly CatalogueRow[];
}
