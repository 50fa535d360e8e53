/** Every bound on what is read, checked before parsing or cryptography. Bytes unless the name says otherwise. */
export const LIMITS = {
  /** One attestation; the largest published ones (container-based builds) stay below 1 MiB. */
  attestationBytes: 16 * 1024 * 1024,
  /** One file of attestations, such as JSON lines of a whole release. */
  attestationFileBytes: 128 * 1024 * 1024,
  /** Attestations considered for one artifact; beyond it the answer is indeterminate. */
  attestations: 1_000,
  /** One image manifest or index; registries accept no larger ones. */
  manifestBytes: 4 * 1024 * 1024,
  /** Manifests followed in one layout or listed in one index; beyond it the answer is indeterminate. */
  manifests: 2_000,
  /** Indexes within indexes; real ones have two levels. */
  manifestDepth: 8,
  /** Manifests that are followed for one digest, all together; real ones have a few KiB each. */
  manifestsBytes: 64 * 1024 * 1024,
  /** Pages of one list of a server; beyond it the answer is indeterminate. */
  pages: 100,
  /** Pages of one list, all together: what they say is kept until the last one is read. */
  listBytes: 64 * 1024 * 1024,
  /** One answer of an API in JSON. */
  apiAnswerBytes: 16 * 1024 * 1024,
  /** All versions of a package as its registry or index lists them; the largest ones have tens of MiB. */
  packageListBytes: 64 * 1024 * 1024,
  /** One package or release asset that is read only to be hashed. */
  downloadBytes: 2 * 1024 * 1024 * 1024,
  /** Attestations of one artifact whose log entry is looked up; beyond it the answer is indeterminate. */
  logLookups: 64,
  /** Log entries that are read for one of them, whatever a search lists; beyond it the answer is indeterminate. */
  logHits: 32,
  /** What was read from a log to see whether an entry is still in it. */
  logWitnessBytes: 8 * 1024 * 1024,
  /** Redirects followed for one request. */
  redirects: 5,
  /** A token of a registry, a credential of a file or of a helper. */
  credentialBytes: 64 * 1024,
  trustedRootBytes: 4 * 1024 * 1024,
  publicKeyBytes: 64 * 1024,
  /** A signing key in a file, PEM or JWK. */
  privateKeyBytes: 64 * 1024,
  passphraseBytes: 1024,
  /** Nesting of JSON; real provenance stays below 20. */
  jsonDepth: 64,
  /** DSSE payload after decoding. */
  payloadBytes: 12 * 1024 * 1024,
  certificateBytes: 32 * 1024,
  /** Certificates in a bundle; Fulcio's chains have at most three. */
  chainCertificates: 8,
  /** Signature paths tried from leaf to trusted authority. */
  chainCandidates: 32,
  extensions: 64,
  scts: 16,
  logEntries: 16,
  logEntryBytes: 4 * 1024 * 1024,
  /** A tree of 2^63 leaves needs 63 hashes. */
  proofHashes: 64,
  checkpointBytes: 16 * 1024,
  checkpointSignatures: 64,
  /** Signatures of one Cloud Build envelope; published ones have up to three. */
  envelopeSignatures: 16,
  timestamps: 16,
  timestampBytes: 64 * 1024,
  signatureBytes: 4 * 1024,
  subjects: 20_000,
  /** Characters of one text of a finding; what an attestation says is told up to here, so that a record stays readable. */
  findingText: 2_048,
  /** As {@link LIMITS.findingText}, where every attestation that was found is listed with all its findings. */
  listedFindingText: 512,
  /** Artifacts up to this size are kept in memory, so that node:crypto can check a signature over their bytes. */
  artifactInMemoryBytes: 64 * 1024 * 1024,
  patternLength: 1_024,
  /** Instructions that a pattern compiles to; one for each character, counted repetitions multiply. */
  patternSize: 2_000,
  /** Longer texts match no pattern. */
  matchedTextLength: 4_096,
  /** Characters of a repository URI without its ref; longer than any forge allows. */
  sourceUriLength: 2_048,
  /** One policy or another file that people write; the longest known policies stay below 64 KiB. */
  configBytes: 256 * 1024,
  /** Nesting of such a file; the form of a policy needs less than ten. */
  configDepth: 24,
  /** Values, keys, spaces and punctuation of such a file; a full one of the greatest size has 60,000. With aliases, values. */
  configNodes: 80_000,
  /** Aliases in such a file. */
  configAliases: 20,
  /** Faults that are told of one file; the rest is counted. */
  configFaults: 100,
  /** How far ahead of our clock a verified time may lie before it is `time.future` instead of `clock.skew`. */
  clockSkewMs: 5 * 60 * 1000,
} as const;
