/**
 * What callers of the library write. Names are those of the command's flags in camelCase; only `undefined` means "not
 * given", and a field that is unknown is refused. Every call takes a copy before it waits for anything, so one object
 * may be shared by any number of calls.
 */

/** A Sigstore instance whose trusted root ships with the package. */
export type TrustedRootName = 'public-good' | 'staging' | 'github';

/** A trusted root of your own: the bytes of a `trusted_root.json`. Whoever can change them decides who is trusted. */
export interface TrustedRootBytes {
  /** As reports call it; not the name of an instance that ships with the package. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A public key that must have signed, instead of a certificate. A key says nothing about when it signed. */
export interface PublicKeyPem {
  /** One public key: `-----BEGIN PUBLIC KEY-----`, P-256, P-384, P-521, Ed25519 or RSA of 2048 to 8192 bits. */
  readonly pem: string;
  /** Id of the key: the hint of a bundle must be it, the key id of a bare envelope must not be another. */
  readonly id?: string | undefined;
  /** The key signs from this instant on, inclusive. */
  readonly notBefore?: Date | undefined;
  /** The key signs up to this instant, inclusive. */
  readonly notAfter?: Date | undefined;
}

/** An artifact that is in memory. */
export interface ArtifactBytes {
  readonly bytes: Uint8Array;
  /** Name of its file without folders, for attestations that must name it (PyPI); shown as the reference. */
  readonly name?: string | undefined;
}

/**
 * Something that has no bytes, such as an image id of a cloud: `ALGORITHM:VALUE`, exactly as the statement names it. The
 * algorithm may be any, e.g. `gce_image_id:5723512`.
 */
export interface ArtifactSubjectDigest {
  readonly subjectDigest: string;
}

/**
 * An artifact as the command takes it: a path (read once, streamed), `sha256:<hex>` (or sha384, sha512),
 * `oci-layout:DIR`, a purl with its digest; or its bytes. Relative paths start at the working directory.
 */
export type Artifact = string | ArtifactBytes;

/** Subject alternative name of the certificate: exact, or an RE2 pattern anchored as `^...$`. */
export type CertificateSubject =
  | { readonly certificateIdentity: string; readonly certificateIdentityRegexp?: undefined }
  | { readonly certificateIdentityRegexp: string; readonly certificateIdentity?: undefined };

/** OIDC issuer that vouched for the subject: exact, or an RE2 pattern anchored as `^...$`. */
export type CertificateIssuer =
  | { readonly certificateOidcIssuer: string; readonly certificateOidcIssuerRegexp?: undefined }
  | { readonly certificateOidcIssuerRegexp: string; readonly certificateOidcIssuer?: undefined };

/** A certificate identity is subject and issuer together; half of one is refused. */
export type CertificateSigner = CertificateSubject & CertificateIssuer & { readonly key?: undefined };

interface NoCertificate {
  readonly certificateIdentity?: undefined;
  readonly certificateIdentityRegexp?: undefined;
  readonly certificateOidcIssuer?: undefined;
  readonly certificateOidcIssuerRegexp?: undefined;
}

/** Signed by this key. */
export interface KeySigner extends NoCertificate {
  readonly key: PublicKeyPem;
}

/** Signed by the builder that is named, e.g. `https://github.com/owner/repo/.github/workflows/build.yml@v1.2.3`. */
export interface NamedBuilder extends NoCertificate {
  readonly builderId: string;
  readonly key?: undefined;
}

/** Signed by any builder of the catalogue, for this source. */
export interface CatalogueBuilder extends NoCertificate {
  readonly sourceUri: string;
  readonly key?: undefined;
}

/** Whom to trust with a plain bundle. */
export type Signer = CertificateSigner | KeySigner;

/** What must hold of a verification summary (VSA); the verifier and the resource are always named. */
export interface SummaryExpectations {
  readonly verifierId: string;
  readonly resourceUri: string;
  /** Each must be among the verified levels, e.g. `['SLSA_BUILD_LEVEL_3']`. */
  readonly verifiedLevels?: readonly string[] | undefined;
  /** `ALGORITHM:VALUE` of the policy that was applied. */
  readonly policyDigest?: string | undefined;
  /** Oldest acceptable summary, in seconds, by the time that it gives itself. */
  readonly maxAgeSeconds?: number | undefined;
}

/** What must hold of the build, beside who signed. Every field that is given is required. */
export interface BuildExpectations {
  /** Builder URI, alone or with its ref: `URI`, `URI@v1.2.3`, `URI@refs/tags/v1.2.3`. */
  readonly builderId?: string | undefined;
  /** `github.com/owner/repo` or `https://host/owner/repo`. */
  readonly sourceUri?: string | undefined;
  /** `main` or `refs/heads/main`. */
  readonly sourceBranch?: string | undefined;
  /** `v1.2.3` or `refs/tags/v1.2.3`, exactly. */
  readonly sourceTag?: string | undefined;
  /** `v1`, `v1.2` or `v1.2.3`: a version of which the tag must be one. */
  readonly sourceVersionedTag?: string | undefined;
  /** Full commit, 40 or 64 lower-case hex digits. */
  readonly sourceCommit?: string | undefined;
  /** Numeric ids: names change hands, these do not. */
  readonly sourceRepositoryId?: string | undefined;
  readonly sourceOwnerId?: string | undefined;
  /** Inputs of a manually started workflow, name to value; each must be there. */
  readonly buildWorkflowInputs?: Readonly<Record<string, string>> | undefined;
  /** Event that started the build, e.g. `push`. */
  readonly buildTrigger?: string | undefined;
  /** `github-hosted`, `self-hosted` and the like. */
  readonly runnerEnvironment?: string | undefined;
  /** Exact predicate type; left out: SLSA provenance of any version. */
  readonly predicateType?: string | undefined;
  /** SLSA build level by the catalogue of builders. */
  readonly minLevel?: 1 | 2 | 3 | undefined;
  /** `name` or `@scope/name`. */
  readonly npmPackage?: string | undefined;
  readonly npmVersion?: string | undefined;
  /** Repository of the PyPI publisher, as `sourceUri`. */
  readonly pypiRepository?: string | undefined;
  readonly pypiWorkflow?: string | undefined;
  /** Name that the statement's subject must have. */
  readonly subjectName?: string | undefined;
  readonly summary?: SummaryExpectations | undefined;
}

/**
 * What must hold of an attestation. It always says whom to trust: a certificate identity with its issuer, a key, a
 * builder, or a source (which then a builder of the catalogue must vouch for).
 *
 * ```ts
 * const expectations: Expectations = { sourceUri: 'github.com/owner/repo', sourceTag: 'v1.2.3', minLevel: 3 };
 * ```
 */
export type Expectations = BuildExpectations &
  (CertificateSigner | KeySigner | NamedBuilder | CatalogueBuilder);

/** Raises what the profile of the trusted root demands: whole numbers from 1 to 99, of distinct authorities. */
export interface Thresholds {
  /** Transparency logs that hold the signature. */
  readonly tlog?: number | undefined;
  /** Certificate logs that hold the certificate. */
  readonly sct?: number | undefined;
  /** Timestamp authorities. */
  readonly tsa?: number | undefined;
  /** Verified times of any kind. */
  readonly time?: number | undefined;
}

/** What both verifying functions take. */
export interface VerificationOptions {
  /**
   * Attestations as published: a Sigstore bundle, JSON lines of them, a DSSE envelope, the lists of npm and PyPI, Cloud
   * Build provenance. Their bytes are hostile until they are verified.
   */
  readonly attestations?: readonly Uint8Array[] | undefined;
  /** Paths of files or directories that hold attestations. Standard input is never read. */
  readonly files?: readonly string[] | undefined;
  /** Left out: `['public-good', 'github']`. Those named ship with the package: no cache, environment or network. */
  readonly trustedRoots?: readonly (TrustedRootName | TrustedRootBytes)[] | undefined;
  /** Seconds; an older trusted root, or one of your own (of unknown age), is refused with `trust.stale`. */
  readonly maxTrustAgeSeconds?: number | undefined;
  /** `both` (left out) asks `@sigstore/verify` as a second opinion; `strict` asks our verifier alone. */
  readonly verifier?: 'both' | 'strict' | undefined;
  /** The instant to decide about; left out: the clock, read once. */
  readonly now?: Date | undefined;
  readonly thresholds?: Thresholds | undefined;
  /** Refuse older versions of the Sigstore bundle. */
  readonly minBundleVersion?: '0.1' | '0.2' | '0.3' | undefined;
  /** Gives up that a transparency log holds the signature. Stands as `weakened` in the result, as all of these. */
  readonly unsafeNoTlog?: true | undefined;
  /** Gives up that a certificate log holds the certificate. */
  readonly unsafeNoSct?: true | undefined;
  /** Gives up every verified time: an expired certificate or a stolen key then signs at any time. */
  readonly unsafeNoTimestamp?: true | undefined;
}

/** A request of `verifyArtifact`. */
export interface VerifyArtifactRequest extends VerificationOptions {
  readonly artifact: Artifact | ArtifactSubjectDigest;
  readonly expectations: Expectations;
  /** Gives up that builders are called at a version tag: whoever can push to a branch of the builder changes it. */
  readonly unsafeAllowBuilderRef?: true | undefined;
}

/** A request of `verifyBundle`. */
export type VerifyBundleRequest = VerificationOptions & {
  readonly signer: Signer;
} & (
    | { readonly artifact: Artifact; readonly unboundUnsafe?: undefined }
    /** Gives up that the bundle is about anything: the answer speaks of its signature alone. */
    | { readonly unboundUnsafe: true; readonly artifact?: undefined }
  );
