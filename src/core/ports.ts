import type { Code } from '../codes.ts';
import type { ArtifactDigests } from './model/digest.ts';

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
  /** What logs said in which its entry was looked up, because it came without one. */
  readonly lookup?: LogLookup;
}

/** What became of looking up the log entry of an attestation. Nothing is verified. */
export interface LogLookup {
  /** Logs that told all that they have, as their sources are named: `rekor:rekor.sigstore.dev`. */
  readonly searched: readonly string[];
  /** An entry that was found, as JSON in the form of a bundle: a member of its `tlogEntries`. */
  readonly entry?: string;
}

/** One answer of a source. `attestations` may be non-empty although the answer is partial. */
export interface CollectedAttestations {
  readonly name: string;
  readonly answer: 'complete' | 'partial' | 'absent' | 'failed';
  readonly attestations: readonly CollectedAttestation[];
  /** Why the answer is not complete, for people. */
  readonly reason?: string;
  /**
   * What stood in the way, where the answer is `partial` or `failed`. One that denies says that what the source gave was
   * bad, such as content that does not have its digest.
   */
  readonly code?: Code;
}

export interface ArtifactRead {
  readonly algorithms: ReadonlySet<keyof ArtifactDigests>;
  /** Keep the bytes, up to the limit: a signature over them can then be checked whole. */
  readonly withBytes: boolean;
}

export interface HashedArtifact {
  readonly digests: ArtifactDigests;
  /** All its bytes, when they were asked for and are few enough. */
  readonly bytes?: Uint8Array;
}

/** An image out of an OCI layout, and what lies beside it. */
export interface LayoutImage {
  readonly artifact: {
    readonly digests: ArtifactDigests;
    /** Pinned by digest, whatever the caller named. */
    readonly reference: string;
  };
  readonly collected: CollectedAttestations;
}

/** Artifacts on this machine. */
export interface ArtifactFiles {
  /**
   * Tells a wrong path before anything is evaluated.
   * @throws SlsaGateError `path.*`
   */
  check(path: string): Promise<void>;
  /**
   * Reads the file once, front to back, and hashes it with each algorithm and SHA-256.
   * @throws SlsaGateError `path.*`
   */
  read(path: string, request: ArtifactRead): Promise<HashedArtifact>;
  /** @throws SlsaGateError `usage.artifact`, `path.*`, `registry.*`, `limit.*` */
  readLayout(reference: string): Promise<LayoutImage>;
}

/** Attestations in files and directories, and on standard input. Nothing is verified. */
export interface AttestationFiles {
  /** @throws SlsaGateError `path.*`, `limit.*` */
  collect(names: readonly string[]): Promise<CollectedAttestations>;
}

/** Keys that are trusted beside the roots, as bytes. */
export interface TrustKeys {
  /** The user's public key file. @throws SlsaGateError `path.*`, `limit.bytes` */
  readKey(path: string): Promise<Uint8Array>;
  /** npm's registry keys, in the form in which npm publishes them. @throws SlsaGateError `trust.unavailable` */
  npm(): Promise<Uint8Array>;
  /** Google Cloud Build's keys: PEM by region. @throws SlsaGateError `trust.*`, `key.malformed` */
  cloudBuild(): Promise<ReadonlyMap<string, Uint8Array>>;
}

/** A folder with an export of an evidence log; whoever gave it may have written anything into it. */
export interface PackFiles {
  /** Paths of all files, relative, with `/`. @throws SlsaGateError `path.*` for links and what is no file */
  list(): Promise<readonly string[]>;
  /** @throws SlsaGateError `path.*` when it is larger than `maxBytes` */
  read(path: string, maxBytes: number): Promise<Uint8Array>;
}
