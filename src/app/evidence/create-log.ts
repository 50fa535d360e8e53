import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { EvidenceWrite, Signer } from '../../core/evidence-ports.ts';
import type { CheckpointTrust } from '../../core/log/checkpoint.ts';
import { TreeEdge } from '../../core/log/edge.ts';
import { encodeLeaf, type GenesisLeaf, leafOfRecord, parseLeaf } from '../../core/log/leaf.ts';
import { leafHash } from '../../core/log/merkle.ts';
import { toRecordId } from '../../core/log/record-id.ts';
import type { Sha256Hex, StoredRecord } from '../../core/model/evidence.ts';
import { refuse, SlsaGateError } from '../../errors.ts';
import { verifyHead } from './heads.ts';
import { type EvidenceLog, openEvidenceLog } from './log.ts';
import { assertPins, type EvidenceLogOptions, signingKeyOf, trustOf } from './log-options.ts';
import { signHead } from './next-head.ts';

export interface NewEvidenceLogOptions extends EvidenceLogOptions {
  readonly checkpointSigner: Signer;
  /** What signs its records at first: public keys (SPKI, DER), identities as canonical JSON. */
  readonly recordKeys: readonly Buffer[];
}

const digestOf = (spki: Buffer): Sha256Hex => createHash('sha256').update(spki).digest('hex');
const digestsOf = (keys: readonly Buffer[]): Sha256Hex[] => [...new Set(keys.map(digestOf))].sort();

/**
 * Makes a log: its first leaf says which log it is, and its first head is pinned. Nothing else ever makes one. Where an
 * earlier attempt was interrupted and left a log with nothing in it, that one is finished.
 *
 * @throws SlsaGateError `evidence.exists` when the store or a pin has a log already, `evidence.config`,
 *   `evidence.unwritable`, `evidence.pin-unreadable`, `signer.failed`
 */
export async function createEvidenceLog(options: NewEvidenceLogOptions): Promise<EvidenceLog> {
  const { origin, checkpointSigner, pins, now, random } = options;
  assertPins(pins);
  const trust = trustOf(options);
  const key = signingKeyOf(checkpointSigner, trust);
  const keys = {
    origin,
    checkpointKeys: digestsOf(trust.keys.map((each) => each.key.spki)),
    recordKeys: digestsOf(options.recordKeys),
  };
  const begun = await begunLog(options, trust, keys);
  const pinned = await Promise.all(pins.map(async (pin) => ({ pin, held: await pin.read() })));
  for (const { pin, held } of pinned) {
    if (held !== undefined && held !== begun) {
      refuse('evidence.exists', `${pin.name} holds the checkpoint of a log already`, {
        hint: 'A log is never made anew over an old one; name another place for the pin.',
      });
    }
  }
  const note = begun ?? (await createLog());
  for (const { pin, held } of pinned) if (held === undefined) await pin.write(note, undefined);
  return openEvidenceLog(options);

  async function createLog(): Promise<string> {
    const record = genesis(keys, now(), random);
    const edge = TreeEdge.empty();
    edge.append(leafHash(Buffer.from(record.leaf)));
    const { note } = await signHead(edge, trust, checkpointSigner, key);
    const write = { records: [record], payloads: [], tiles: edge.grown(), checkpoint: { size: 1, note } };
    await create(options, write);
    return note;
  }
}

type GenesisKeys = Pick<GenesisLeaf, 'origin' | 'checkpointKeys' | 'recordKeys'>;

/**
 * The head of a log that would be made just so and has nothing in it yet, as an attempt leaves it that ended between
 * store and pins. Whatever else lies in the store is left for `store.create` to refuse.
 */
async function begunLog(
  { store }: NewEvidenceLogOptions,
  trust: CheckpointTrust,
  keys: GenesisKeys,
): Promise<string | undefined> {
  try {
    const { note, head } = await verifyHead(store, trust, store.name);
    const first = head.size === 1 ? await store.recordAt(0) : undefined;
    if (first === undefined) return undefined;
    const leaf = leafOfRecord(first);
    if (leaf.type !== 'genesis') return undefined;
    const { origin, checkpointKeys, recordKeys } = leaf;
    return isDeepStrictEqual({ origin, checkpointKeys, recordKeys }, keys) ? note : undefined;
  } catch (failure) {
    if (failure instanceof SlsaGateError) return undefined;
    throw failure;
  }
}

function genesis(keys: GenesisKeys, at: Date, random: (bytes: number) => Uint8Array): StoredRecord {
  const leaf: GenesisLeaf = {
    v: 1,
    type: 'genesis',
    recordId: toRecordId(at, random(10)),
    ...keys,
    salt: Buffer.from(random(16)).toString('hex'),
    appendTime: at.toISOString(),
  };
  let text: string;
  try {
    text = encodeLeaf(leaf);
  } catch (cause) {
    return refuse('evidence.config', 'origin and keys are too many for the first leaf of a log', {
      expected: 'up to 8 keys, and a short origin',
      actual: `${keys.checkpointKeys.length + keys.recordKeys.length} keys`,
      cause,
    });
  }
  if (keys.recordKeys.length === 0) refuse('evidence.config', 'no record key is configured');
  parseLeaf(text);
  return {
    seq: 0,
    recordId: leaf.recordId,
    type: 'genesis',
    leaf: text,
    recordDigest: null,
    vsaDigest: null,
    requestKey: null,
    decisionDigest: null,
    artifactDigest: null,
    environment: null,
    verdict: null,
    codes: [],
    appendTime: leaf.appendTime,
  };
}

/** A store that has just what was to be written has created it, whatever it reported. */
async function create({ store }: NewEvidenceLogOptions, write: EvidenceWrite): Promise<void> {
  try {
    await store.create(write);
  } catch (failure) {
    const found = await store.checkpoint().catch(() => undefined);
    if (found !== write.checkpoint.note) throw failure;
  }
}
