/** Builders called at a version tag up to this major and minor version, whatever its patch. */
export interface BuilderVersions {
  /** e.g. `1.5` */
  readonly upTo: string;
}

/** Who vouches where it is no Sigstore instance: Google Cloud Build, by its pinned keys. */
export const CLOUD_BUILD_TRUST = 'cloud-build';

/** When a row counts. Every condition that is named must hold. */
export interface CatalogueRow {
  /** Unique, kebab-case; stands in findings. */
  readonly id: string;
  /** Who vouches: a Sigstore instance by its name among the anchors, or `cloud-build`. */
  readonly trust: string;
  /** OIDC issuers of the signing certificate, exact; none for pinned keys. */
  readonly issuers?: readonly string[];
  /** Builders as provenance names them, without their ref, exact; `any`: whichever workflow signed. */
  readonly builders: readonly string[] | 'any';
  /** Workflows that sign in the builder's name, exact; absent: the builder signs itself. */
  readonly delegators?: readonly string[];
  /** `version-tag`: builder (and delegator) are called at `refs/tags/vX.Y.Z`. */
  readonly builderRef: 'version-tag' | 'any';
  /** Build types, exact. */
  readonly buildTypes: readonly string[] | 'any';
  /** What the certificate must say of the runner, and for which versions of the builder it may say nothing of it. */
  readonly runner: { readonly is?: readonly string[]; readonly mayBeAbsent?: true | BuilderVersions };
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
  /** For readers. */
  readonly note?: string;
}

/** Which builder reaches which level, as the file says it. The first row that fits an attestation counts. */
export interface Catalogue {
  /** `sha256:<hex>` of the anchor certificates of each Sigstore instance, by the name that rows give it. */
  readonly anchors: Readonly<Record<string, readonly string[]>>;
  readonly rows: readonly CatalogueRow[];
}
