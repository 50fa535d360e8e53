import type { Verdict } from './result.ts';

/** What a leaf of the evidence log stands for. */
export type RecordType = 'genesis' | 'decision' | 'override' | 'prune';

/** Lower-case hex of SHA-256. */
export type Sha256Hex = string;

/**
 * One record as a store keeps it. `leaf` is what the tree commits to; all other fields repeat what the leaf or the signed
 * statement says, so that records can be found, and are compared with it by `evidence verify`.
 */
export interface StoredRecord {
  /** Position in the log, from 0. */
  readonly seq: number;
  /** `rec_` and 26 characters of Crockford's base 32. */
  readonly recordId: string;
  readonly type: RecordType;
  /** The leaf: canonical JSON (RFC 8785) below 1 KiB. */
  readonly leaf: string;
  /** Of the record's envelope (DSSE, in its stored bytes), which lies among the payloads; null for genesis. */
  readonly recordDigest: Sha256Hex | null;
  /** Of the envelope of the verification summary; null where there is none. */
  readonly vsaDigest: Sha256Hex | null;
  /** Whose answer it is: the same request asked again has the same key. */
  readonly requestKey: Sha256Hex | null;
  /** Over all inputs and what came out; see core/evidence/decision-digest.ts. */
  readonly decisionDigest: Sha256Hex | null;
  /** `sha256:<hex>` */
  readonly artifactDigest: string | null;
  readonly environment: string | null;
  readonly verdict: Verdict | null;
  /** Codes of required findings that block, sorted, each once. */
  readonly codes: readonly string[];
  /** RFC 3339 UTC with milliseconds. */
  readonly appendTime: string;
}

/** A record on its way into the log: the log gives the position. */
export type NewRecord = Omit<StoredRecord, 'seq'>;

/** Which records to list; only what is given restricts. */
export interface RecordFilter {
  readonly artifactDigest?: string;
  readonly environment?: string;
  readonly verdict?: Verdict;
  /** A code that the record must have. */
  readonly code?: string;
  readonly type?: RecordType;
  /** RFC 3339 UTC, inclusive. */
  readonly since?: string;
  /** RFC 3339 UTC, exclusive. */
  readonly until?: string;
  /** Only records before this position. */
  readonly before?: number;
}

/** A tile of hashes (C2SP tlog-tiles): up to 256 hashes of one level, in one piece. */
export interface Tile {
  readonly level: number;
  readonly index: number;
  /** 32 bytes for each hash that there is yet. */
  readonly hashes: Buffer;
}

/** Bytes kept by their digest. */
export interface Payload {
  readonly digest: Sha256Hex;
  readonly bytes: Uint8Array;
}

/** A leaf of somebody's evidence log, and its proof (C2SP tlog-proof), as they were handed in; nothing is verified. */
export interface LoggedLeaf {
  readonly leaf: string;
  readonly proof: string;
}

/** Who asks: a name that the caller gives, the job of a CI, or nobody who could be told from others. */
export type Requester =
  | { readonly kind: 'named'; readonly id: string }
  /** Platform, repository, run, attempt and job. */
  | { readonly kind: 'ci'; readonly run: readonly string[] }
  | { readonly kind: 'anonymous' };
