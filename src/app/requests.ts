import type {
  ArtifactFiles,
  AttestationFiles,
  PackFiles,
  TrustKeys,
  TrustRootBytes,
  TrustRoots,
} from '../core/ports.ts';
import type { OpenSources } from '../core/source-ports.ts';
import type { ArtifactBytes } from './artifact-bytes.ts';

/**
 * What the shells hand to the use cases: strings as the caller wrote them. Nothing in here is checked beyond "given,
 * not empty"; the use case parses each value and refuses with a `usage` code what it cannot use.
 */

/** A public key that may have signed, instead of a certificate. */
export interface KeyInput {
  /** Path of a PEM file with one public key. */
  readonly path: string;
  /** Key id that the envelope or the bundle's hint must name. */
  readonly id?: string;
  /** RFC 3339; the key must not have signed before. */
  readonly notBefore?: string;
  /** RFC 3339; the key must not have signed after. */
  readonly notAfter?: string;
}

/** Whom to trust. What counts as enough is in the README, "Verify"; less is `policy.identity-missing`. */
export interface SignerInput {
  readonly certificateIdentity?: string;
  readonly certificateIdentityRegexp?: string;
  readonly certificateOidcIssuer?: string;
  readonly certificateOidcIssuerRegexp?: string;
  readonly key?: KeyInput;
}

/** What must hold of a verification summary. */
export interface SummaryInput {
  readonly verifierId?: string;
  readonly resourceUri?: string;
  /** Each must be among the verified levels, e.g. `SLSA_BUILD_LEVEL_3`. */
  readonly verifiedLevels: readonly string[];
  /** `ALGORITHM:VALUE` */
  readonly policyDigest?: string;
  /** Oldest acceptable summary, by the time that it gives itself. */
  readonly maxAgeSeconds?: number;
  /** Verifier key (C2SP signed-note) of the evidence log in which it must be proven to stand. */
  readonly logKey?: string;
}

/** What must hold of an attestation; each field one flag of the same name. */
export interface ExpectationInput extends SignerInput {
  readonly builderId?: string;
  readonly sourceUri?: string;
  readonly sourceBranch?: string;
  readonly sourceTag?: string;
  readonly sourceVersionedTag?: string;
  readonly sourceCommit?: string;
  readonly sourceRepositoryId?: string;
  readonly sourceOwnerId?: string;
  /** `K=V` each. */
  readonly buildWorkflowInputs: readonly string[];
  readonly buildTrigger?: string;
  readonly runnerEnvironment?: string;
  readonly predicateType?: string;
  readonly minLevel?: 1 | 2 | 3;
  readonly npmPackage?: string;
  readonly npmVersion?: string;
  readonly pypiRepository?: string;
  readonly pypiWorkflow?: string;
  readonly subjectName?: string;
  /** `ALGORITHM:VALUE`; stands in for an artifact that has no bytes, such as an image id of a cloud. */
  readonly subjectDigest?: string;
  readonly summary: SummaryInput;
}

/** Numbers that only raise what the profile of the trusted root demands; lowering is `WeakeningInput`. */
export interface ThresholdInput {
  readonly tlog?: number;
  readonly sct?: number;
  readonly tsa?: number;
  /** Verified times of any kind. */
  readonly time?: number;
}

/** What the caller gives up knowingly; each that is true stands as `weakened` on the findings it lowers. */
export interface WeakeningInput {
  readonly withoutTlogUnsafe: boolean;
  readonly withoutSctUnsafe: boolean;
  readonly withoutTimestampUnsafe: boolean;
  /** Accepts a builder called at a branch or another ref than a full version tag. */
  readonly allowBuilderRefUnsafe: boolean;
}

/** What all verifying requests share. */
export interface VerificationInput {
  /** Files, directories, or `-` (at most once) for standard input. */
  readonly bundles: readonly string[];
  /** `public-good`, `staging`, `github` or a file; empty means public-good and github. */
  readonly trustedRoots: readonly string[];
  readonly thresholds: ThresholdInput;
  readonly weakening: WeakeningInput;
  readonly verifier: 'both' | 'strict';
  readonly minBundleVersion?: '0.1' | '0.2' | '0.3';
  readonly maxTrustAgeSeconds?: number;
  readonly offline: boolean;
  /** Sources that are asked over the network, beside the server at which the artifact lies: `github:owner/repo`. */
  readonly sources?: readonly string[];
  /** `sha256:<hex>` of the index through which an image is reached: its attestations count too. */
  readonly viaIndex?: string;
  /** Whether the log entries must still be in their logs. */
  readonly checkLog?: boolean;
}

/** `slsa-gate verify`. `artifacts` is empty only when `expectations.subjectDigest` is given. */
export interface VerifyRequest extends VerificationInput {
  readonly artifacts: readonly (string | ArtifactBytes)[];
  readonly expectations: ExpectationInput;
  /** File of a catalogue of builders that takes the place of the one of the package. */
  readonly catalogue?: string;
  /** Exports of evidence logs: their summaries, each with its proof. */
  readonly evidenceLogs?: readonly string[];
}

/** `slsa-gate bundle verify`. Without `artifact` nothing is bound, and the answer says so. */
export interface BundleVerifyRequest extends VerificationInput {
  readonly artifact?: string | ArtifactBytes;
  readonly signer: SignerInput;
}

/** `slsa-gate bundle inspect`: verification is tried as far as the request allows and shown part by part. */
export interface InspectRequest {
  readonly artifact?: string;
  readonly bundles: readonly string[];
  readonly trustedRoots: readonly string[];
  readonly offline: boolean;
}

/** One part of a bundle. `no` means disproved; `not-checked` that nothing was claimed about it either way. */
export interface InspectPart {
  readonly name: string;
  /** Printable; may hold hostile text, renderers escape it. Absent on parts that only group others. */
  readonly value?: string;
  readonly proven: 'yes' | 'no' | 'not-checked';
  /** Why it is not proven: a code of the catalogue, and one sentence. */
  readonly code?: string;
  readonly message?: string;
  readonly parts?: readonly InspectPart[];
}

export interface InspectDocument {
  readonly schemaVersion: 1;
  readonly attestations: readonly {
    /** `sha256:<hex>` of its bytes. */
    readonly digest: string;
    readonly source: string;
    readonly parts: readonly InspectPart[];
  }[];
}

/** `slsa-gate trust show|update|export`. Names or files; empty means all that ship with the package. */
export interface TrustRequest {
  readonly roots: readonly string[];
  readonly maxTrustAgeSeconds?: number;
}

/** One authority or log that a trusted root names. */
export interface TrustEntry {
  readonly kind: 'certificate-authority' | 'transparency-log' | 'certificate-log' | 'timestamp-authority';
  /** Name of the anchor certificate, or host and path of the log; printable, may hold hostile text. */
  readonly name: string;
  /** `sha256:<hex>` of the anchor certificate, or hex of the log id. */
  readonly id: string;
  /** RFC 3339 UTC, inclusive; `to` is null while it is in use. */
  readonly from: string;
  readonly to: string | null;
}

export interface TrustRootReport {
  readonly name: string;
  readonly origin: 'embedded' | 'tuf' | 'file' | 'pack';
  /** `sha256:<hex>` of the trusted root's bytes. */
  readonly digest: string;
  /** RFC 3339; null for a file of the user. */
  readonly currentAt: string | null;
  readonly ageSeconds: number | null;
  /** What it trusts. */
  readonly entries: readonly TrustEntry[];
  /** After an update: whether the bytes are other ones than before. */
  readonly changed?: boolean;
}

export interface TrustDocument {
  readonly schemaVersion: 1;
  readonly roots: readonly TrustRootReport[];
}

/** Trusted roots that can also be refreshed and handed on. */
export interface TrustStore extends TrustRoots {
  /**
   * What a name or file of the user stands for: one root, or all roots of a pack.
   * @throws SlsaGateError as `load`, `path.not-found`, `path.unreadable`, `trust.malformed`
   */
  open(name: string): Promise<readonly TrustRootBytes[]>;
  /**
   * Refreshes a named instance through TUF. Durable on return; a failure leaves the cache as it was.
   * @throws SlsaGateError `usage.flag` for a file, and the `trust.*` and `source.*` codes of an update
   */
  update(name: string): Promise<void>;
  /**
   * The bytes of a pack that {@link open} reads on a machine without a network. Each root keeps its age and, where it
   * came through TUF, the metadata that proves it.
   * @throws SlsaGateError `usage.flag` for a file, `trust.*`
   */
  pack(names: readonly string[]): Promise<Uint8Array>;
}

/** What verification needs of the outside. */
export interface VerificationPorts {
  readonly trust: Pick<TrustStore, 'open'>;
  readonly keys: TrustKeys;
  readonly artifacts: ArtifactFiles;
  readonly attestations: AttestationFiles;
  /** One small file, whole; absent where no request names one. @throws SlsaGateError `path.*` */
  readonly readFile?: (path: string) => Promise<Uint8Array>;
  /** An export of an evidence log; where it is absent, none can be named. */
  readonly openPack?: (path: string) => Promise<PackFiles>;
  /** Sources over the network; where it is absent, none can be asked. */
  readonly openSources?: OpenSources;
  /** Hears how many artifacts the sources were asked about, out of how many. */
  readonly onAsked?: (done: number, total: number) => void;
  /** The clock; read once per decision. */
  readonly now: () => Date;
}

/** What the use cases need of the outside. The shells wire it in one place each. */
export interface Ports extends VerificationPorts {
  readonly trust: TrustStore;
}
