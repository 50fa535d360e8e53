import type { ArtifactDigests } from './model/digest.ts';
import type { Fact } from './model/fact.ts';
import type { WitnessPlan } from './model/log-witness.ts';
import type { RemoteReference } from './model/remote-reference.ts';
import type { SourceName } from './model/source-name.ts';
import type { CollectedAttestations } from './ports.ts';

/** One request that was made for an artifact: no path, no query, no credentials. */
export interface Exchange {
  readonly origin: string;
  /** Null when no answer came. */
  readonly status: number | null;
  readonly bytes: number;
  readonly ms: number;
}

/** What a server said of its clock beside ours; milliseconds since 1970. */
export interface ClockReading {
  readonly origin: string;
  readonly serverMs: number;
  readonly localMs: number;
}

/** An artifact that lies at a server, pinned by the digests that were read there. */
export interface ResolvedArtifact {
  /** Pinned by digest, whatever the caller named: `ghcr.io/owner/app@sha256:<hex>`. The next step is handed this. */
  readonly reference: string;
  /** SHA-256 always; of the manifest or index for an image, of the file for a package. */
  readonly digests: ArtifactDigests & { readonly sha256: string };
  /** Purl by which a policy knows it, where the caller names none. */
  readonly purl: string;
  /** Name of the file, for attestations that must name it; undefined for images. */
  readonly fileName: string | undefined;
  /** The index through which an image was reached; undefined where nobody said one. */
  readonly viaIndex: IndexBytes | undefined;
  /** The image itself where it is an index: which platforms it commits to. */
  readonly index: IndexBytes | undefined;
}

/** An index that was hashed, whose bytes say what it commits to. */
export interface IndexBytes {
  /** `sha256:<hex>` */
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** What a source is asked about. */
export interface SourceQuery {
  /** What was resolved at a server; undefined for files and plain digests. */
  readonly remote: RemoteReference | undefined;
  /** Digests of the artifact; SHA-256 always. */
  readonly digests: ArtifactDigests & { readonly sha256: string };
  /** Digest of the index through which the image was reached: its attestations count too. */
  readonly viaIndex: string | undefined;
  /** Purl of the artifact, where one is known. */
  readonly purl: string | undefined;
  /** Which sources are asked; never empty. */
  readonly sources: readonly SourceName[];
  /** Whether the versions of the package are wanted as a fact, too. */
  readonly wantsHistory: boolean;
  /** What files hold already: a log may complete it. */
  readonly given: readonly CollectedAttestations[];
}

/** What all sources together said of one artifact. Nothing is verified. */
export interface SourceAnswers {
  /** What was given, completed where a log could, then one for each source that was asked; never empty. */
  readonly collected: readonly CollectedAttestations[];
  /** What was read beside the attestations; a rule may rest on it. */
  readonly facts: readonly Fact[];
}

/** One source of attestations: a registry, a repository of GitHub, a package index, a log. */
export interface AttestationSource {
  /** `oci:ghcr.io/owner/app`, `github:owner/app`: kind and place, as policies and answers name it. */
  readonly name: string;
  /**
   * Everything that the source has about the artifact. A source that cannot answer says `failed` or `partial` with its
   * code; it throws for bugs and refusals of usage alone. Whoever runs the source can withhold attestations and make up
   * ones that do not verify; it must not be able to make a search look complete that is not, by anything but lying well.
   */
  collect(query: SourceQuery): Promise<CollectedAttestations>;
}

/** All configured sources, for the artifacts of one run. */
export interface SourceRun {
  /** Begins with one artifact; its deadline runs while it is asked about. */
  begin(): SourceTask;
  /** Lets sources that answer for many artifacts at once do so before each is asked for alone. Never throws. */
  prefetch(queries: readonly SourceQuery[]): Promise<void>;
  /**
   * Reads what the plans ask of the logs.
   *
   * @throws SlsaGateError `source.*`, `limit.*`, `config.*`
   */
  readLogs(plans: readonly WitnessPlan[]): Promise<Uint8Array>;
  /** Requests that were made for no single artifact, in the order of their ends. */
  readonly exchanges: readonly Exchange[];
  /** Clocks of all servers that answered in this run; the last reading of each origin. */
  readonly clocks: readonly ClockReading[];
  close(): Promise<void>;
}

/** Everything about one artifact. */
export interface SourceTask {
  /**
   * Reads what a reference stands for, once; everything after it uses its digest.
   *
   * @throws SlsaGateError `registry.*`, `source.*`, `limit.*`, `npm.*`, `subject.weak-digest`, `usage.artifact`,
   * `config.*`
   */
  resolve(reference: RemoteReference, options: ResolveOptions): Promise<ResolvedArtifact>;
  /** Asks every source of the query. Only usage is refused as a whole: all else is in the answers. */
  collect(query: SourceQuery): Promise<SourceAnswers>;
  /** Requests so far, in the order of their ends. */
  readonly exchanges: readonly Exchange[];
}

export interface ResolveOptions {
  /** Digest of the index through which the image is reached; checked to name it. */
  readonly viaIndex: string | undefined;
}

/** Opens the sources; loaded when an artifact needs one. */
export type OpenSources = () => Promise<SourceRun>;
