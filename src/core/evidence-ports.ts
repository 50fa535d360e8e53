import type { Payload, RecordFilter, Sha256Hex, StoredRecord, Tile } from './model/evidence.ts';

/** What can be read of an evidence store. Nothing is verified: a store may be altered by whoever can write to it. */
export interface EvidenceReader {
  /** Signed note of the newest tree head; undefined in a store that was never initialised. */
  checkpoint(): Promise<string | undefined>;
  /** All checkpoints that were signed, ascending by size, from this size on. */
  checkpoints(fromSize: number): AsyncIterable<{ readonly size: number; readonly note: string }>;
  tile(level: number, index: number): Promise<Buffer | undefined>;
  record(recordId: string): Promise<StoredRecord | undefined>;
  recordAt(seq: number): Promise<StoredRecord | undefined>;
  /** Newest record of a request. */
  recordOfRequest(requestKey: Sha256Hex): Promise<StoredRecord | undefined>;
  /** The one record of a request that decided this; there is never a second one. */
  recordOfDecision(requestKey: Sha256Hex, decisionDigest: Sha256Hex): Promise<StoredRecord | undefined>;
  /** Newest first, at most `limit`. */
  list(filter: RecordFilter, limit: number): Promise<readonly StoredRecord[]>;
  /** Ascending by position, without gaps being hidden: rows as they stand. In batches, so that memory stays flat. */
  records(fromSeq: number): AsyncIterable<readonly StoredRecord[]>;
  payload(digest: Sha256Hex): Promise<Buffer | undefined>;
  /** Digests of all payloads that are kept, in batches. */
  payloadDigests(): AsyncIterable<readonly Sha256Hex[]>;
}

/** What one transaction adds. */
export interface EvidenceWrite {
  readonly records: readonly StoredRecord[];
  /** Those that are kept already are left as they are. */
  readonly payloads: readonly Payload[];
  /** Tiles that are new or have grown; a grown one replaces its shorter self. */
  readonly tiles: readonly Tile[];
  /** Covers all records. */
  readonly checkpoint: { readonly size: number; readonly note: string };
}

export interface EvidenceTransaction extends EvidenceReader {
  /** @throws SlsaGateError `evidence.tampered` where a position or record id is taken already */
  add(write: EvidenceWrite): Promise<void>;
  /** Takes payloads away; leaves, tiles and checkpoints stay for ever. */
  dropPayloads(digests: readonly Sha256Hex[]): Promise<void>;
}

/**
 * Where the evidence log lies. A store keeps bytes and knows nothing of trees or keys.
 *
 * `transact` runs one transaction after the other, across all processes that use the store: what it reads cannot change
 * before it has written. It is durable (synced) when it returns; when it throws, nothing of it stays. It creates nothing:
 * `create` alone does.
 */
export interface EvidenceStore extends EvidenceReader {
  /** e.g. `sqlite:evidence.db`, without credentials. */
  readonly name: string;
  /** @throws SlsaGateError `evidence.exists` when there is a log already, `evidence.unwritable` */
  create(first: EvidenceWrite): Promise<void>;
  /** @throws SlsaGateError `evidence.unwritable`, and whatever `work` throws */
  transact<T>(work: (transaction: EvidenceTransaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Signs with one private key that is named by the user. */
export interface Signer {
  /** `key` or `pkcs11`. */
  readonly scheme: string;
  /** Ed25519 signs the bytes, P-256 with SHA-256, P-384 with SHA-384 (both DER, as DSSE and cosign have it). */
  readonly algorithm: 'P-256' | 'P-384' | 'Ed25519';
  /** SPKI, DER. */
  readonly publicKey: Buffer;
  /** @throws SlsaGateError `signer.failed` */
  sign(bytes: Uint8Array): Promise<Buffer>;
  close(): Promise<void>;
}

/** Where an identity signs: the services of one Sigstore instance. */
export interface SigstoreProfile {
  /** `public-good`, or the path of its file. */
  readonly name: string;
  /** Base addresses, without a slash at the end. */
  readonly fulcioUrl: string;
  readonly rekorUrl: string;
  readonly rekorVersion: 1 | 2;
  /** Answers RFC 3161 requests; undefined where the log gives the time. */
  readonly tsaUrl: string | undefined;
  /** What the identity token must name as its audience. */
  readonly audience: string;
  /** What it must name as its issuer; undefined where Fulcio alone decides. */
  readonly oidcIssuer: string | undefined;
}

/**
 * Signs as whoever an identity token names, with a key that nobody keeps. What it signs goes to a transparency log, from
 * which nothing is taken back.
 */
export interface IdentitySigner {
  readonly scheme: 'sigstore';
  /**
   * @param accept sees the signing certificate (DER) before anything is signed or logged, and throws where it is not the
   *   expected one
   * @returns a Sigstore bundle (v0.3, JSON) around a DSSE envelope; nothing of it is verified
   * @throws SlsaGateError `signer.failed`, and whatever `accept` throws
   */
  signBundle(
    payloadType: string,
    payload: Uint8Array,
    accept: (certificate: Buffer) => void,
  ): Promise<Buffer>;
  close(): Promise<void>;
}

/** Whatever may sign records. Heads of logs, policies and overrides are signed by a {@link Signer}. */
export type RecordSigner = Signer | IdentitySigner;

/** The newest checkpoint, kept outside the store, where whoever restores an old store cannot reach it. */
export interface CheckpointPin {
  /** e.g. `file:pins/releases.txt`, `git:/srv/pins.git#refs/slsa-gate/releases`. */
  readonly name: string;
  /** @throws SlsaGateError `evidence.pin-unreadable` */
  read(): Promise<string | undefined>;
  /**
   * Replaces `previous` by `next`; someone else's larger checkpoint in between is no error and stays.
   * @throws SlsaGateError `evidence.unwritable`
   */
  write(next: string, previous: string | undefined): Promise<void>;
}

/** A second place for records, which acknowledges by reading back what it holds. */
export interface EvidenceSink {
  readonly name: string;
  /** @throws SlsaGateError `evidence.unwritable` unless all of it was read back by digest */
  store(pack: { readonly recordId: string; readonly payloads: readonly Payload[] }): Promise<void>;
}
