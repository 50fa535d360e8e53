import { hash } from 'node:crypto';
import * as z from 'zod/mini';
import { refuse, SlsaGateError } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import { parseBase64 } from './base64.ts';
import { isJsonObject, type Json, type JsonObject, parseJson } from './json.ts';
import { lazy } from './lazy.ts';

/** What the API of Rekor v1 answers; nothing is verified. Members that are not named here are not read. */

/** An entry as the API gives it. */
export interface RekorApiEntry {
  /** Hex of the leaf hash, which the body was checked to have. */
  readonly leafHash: string;
  readonly body: Buffer;
  /** In the form of a bundle: a member of `tlogEntries`. */
  readonly tlogEntry: JsonObject;
}

/** What stands in the way of reading an answer. */
const malformed = (what: string, cause?: unknown): never =>
  refuse('source.malformed-response', `the log answered with something else than ${what}`, { cause });

const hash256 = lazy(() => z.string().check(z.regex(/^[0-9a-f]{64}$/)));
const index = lazy(() => z.number().check(z.int(), z.gte(0), z.lte(Number.MAX_SAFE_INTEGER)));
const checkpoint = lazy(() => z.string().check(z.maxLength(LIMITS.checkpointBytes)));
const hashes = lazy(() => z.array(hash256()).check(z.maxLength(LIMITS.proofHashes)));
const Entry = lazy(() =>
  z.object({
    /** Base64 of the canonical body. */
    body: z.string(),
    /** Seconds since 1970. */
    integratedTime: index(),
    logID: hash256(),
    /** Over all shards. */
    logIndex: index(),
    verification: z.object({
      signedEntryTimestamp: z.string(),
      inclusionProof: z.object({
        checkpoint: checkpoint(),
        hashes: hashes(),
        /** Within one shard. */
        logIndex: index(),
        rootHash: hash256(),
        treeSize: index(),
      }),
    }),
  }),
);

/** Hex of the leaf hash, behind the id of its tree where the server names it. */
const UUID = /^(?:[0-9a-f]{16})?([0-9a-f]{64})$/i;

/**
 * UUIDs out of the answer of `/api/v1/index/retrieve`, in its order, each once.
 *
 * @throws SlsaGateError `source.malformed-response`
 */
export function parseUuids(json: Json): readonly string[] {
  if (!Array.isArray(json)) return malformed('a list of entries');
  const uuids = json.map((uuid: unknown) =>
    typeof uuid === 'string' && UUID.test(uuid) ? uuid.toLowerCase() : malformed('a list of entries'),
  );
  return [...new Set(uuids)];
}

/** Hex of the leaf hash that a UUID holds. */
export const leafHashOf = (uuid: string): string => uuid.slice(-64).toLowerCase();

/**
 * Entries out of an answer: an object from UUID to entry, or a list of such. An entry that has not the hash that names it
 * is none.
 *
 * @throws SlsaGateError `source.malformed-response`
 */
export function parseEntries(json: Json): readonly RekorApiEntry[] {
  const maps: readonly Json[] = Array.isArray(json) ? json : [json];
  return maps.flatMap((map) => {
    if (!isJsonObject(map)) return malformed('entries');
    return Object.entries(map).map(([uuid, entry]) => toEntry(uuid, entry));
  });
}

function toEntry(uuid: string, json: Json): RekorApiEntry {
  const [, leafHash = ''] = UUID.exec(uuid) ?? malformed('entries');
  const parsed = Entry().safeParse(json);
  if (!parsed.success) return malformed('an entry with promise and proof', parsed.error);
  const { body: encoded, integratedTime, logID, logIndex, verification } = parsed.data;
  const { inclusionProof: proof, signedEntryTimestamp } = verification;
  const body = asAnswer('an entry', () => parseBase64(encoded, 'body', LIMITS.logEntryBytes));
  if (hash('sha256', Buffer.concat([LEAF, body]), 'hex') !== leafHash.toLowerCase())
    return malformed('the entry that was asked for');
  const toBase64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');
  const tlogEntry = {
    logIndex: String(logIndex),
    logId: { keyId: toBase64(logID) },
    integratedTime: String(integratedTime),
    inclusionPromise: { signedEntryTimestamp },
    inclusionProof: {
      logIndex: String(proof.logIndex),
      rootHash: toBase64(proof.rootHash),
      treeSize: String(proof.treeSize),
      hashes: proof.hashes.map(toBase64),
      checkpoint: { envelope: proof.checkpoint },
    },
    canonicalizedBody: encoded,
  };
  return { leafHash: leafHash.toLowerCase(), body, tlogEntry };
}

/** RFC 6962 section 2.1. */
const LEAF = Buffer.from([0]);

const TreeHead = lazy(() => z.object({ signedTreeHead: checkpoint() }));
const LogInfo = lazy(() =>
  z.object({ signedTreeHead: checkpoint(), inactiveShards: z.optional(z.nullable(z.array(TreeHead()))) }),
);

/**
 * Checkpoints of all shards out of the answer of `/api/v1/log`, that of the active one first.
 *
 * @throws SlsaGateError `source.malformed-response`
 */
export function parseTreeHeads(json: Json): readonly string[] {
  const parsed = LogInfo().safeParse(json);
  if (!parsed.success) return malformed('its tree heads', parsed.error);
  const { signedTreeHead, inactiveShards } = parsed.data;
  return [signedTreeHead, ...(inactiveShards ?? []).map((shard) => shard.signedTreeHead)];
}

const Consistency = lazy(() => z.object({ hashes: z.nullable(hashes()) }));

/**
 * Hashes out of the answer of `/api/v1/log/proof`.
 *
 * @throws SlsaGateError `source.malformed-response`
 */
export function parseConsistency(json: Json): readonly Buffer[] {
  const parsed = Consistency().safeParse(json);
  if (!parsed.success) return malformed('a consistency proof', parsed.error);
  return (parsed.data.hashes ?? []).map((hex) => Buffer.from(hex, 'hex'));
}

/**
 * An answer as JSON.
 *
 * @throws SlsaGateError `source.malformed-response`
 */
export const parseAnswer = (bytes: Uint8Array, what: string): Json =>
  asAnswer(what, () => parseJson(bytes, 'answer', LIMITS.apiAnswerBytes));

/** Whatever is wrong with the form of an answer, it was not read: that says nothing about an attestation. */
export function asAnswer<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof SlsaGateError)) throw cause;
    return malformed(what, cause);
  }
}
