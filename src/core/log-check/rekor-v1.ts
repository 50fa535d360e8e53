import { attempt, refuse } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import { readForm } from '../model/form.ts';
import { parseJson } from '../model/json.ts';
import { LogEntryForm, toLogEntry } from '../model/log-entry.ts';
import type { WitnessParts, WitnessRead } from '../model/log-witness.ts';
import { refuseFault } from '../model/refuse-fault.ts';
import { asAnswer, parseAnswer, parseConsistency, parseEntries, parseTreeHeads } from '../model/rekor-api.ts';
import type { Checkpoint } from '../verify/checkpoint.ts';
import { verifySignedEntryTimestamp } from '../verify/log-entry.ts';
import { HASH_BYTES, leafHash } from '../verify/merkle.ts';
import { readCheckpoint } from './checkpoint.ts';
import type { SoughtEntry } from './sought.ts';
import { type CurrentTree, checkSize, checkStanding, refuseUnproven, type Standing } from './standing.ts';

/**
 * Rekor v1 answers for one place with the entry that stands there now, its inclusion proof and a checkpoint; a second
 * answer proves that this tree continues the one of the bundle. Its size is asked for where it gives no entry.
 */
const ENTRY = 'entry';
const HEAD = 'head';
const CONSISTENCY = 'consistency';
const JSON_TYPE = 'application/json';

export function nextReads(sought: SoughtEntry, parts: WitnessParts): readonly WitnessRead[] {
  const entry = parts.get(ENTRY);
  if (entry === undefined) return [readEntry(sought)];
  const { proven } = sought;
  // Without a tree to compare with nothing follows from a size.
  if (entry === null) return proven === undefined || parts.has(HEAD) ? [] : [readHead(proven.head)];
  if (proven === undefined || parts.has(CONSISTENCY)) return [];
  const now = attempt(() => toCurrentTree(sought, entry).head);
  if ('error' in now || now.value.origin !== proven.head.origin) return [];
  const [first, last] = [proven.head.treeSize, now.value.treeSize];
  return first < last ? [readConsistency(first, last, treeIdOf(proven.head))] : [];
}

/** @throws SlsaGateError as {@link checkStanding}; `log.*` for what the log has not signed */
export function checkEntry(sought: SoughtEntry, parts: WitnessParts): Standing {
  const entry = parts.get(ENTRY);
  if (entry === undefined) return refuseUnproven('the entry was not asked for');
  if (entry === null) return refuseWithoutEntry(sought, parts.get(HEAD) ?? undefined);
  const now = toCurrentTree(sought, entry);
  const { proven } = sought;
  checkSize(sought, now.head);
  if (proven !== undefined && now.index !== proven.index)
    refuseUnproven('the entry is proven at another place');
  const hashes = parts.get(CONSISTENCY) ?? Buffer.alloc(0);
  return checkStanding(sought, now, splitHashes(hashes));
}

/** That the server gives no entry proves nothing; that its log is too small to have it does. */
function refuseWithoutEntry(sought: SoughtEntry, head: Uint8Array | undefined): never {
  if (head !== undefined) checkSize(sought, readCheckpoint(head, sought.log));
  refuse('source.http-status', 'the log gives no entry at the place of this one, and proves none', {
    expected: `an entry at ${sought.entry.logIndex}`,
    actual: '404',
  });
}

function toCurrentTree({ entry: wanted, log }: SoughtEntry, bytes: Uint8Array): CurrentTree {
  const entry = asAnswer('an entry', () =>
    toLogEntry(
      readForm(LogEntryForm, parseJson(bytes, ENTRY), (fault) => refuseFault(fault, ENTRY)),
      '0.1',
      ENTRY,
    ),
  );
  const { inclusionProof: proof, signedEntryTimestamp: promise } = entry;
  if (entry.logId !== wanted.logId || entry.logIndex !== wanted.logIndex)
    return refuseUnproven('it is an entry of another place');
  if (proof === undefined || promise === undefined) return refuseUnproven('promise or proof is missing');
  const head = readCheckpoint(Buffer.from(proof.checkpoint), log);
  if (proof.treeSize !== head.treeSize || proof.rootHash?.equals(head.rootHash) !== true)
    refuseUnproven('proof and checkpoint differ');
  verifySignedEntryTimestamp(entry, promise, log);
  return { head, index: proof.logIndex, leaf: leafHash(entry.body), inclusion: proof.hashes };
}

const readEntry = ({ entry }: SoughtEntry): WitnessRead => ({
  part: ENTRY,
  path: `api/v1/log/entries?logIndex=${entry.logIndex}`,
  accept: JSON_TYPE,
  maxBytes: LIMITS.apiAnswerBytes,
  mayBeAbsent: true,
  keep: (answer) => {
    const [found, second] = parseEntries(parseAnswer(answer, 'an entry'));
    if (found === undefined || second !== undefined) return refuseUnproven('it is not exactly one entry');
    return Buffer.from(JSON.stringify(found.tlogEntry));
  },
});

/** The one of the bundle's tree, which may be a shard that takes no more entries. */
const readHead = ({ origin }: Checkpoint): WitnessRead => ({
  part: HEAD,
  path: 'api/v1/log',
  accept: JSON_TYPE,
  maxBytes: LIMITS.apiAnswerBytes,
  mayBeAbsent: false,
  keep: (answer) => {
    const heads = parseTreeHeads(parseAnswer(answer, 'its tree heads'));
    const head = heads.find((note) => note.startsWith(`${origin}\n`)) ?? heads[0];
    return Buffer.from(head ?? '');
  },
});

const readConsistency = (first: bigint, last: bigint, treeId: string | undefined): WitnessRead => ({
  part: CONSISTENCY,
  path: `api/v1/log/proof?firstSize=${first}&lastSize=${last}${treeId === undefined ? '' : `&treeID=${treeId}`}`,
  accept: JSON_TYPE,
  maxBytes: LIMITS.apiAnswerBytes,
  mayBeAbsent: false,
  keep: (answer) => Buffer.concat(parseConsistency(parseAnswer(answer, 'a consistency proof'))),
});

/** Checkpoints of Rekor v1 begin with `NAME - TREE`. */
const treeIdOf = ({ origin }: Checkpoint): string | undefined => / - ([0-9]+)$/.exec(origin)?.[1];

function splitHashes(bytes: Uint8Array): readonly Buffer[] {
  if (bytes.length % HASH_BYTES !== 0 || bytes.length > LIMITS.proofHashes * HASH_BYTES)
    refuseUnproven('the consistency proof is cut');
  const hashes: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += HASH_BYTES)
    hashes.push(Buffer.from(bytes.subarray(at, at + HASH_BYTES)));
  return hashes;
}
