import { createHash } from 'node:crypto';
import { refuse } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import { type PublicKey, parsePublicKey, verifySignature } from '../verify/public-key.ts';
import { HASH_BYTES } from './merkle.ts';

/** A tree head (C2SP tlog-checkpoint); the log has at least its genesis. */
export interface TreeHead {
  readonly origin: string;
  readonly size: number;
  readonly rootHash: Buffer;
}

/** A key that may have signed checkpoints: a verifier key (vkey) of C2SP signed-note, Ed25519. */
export interface CheckpointKey {
  readonly vkey: string;
  readonly name: string;
  readonly keyId: Buffer;
  readonly key: PublicKey;
}

const ED25519 = Buffer.from([0x01]);
const SPKI_HEADER = Buffer.from('302a300506032b6570032100', 'hex');
const KEY_ID_BYTES = 4;
const SIGNATURE_BYTES = 64;
const SIZE = /^[1-9][0-9]{0,15}$/;
const SIGNATURE_LINE = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u;
const VKEY = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/u;

/** Names of logs, and of their keys: no spaces, no plus signs, no controls. */
export const isOrigin = (text: string): boolean => /^[^\s+\p{C}]+$/u.test(text) && text.length <= 256;

const keyIdOf = (name: string, raw: Buffer): Buffer =>
  createHash('sha256').update(`${name}\n`).update(ED25519).update(raw).digest().subarray(0, KEY_ID_BYTES);

/** The vkey of an Ed25519 key under this name, e.g. `example.com/releases+1a2b3c4d+AZ...`. */
export function toVkey(name: string, spki: Buffer): string {
  if (!isOrigin(name)) throw new TypeError('a key name has no spaces, plus signs or controls');
  const raw = rawKey(spki);
  const material = Buffer.concat([ED25519, raw]).toString('base64');
  return `${name}+${keyIdOf(name, raw).toString('hex')}+${material}`;
}

function rawKey(spki: Buffer): Buffer {
  if (
    spki.length !== SPKI_HEADER.length + HASH_BYTES ||
    !spki.subarray(0, SPKI_HEADER.length).equals(SPKI_HEADER)
  )
    throw new TypeError('checkpoints are signed with Ed25519');
  return spki.subarray(SPKI_HEADER.length);
}

/** @throws SlsaGateError `evidence.config` */
export function parseCheckpointKey(vkey: string): CheckpointKey {
  const fail = (why: string): never =>
    refuse('evidence.config', `checkpoint key ${why}`, {
      expected: 'NAME+KEYID+KEY, an Ed25519 verifier key of C2SP signed-note',
      actual: vkey,
    });
  const [, name = '', id = '', encoded = ''] = VKEY.exec(vkey) ?? fail('is no verifier key');
  const material = Buffer.from(encoded, 'base64');
  if (material.toString('base64') !== encoded) fail('is not in base64');
  if (material.length !== 1 + HASH_BYTES || material[0] !== ED25519[0]) fail('is not of type Ed25519');
  if (!isOrigin(name)) fail('has no usable name');
  const raw = material.subarray(1);
  const keyId = keyIdOf(name, raw);
  if (keyId.toString('hex') !== id) fail('has an id that is not its own');
  const key = parsePublicKey(Buffer.concat([SPKI_HEADER, raw]), 'evidence.config');
  return { vkey, name, keyId, key };
}

/** The text that is signed. */
const formatBody = ({ origin, size, rootHash }: TreeHead): string =>
  `${origin}\n${size}\n${rootHash.toString('base64')}\n`;

/** A checkpoint as a signed note. `sign` signs bytes with the private key of `key`. */
export async function signCheckpoint(
  head: TreeHead,
  { name, keyId }: CheckpointKey,
  sign: (bytes: Buffer) => Promise<Buffer>,
): Promise<string> {
  const body = formatBody(head);
  const signature = await sign(Buffer.from(body));
  return `${body}\n\u2014 ${name} ${Buffer.concat([keyId, signature]).toString('base64')}\n`;
}

interface NoteSignature {
  readonly name: string;
  readonly keyId: Buffer;
  readonly signature: Buffer;
}

/** What a note says; nothing is verified. */
export interface ParsedCheckpoint {
  readonly head: TreeHead;
  readonly body: string;
  readonly signatures: readonly NoteSignature[];
}

/**
 * Reads a signed note that holds a checkpoint: three lines, since our logs write no others. Attacker-controlled, parsed
 * before any signature is checked.
 *
 * @throws SlsaGateError `evidence.tampered`
 */
export function parseCheckpoint(note: string): ParsedCheckpoint {
  const fail = (why: string): never => refuse('evidence.tampered', `the checkpoint ${why}`);
  if (note.length > LIMITS.checkpointBytes) fail('is too large');
  if (/[\u0000-\u0009\u000b-\u001f]/.test(note)) fail('has control characters');
  const [origin = '', size = '', root = '', blank, ...lines] = note.split('\n');
  if (!isOrigin(origin)) fail('has no origin');
  if (!SIZE.test(size) || !Number.isSafeInteger(Number(size))) fail('has a malformed size');
  const rootHash = Buffer.from(root, 'base64');
  if (rootHash.length !== HASH_BYTES || rootHash.toString('base64') !== root)
    fail('has a malformed root hash');
  if (blank !== '') fail('has other lines than origin, size and root hash');
  if (lines.pop() !== '' || lines.length === 0) fail('has no signature');
  if (lines.length > LIMITS.checkpointSignatures) fail('has too many signatures');
  const signatures = lines.map((line): NoteSignature => {
    const [, name = '', encoded = ''] = SIGNATURE_LINE.exec(line) ?? fail('has a malformed signature line');
    const bytes = Buffer.from(encoded, 'base64');
    if (bytes.length <= KEY_ID_BYTES || bytes.toString('base64') !== encoded)
      fail('has a malformed signature');
    return { name, keyId: bytes.subarray(0, KEY_ID_BYTES), signature: bytes.subarray(KEY_ID_BYTES) };
  });
  const head = { origin, size: Number(size), rootHash };
  return { head, body: formatBody(head), signatures };
}

/** Whose checkpoints count: both come from configuration, never from the store. */
export interface CheckpointTrust {
  readonly origin: string;
  readonly keys: readonly CheckpointKey[];
}

/**
 * Verifies that the log signed its head. Signatures of unknown keys are ignored; one of a known key that does not verify
 * spoils the note.
 *
 * @throws SlsaGateError `evidence.tampered` for what is no checkpoint, `evidence.origin` for that of another log,
 *   `evidence.signature`
 */
export function verifyCheckpoint(note: string, { origin, keys }: CheckpointTrust): TreeHead {
  const { head, body, signatures } = parseCheckpoint(note);
  if (head.origin !== origin) {
    refuse('evidence.origin', 'the checkpoint is of another log', { expected: origin, actual: head.origin });
  }
  const signed = Buffer.from(body);
  let verified = 0;
  for (const { name, keyId, signature } of signatures) {
    const known = keys.find((key) => key.name === name && key.keyId.equals(keyId));
    if (known === undefined) continue;
    const holds =
      signature.length === SIGNATURE_BYTES && verifySignature(known.key, 'sha512', signed, signature);
    if (!holds) {
      refuse('evidence.signature', 'the signature of the checkpoint does not verify', {
        expected: known.vkey,
      });
    }
    verified++;
  }
  if (verified === 0) {
    refuse('evidence.signature', 'the checkpoint is signed by no configured key', {
      expected: keys.map(({ vkey }) => vkey).join(', '),
      actual: signatures.map(({ name, keyId }) => `${name}+${keyId.toString('hex')}`).join(', '),
    });
  }
  return head;
}
