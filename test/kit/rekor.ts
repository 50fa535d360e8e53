import { type BodyOptions, entryBody, type LoggedContent } from './entry-body.ts';
import { canonicalJson } from './json.ts';
import { createKeyPair, type KeyAlgorithm, type KeyPair, sha256, signWith } from './keys.ts';
import { foldPath, inclusionPath, leafHash, treeRoot } from './merkle.ts';
import { type CheckpointOptions, noteKeyId, signCheckpoint } from './signed-note.ts';
import { type LogTrustOptions, logTrust, type TransparencyLogInstanceJson } from './trusted-root.ts';

export interface TlogEntryJson {
  logIndex?: string;
  logId?: { keyId?: string };
  kindVersion?: { kind?: string; version?: string };
  integratedTime?: string;
  inclusionPromise?: { signedEntryTimestamp?: string };
  inclusionProof?: InclusionProofJson;
  canonicalizedBody?: string;
}

export interface InclusionProofJson {
  logIndex?: string;
  rootHash?: string;
  treeSize?: string;
  hashes?: string[];
  checkpoint?: { envelope?: string };
}

/**
 * How a log takes an entry. Everything here is what the log itself says and signs; to make a bundle that says something
 * else than its log did, change the JSON afterwards (`edit`, or `changed` of json.ts).
 */
export interface LogOptions extends BodyOptions {
  /** The time the log gives (v1): in the entry and under its promise. `null` leaves it out of the entry. */
  readonly integratedTime?: Date | null | undefined;
  /** Log id in the entry and under the promise. */
  readonly logId?: Buffer | undefined;
  /** Global index in the entry and under the promise. */
  readonly logIndex?: bigint | undefined;
  /** `null` leaves the promise (SET) out. */
  readonly inclusionPromise?:
    | { readonly signingKeys?: KeyPair; readonly signature?: (right: Buffer) => Buffer }
    | null
    | undefined;
  /** `null` leaves the proof out. */
  readonly inclusionProof?: ProofOptions | null | undefined;
  readonly checkpoint?: CheckpointOptions | undefined;
  /** Changes the finished JSON. */
  readonly edit?: ((entry: TlogEntryJson) => void) | undefined;
}

export interface ProofOptions {
  /** Leaves appended between this entry and the checkpoint; 2 by default. */
  readonly leavesAfter?: number | undefined;
  /** A place in a tree of any size whose other leaves are invented; the root follows from it. */
  readonly position?: { readonly index: bigint; readonly size: bigint } | undefined;
  /** The leaf that is proven instead of the entry's body. */
  readonly leaf?: Buffer | undefined;
}

export interface Rekor {
  readonly version: 1 | 2;
  readonly baseUrl: string;
  /** Key name in checkpoint signatures. */
  readonly name: string;
  readonly origin: string;
  readonly keys: KeyPair;
  readonly logId: Buffer;
  /** Entries of earlier shards. */
  readonly shardOffset: bigint;
  /** Everything in its tree so far, in its order; it grows with every entry. For servers of the log. */
  readonly leaves: readonly LoggedLeaf[];
  log(content: LoggedContent, at: Date, options?: LogOptions): TlogEntryJson;
  toTrust(options?: LogTrustOptions): TransparencyLogInstanceJson;
}

/** What stands at one place of the tree. */
export interface LoggedLeaf {
  readonly data: Buffer;
  readonly hash: Buffer;
  /** Undefined for what fills the tree up. */
  readonly at: Date | undefined;
}

export interface RekorOptions {
  readonly host?: string | undefined;
  readonly keyAlgorithm?: KeyAlgorithm | undefined;
  /** First line of checkpoints. */
  readonly origin?: string | undefined;
  /** Entries of earlier shards (v1): what the global index is ahead of the index in the proof. */
  readonly shardOffset?: bigint | undefined;
}

/** Rekor v1: promises, integrated times, and proofs by shard. */
export function createRekor(options: RekorOptions = {}): Rekor {
  const host = options.host ?? 'rekor.local';
  const keys = createKeyPair(options.keyAlgorithm ?? 'P-256');
  const origin = options.origin ?? `${host} - 1193050959916656506`;
  return createLog({ version: 1, host, keys, origin, shardOffset: options.shardOffset ?? 4163431n });
}

/** Rekor v2 (rekor-tiles): proofs only. */
export function createRekor2(options: RekorOptions = {}): Rekor {
  const host = options.host ?? 'log2026-1.rekor.local';
  const keys = createKeyPair(options.keyAlgorithm ?? 'Ed25519');
  return createLog({
    version: 2,
    host,
    keys,
    origin: options.origin ?? host,
    shardOffset: options.shardOffset ?? 0n,
  });
}

interface LogSetup {
  readonly version: 1 | 2;
  readonly host: string;
  readonly keys: KeyPair;
  readonly origin: string;
  readonly shardOffset: bigint;
}

/** Other people's entries before ours, so that proofs have inner and border hashes. */
const LEAVES_BEFORE = 5;

function createLog({ version, host, keys, origin, shardOffset }: LogSetup): Rekor {
  const baseUrl = `https://${host}`;
  // Rekor v1 names every key by its SPKI, also in notes.
  const logId = version === 1 ? sha256(keys.spki) : noteKeyId(host, keys);
  const leaves: LoggedLeaf[] = [];
  const append = (data: Buffer, at: Date | undefined): number =>
    leaves.push({ data, hash: leafHash(data), at }) - 1;
  const fill = (count: number): void => {
    for (let added = 0; added < count; added += 1)
      append(Buffer.from(`${host} filler ${leaves.length}`), undefined);
  };
  fill(LEAVES_BEFORE);

  const place = (data: Buffer, at: Date, { leavesAfter = 2, position }: ProofOptions): Place => {
    if (position) return { ...position, ...foldPath(leafHash(data), position.index, position.size) };
    const index = append(data, at);
    fill(leavesAfter);
    const hashes = leaves.map(({ hash }) => hash);
    const size = BigInt(leaves.length);
    return { index: BigInt(index), size, root: treeRoot(hashes), hashes: inclusionPath(index, hashes) };
  };

  const log = (content: LoggedContent, at: Date, options: LogOptions = {}): TlogEntryJson => {
    const body = entryBody(version, content, options);
    const proven = place(options.inclusionProof?.leaf ?? body, at, options.inclusionProof ?? {});
    const keyId = options.logId ?? logId;
    const logIndex = options.logIndex ?? proven.index + shardOffset;
    const entry: TlogEntryJson = {
      logIndex: logIndex.toString(),
      logId: { keyId: keyId.toString('base64') },
      kindVersion: kindVersionOf(body, options),
    };
    if (version === 1) {
      const time = options.integratedTime === undefined ? at : options.integratedTime;
      const integratedTime = Math.floor((time ?? at).getTime() / 1000);
      if (time !== null) entry.integratedTime = integratedTime.toString();
      if (options.inclusionPromise !== null) {
        const promised = {
          body: body.toString('base64'),
          integratedTime,
          logID: keyId.toString('hex'),
          logIndex,
        };
        entry.inclusionPromise = {
          signedEntryTimestamp: promise(keys, promised, options.inclusionPromise ?? {}),
        };
      }
    }
    if (options.inclusionProof !== null) {
      const tree = { size: proven.size, rootHash: proven.root };
      const envelope = signCheckpoint({ name: host, origin, keys, keyId: logId }, tree, options.checkpoint);
      entry.inclusionProof = proofJson(proven, envelope);
    }
    entry.canonicalizedBody = body.toString('base64');
    options.edit?.(entry);
    return entry;
  };
  return {
    version,
    baseUrl,
    name: host,
    origin,
    keys,
    logId,
    shardOffset,
    leaves,
    log,
    toTrust: (trust = {}) => logTrust({ baseUrl, keys, logId }, trust),
  };
}

interface Place {
  readonly index: bigint;
  readonly size: bigint;
  readonly root: Buffer;
  readonly hashes: readonly Buffer[];
}

function proofJson({ index, size, root, hashes }: Place, envelope: string): InclusionProofJson {
  return {
    logIndex: index.toString(),
    rootHash: root.toString('base64'),
    treeSize: size.toString(),
    hashes: hashes.map((sibling) => sibling.toString('base64')),
    checkpoint: { envelope },
  };
}

/** The label follows the body, so that a body of another kind is a consistent lie; mislabel with `edit`. */
function kindVersionOf(body: Buffer, options: BodyOptions): { kind: string; version: string } {
  try {
    const { kind, apiVersion } = JSON.parse(body.toString()) as { kind: string; apiVersion: string };
    return { kind, version: apiVersion };
  } catch {
    return { kind: options.kind ?? 'dsse', version: options.apiVersion ?? '0.0.1' };
  }
}

/** Signed entry timestamp: over canonical JSON, numbers as numbers. */
function promise(
  keys: KeyPair,
  promised: { body: string; integratedTime: number; logID: string; logIndex: bigint },
  options: { readonly signingKeys?: KeyPair; readonly signature?: (right: Buffer) => Buffer },
): string {
  const text = canonicalJson({ ...promised, logIndex: Number(promised.logIndex) });
  const right = signWith(options.signingKeys ?? keys, Buffer.from(text));
  return (options.signature?.(right) ?? right).toString('base64');
}
