import { refuse } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import { parseBase64 } from './base64.ts';
import type { BundleVersion } from './bundle.ts';
import { accepting, type FormOf, listOf, optional, strictObject, text } from './form.ts';

export interface InclusionProof {
  readonly logIndex: bigint;
  readonly treeSize: bigint | undefined;
  readonly rootHash: Buffer | undefined;
  readonly hashes: readonly Buffer[];
  /** Signed note over the tree head, as text. */
  readonly checkpoint: string;
}

export interface LogEntry {
  /** Hex of the log id. */
  readonly logId: string;
  readonly logIndex: bigint;
  /** What the bundle says; compared with the body. */
  readonly kind: string | undefined;
  readonly version: string | undefined;
  /** Seconds since 1970; undefined where absent or zero, as in entries of Rekor v2. Signed by the SET alone. */
  readonly integratedTimeSeconds: number | undefined;
  readonly signedEntryTimestamp: Buffer | undefined;
  readonly inclusionProof: InclusionProof | undefined;
  readonly body: Buffer;
}

const INT64 = /^(?:0|[1-9][0-9]{0,18})$/;
/** Proto JSON writes 64-bit integers as strings; some clients write numbers. */
const int64 = accepting<string | number>((value) =>
  typeof value === 'string' ? INT64.test(value) : Number.isSafeInteger(value) && Number(value) >= 0,
);
export const LogEntryForm = strictObject({
  logIndex: optional(int64),
  logId: strictObject({ keyId: text }),
  kindVersion: optional(strictObject({ kind: text, version: text })),
  integratedTime: optional(int64),
  inclusionPromise: optional(strictObject({ signedEntryTimestamp: text })),
  inclusionProof: optional(
    strictObject({
      logIndex: optional(int64),
      rootHash: optional(text),
      treeSize: optional(int64),
      hashes: optional(listOf(text)),
      checkpoint: optional(strictObject({ envelope: text })),
    }),
  ),
  canonicalizedBody: text,
});
type LogEntryJson = FormOf<typeof LogEntryForm>;

/** Entry kinds that only Rekor v2 makes; bundles v0.1 are older than it. */
const isLaterKind = (entry: LogEntryJson): boolean =>
  entry.kindVersion?.version === '0.0.2' && entry.kindVersion.kind !== 'intoto';

/** The last instant that a Date can hold. */
const MAX_INSTANT_MS = 8.64e15;

/**
 * The entry as the bundle's version allows it. Checks form only: nothing is verified.
 *
 * @throws SlsaGateError `bundle.*`, `limit.*`, `log.inclusion-missing`
 */
export function toLogEntry(entry: LogEntryJson, version: BundleVersion, path: string): LogEntry {
  const { inclusionProof: proof, inclusionPromise: promise } = entry;
  if (version === '0.1' && isLaterKind(entry)) {
    refuse('bundle.version-downgrade', 'log entry is newer than the bundle version', { path });
  }
  if (version !== '0.1' && proof?.checkpoint === undefined) {
    refuse(
      'log.inclusion-missing',
      `bundle v${version} has a log entry without inclusion proof and checkpoint`,
      { path },
    );
  }
  const integratedTime = Number(entry.integratedTime ?? 0);
  if (integratedTime * 1000 > MAX_INSTANT_MS)
    refuse('bundle.malformed', 'integrated time is out of range', { path });
  return {
    logId: parseBase64(entry.logId.keyId, `${path}.logId.keyId`).toString('hex'),
    logIndex: BigInt(entry.logIndex ?? 0),
    kind: entry.kindVersion?.kind,
    version: entry.kindVersion?.version,
    integratedTimeSeconds: integratedTime === 0 ? undefined : integratedTime,
    signedEntryTimestamp: promise && parseBase64(promise.signedEntryTimestamp, `${path}.inclusionPromise`),
    inclusionProof: proof && toInclusionProof(proof, `${path}.inclusionProof`),
    body: parseBase64(entry.canonicalizedBody, `${path}.canonicalizedBody`, LIMITS.logEntryBytes),
  };
}

const HASH_BYTES = 32;

function toInclusionProof(proof: NonNullable<LogEntryJson['inclusionProof']>, path: string): InclusionProof {
  if (proof.checkpoint === undefined) {
    refuse('log.inclusion-missing', 'inclusion proof has no checkpoint', { path });
  }
  const hashes = proof.hashes ?? [];
  if (hashes.length > LIMITS.proofHashes)
    refuse('limit.bundle', 'inclusion proof has too many hashes', { path });
  if (proof.checkpoint.envelope.length > LIMITS.checkpointBytes)
    refuse('limit.bytes', 'checkpoint is too large', { path });
  return {
    logIndex: BigInt(proof.logIndex ?? 0),
    treeSize: proof.treeSize === undefined ? undefined : BigInt(proof.treeSize),
    rootHash: proof.rootHash === undefined ? undefined : parseHash(proof.rootHash, `${path}.rootHash`),
    hashes: hashes.map((hash, index) => parseHash(hash, `${path}.hashes[${index}]`)),
    checkpoint: proof.checkpoint.envelope,
  };
}

function parseHash(encoded: string, path: string): Buffer {
  const hash = parseBase64(encoded, path);
  if (hash.length !== HASH_BYTES) refuse('bundle.malformed', 'hash has not 32 bytes', { path });
  return hash;
}
