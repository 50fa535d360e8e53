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
  /** Annotations of the layer that holds it: certificate, chain and log entry of a cosign attestation. */
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
