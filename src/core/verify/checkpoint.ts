import { refuse } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import { HASH_OF_KEY, verifySignature } from './public-key.ts';
import type { Log } from './trusted-root.ts';

/** A tree head that a log signed (C2SP tlog-checkpoint). */
export interface Checkpoint {
  readonly origin: string;
  readonly treeSize: bigint;
  readonly rootHash: Buffer;
}

interface NoteSignature {
  readonly name: string;
  readonly keyId: Buffer;
  readonly signature: Buffer;
}

const SEPARATOR = '\n\n';
const SIGNATURE_LINE = /^\u2014 (\S+) ([A-Za-z0-9+/]+={0,2})$/;
const SIZE = /^(?:0|[1-9][0-9]{0,18})$/;
const KEY_ID_BYTES = 4;
const ROOT_BYTES = 32;

/**
 * Reads a signed note that holds a checkpoint; attacker-controlled, parsed before any signature is checked.
 *
 * @throws SlsaGateError `log.checkpoint-malformed`, `limit.bundle`
 */
function parseCheckpoint(note: string): {
  text: string;
  checkpoint: Checkpoint;
  signatures: readonly NoteSignature[];
} {
  const fail = (message: string): never => refuse('log.checkpoint-malformed', `checkpoint ${message}`);
  const split = note.indexOf(SEPARATOR);
  if (split === -1 || !note.endsWith('\n')) fail('is no signed note');
  const text = note.slice(0, split + 1);
  const lines = text.slice(0, -1).split('\n');
  const [origin, size, root] = lines;
  if (origin === undefined || origin === '' || size === undefined || root === undefined)
    fail('lacks origin, size or root');
  if (!SIZE.test(size as string)) fail('has a malformed size');
  const rootHash = Buffer.from(root as string, 'base64');
  if (rootHash.length !== ROOT_BYTES || rootHash.toString('base64') !== root)
    fail('has a malformed root hash');
  const signatureLines = note.slice(split + SEPARATOR.length, -1).split('\n');
  if (signatureLines.length > LIMITS.checkpointSignatures)
    refuse('limit.bundle', 'checkpoint has too many signatures');
  const signatures = signatureLines.map((line) => {
    const [, name, encoded] = SIGNATURE_LINE.exec(line) ?? fail('has a malformed signature line');
    const bytes = Buffer.from(encoded as string, 'base64');
    if (bytes.length <= KEY_ID_BYTES || bytes.toString('base64') !== encoded)
      fail('has a malformed signature');
    return {
      name: name as string,
      keyId: bytes.subarray(0, KEY_ID_BYTES),
      signature: bytes.subarray(KEY_ID_BYTES),
    };
  });
  return {
    text,
    checkpoint: { origin: origin as string, treeSize: BigInt(size as string), rootHash },
    signatures,
  };
}

/** The origin is the name alone, or the name and the tree id of Rekor v1. */
const isNamedIn = (origin: string, name: string): boolean =>
  origin === name || (origin.startsWith(`${name} - `) && /^[0-9]+$/.test(origin.slice(name.length + 3)));

/**
 * Verifies that `log` signed the checkpoint. Origin, name and key id must all be the log's: the origin is the log's
 * name, with or without the port of its address, in Rekor v1 followed by the tree id. Cosignatures of others are
 * tolerated and not counted.
 *
 * @throws SlsaGateError `log.checkpoint-malformed`, `log.origin`, `log.checkpoint-signature`
 */
export function verifyCheckpoint(note: string, log: Log): Checkpoint {
  const { text, checkpoint, signatures } = parseCheckpoint(note);
  const { origin } = checkpoint;
  const ownName = [log.name, log.portlessName].find((name) => isNamedIn(origin, name));
  if (ownName === undefined)
    refuse('log.origin', 'checkpoint is of another log', { expected: log.name, actual: origin });
  const own = signatures.filter(({ keyId }) => keyId.equals(log.noteKeyId));
  if (own.length === 0) {
    refuse('log.checkpoint-signature', 'checkpoint has no signature with the key id of the log', {
      expected: log.name,
    });
  }
  for (const { name, signature } of own) {
    if (name !== ownName)
      refuse('log.origin', 'checkpoint is signed under another name', { expected: ownName, actual: name });
    if (!verifySignature(log.key, HASH_OF_KEY[log.key.kind], Buffer.from(text), signature)) {
      refuse('log.checkpoint-signature', 'signature of the checkpoint does not verify', {
        expected: log.name,
      });
    }
  }
  return checkpoint;
}
