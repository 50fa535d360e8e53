import type { CloudBuildKeys } from './gcb/index.ts';
import type { ArtifactDigests } from './model/digest.ts';
import type { Purl } from './model/purl.ts';
import type { ArtifactInput } from './verify/signature.ts';
import type { TrustedKey } from './verify/verify-bundle.ts';

/** A trusted root as bytes, before it is parsed; nothing about it is verified but what `origin` says. */
export interface TrustRootBytes {
  /** `public-good`, `staging`, `github`, or the path that was given. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** How it came here: shipped with the package, refreshed through TUF and verified, or a file of the user. */
  readonly origin: 'embedded' | 'tuf' | 'file' | 'pack';
  /** Instant at which it was known to be current; null for a file of the user. */
  readonly currentAt: Date | null;
}

/** Where trusted roots come from. Never falls back silently from one origin to a weaker one. */
export interface TrustRoots {
  /** @throws SlsaGateError `trust.unavailable`, `trust.stale`, `trust.cache-corrupt` and the other `trust.*` codes */
  load(name: string): Promise<TrustRootBytes>;
}

/** Attestation bytes as found; nothing is verified. */
export interface CollectedAttestation {
  readonly bytes: Uint8Array;
  /** Printable place it was found at, e.g. `file:prov.jsonl#2`. */
  readonly source: string;
  /** What the place claims about it; a label only, compared with the signed type. */
  readonly claimedPredicateType?: string;
  /** Media type that the place gives it, e.g. `application/vnd.dsse.envelope.v1+json`. */
  readonly mediaType?: string;
  /**
   * Annotations of the layer that holds it, when they carry its evidence: certificate, chain and log entry of a cosign
   * attestation. Its bytes are then an envelope.
   */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One answer of a source. `attestations` may be non-empty although the answer is partial. */
export interface CollectedAttestations {
  readonly name: string;
  readonly answer: 'complete' | 'partial' | 'absent' | 'failed';
  readonly attestations: readonly CollectedAttestation[];
  /** Why the answer is not complete. */
  readonly reason?: string;
}

/** An artifact as its place holds it. */
export interface OpenArtifact {
  /** The reference, pinned where the caller's was not. */
  readonly reference: string;
  /**
   * Digests of it. What has bytes is read once, front to back, and hashed with each of these algorithms and SHA-256;
   * a literal digest knows itself alone.
   *
   * @throws SlsaGateError `path.unreadable`, `path.changed`
   */
  read(request: ArtifactRead): Promise<ArtifactInput>;
  /** Attestations that lie beside it in the same place, such as an OCI layout. */
  readonly attestations?: CollectedAttestations;
  /** What its reference alone says about it: the package and version of a purl. */
  readonly purl?: Purl;
}

export interface ArtifactRead {
  readonly algorithms: ReadonlySet<keyof ArtifactDigests>;
  /** Keep the bytes, up to the limit: a signature over them can then be checked whole. */
  readonly withBytes: boolean;
}

/** Finds artifacts by reference. Opens nothing over the network. */
export interface ArtifactStore {
  /** @throws SlsaGateError `path.*`, `usage.artifact`, `subject.digest-format`, `registry.*`, `limit.*` */
  open(reference: string): Promise<OpenArtifact>;
}

/** Attestations in files and directories, and on standard input. Nothing is verified. */
export interface AttestationFiles {
  /** @throws SlsaGateError `path.*`, `limit.*` */
  collect(names: readonly string[]): Promise<CollectedAttestations>;
}

/** Keys that are trusted beside the roots. */
export interface TrustKeys {
  /** PEM text of the user's public key file. @throws SlsaGateError `path.*`, `limit.bytes` */
  readPem(path: string): Promise<string>;
  /** Keys of npm's registry, by key id. */
  npm(): Promise<readonly TrustedKey[]>;
  /** Pinned keys of Google Cloud Build. */
  cloudBuild(): Promise<CloudBuildKeys>;
}
