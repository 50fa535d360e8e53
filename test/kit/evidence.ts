import { createMemoryStore } from '../../src/adapters/evidence/memory/index.ts';
import { createEvidenceLog } from '../../src/app/evidence/create-log.ts';
import type { NewEntry } from '../../src/app/evidence/entry.ts';
import { type EvidenceLog, openEvidenceLog } from '../../src/app/evidence/log.ts';
import type { EvidenceLogOptions } from '../../src/app/evidence/log-options.ts';
import type { AppendRequest } from '../../src/app/evidence/prepare.ts';
import type { CheckpointPin, EvidenceStore, Signer } from '../../src/core/evidence-ports.ts';
import { type CheckpointKey, parseCheckpointKey, toVkey } from '../../src/core/log/checkpoint.ts';
import { toRecordId } from '../../src/core/log/record-id.ts';
import { createKeyPair, type KeyPair, sha256, signWith } from './keys.ts';
import { SIGNED_AT } from './sigstore.ts';

/** An evidence log of which the test owns every key. */

export const ORIGIN = 'example.com/releases';

/** A pin in memory; `note` is what it holds. */
export class MemoryPin implements CheckpointPin {
  readonly name: string;
  note: string | undefined;

  constructor(name = 'pin:test', note?: string) {
    this.name = name;
    this.note = note;
  }

  async read(): Promise<string | undefined> {
    return this.note;
  }

  async write(next: string, _previous: string | undefined): Promise<void> {
    if (sizeOf(this.note) < sizeOf(next)) this.note = next;
  }
}

const sizeOf = (note: string | undefined): number => Number(note?.split('\n')[1] ?? 0);

export function toSigner(keys: KeyPair): Signer {
  if (keys.algorithm !== 'Ed25519' && keys.algorithm !== 'P-256' && keys.algorithm !== 'P-384')
    throw new TypeError(`no signer has ${keys.algorithm}`);
  return {
    scheme: 'key',
    algorithm: keys.algorithm,
    publicKey: keys.spki,
    sign: async (bytes) => signWith(keys, bytes),
    close: async () => {},
  };
}

export interface LogKit {
  readonly checkpointKeys: KeyPair;
  readonly recordKeys: KeyPair;
  readonly key: CheckpointKey;
  readonly pin: MemoryPin;
  readonly options: EvidenceLogOptions & { readonly checkpointSigner: Signer };
  create(changes?: Partial<EvidenceLogOptions>): Promise<EvidenceLog>;
  open(changes?: Partial<EvidenceLogOptions>): Promise<EvidenceLog>;
}

let counter = 0;
/** Different every time and the same in every run. */
const nextBytes = (length: number): Buffer => sha256(Buffer.from(`bytes ${counter++}`)).subarray(0, length);

export function createLogKit({
  store = createMemoryStore(),
  origin = ORIGIN,
  checkpointKeys = createKeyPair('Ed25519'),
  recordKeys = createKeyPair('P-256'),
}: {
  readonly store?: EvidenceStore;
  readonly origin?: string;
  readonly checkpointKeys?: KeyPair;
  readonly recordKeys?: KeyPair;
} = {}): LogKit {
  const vkey = toVkey(origin, checkpointKeys.spki);
  const pin = new MemoryPin();
  const options = {
    store,
    origin,
    checkpointKeys: [vkey],
    checkpointSigner: toSigner(checkpointKeys),
    pins: [pin],
    now: () => SIGNED_AT,
    random: nextBytes,
  };
  return {
    checkpointKeys,
    recordKeys,
    key: parseCheckpointKey(vkey),
    pin,
    options,
    create: (changes = {}) =>
      createEvidenceLog({
        ...options,
        ...changes,
        checkpointSigner: options.checkpointSigner,
        recordKeys: [recordKeys.spki],
      }),
    open: (changes = {}) => openEvidenceLog({ ...options, ...changes }),
  };
}

/** A decision that says nothing true; `about` tells it from others. */
export function createEntry(
  about = `${counter++}`,
  record: Partial<NewEntry['record']> = {},
): NewEntry & { readonly record: { readonly requestKey: string; readonly decisionDigest: string } } {
  const hex = (text: string): string => sha256(Buffer.from(text)).toString('hex');
  const envelope = Buffer.from(`{"envelope":${JSON.stringify(about)}}`);
  const recordDigest = sha256(envelope).toString('hex');
  return {
    record: {
      recordId: toRecordId(SIGNED_AT, nextBytes(10)),
      type: 'decision',
      recordDigest,
      vsaDigest: null,
      artifactDigest: `sha256:${hex(`artifact ${about}`)}`,
      environment: 'production',
      verdict: 'allow',
      codes: [],
      ...record,
      requestKey: record.requestKey ?? hex(`request ${about}`),
      decisionDigest: record.decisionDigest ?? hex(`decision ${about}`),
    },
    payloads: [{ digest: recordDigest, bytes: envelope }],
  };
}

/** Appends an entry, or finds the record that answers its request. */
export const requestOf = (entry: NewEntry): AppendRequest => ({
  keys: [entry.record.requestKey ?? ''],
  decide: async () => entry,
});
