import { createKeyPair, type KeyPair, rawEd25519, sha256, signWith } from './keys.ts';

/** Checkpoints: signed notes (C2SP signed-note, tlog-checkpoint) as Rekor v1 and v2 write them. */

/** What the log signs and how. All but `envelope` is covered by a right signature. */
export interface CheckpointOptions {
  /** First line; `null` leaves the line out, here and below. */
  readonly origin?: string | null | undefined;
  readonly size?: bigint | string | null | undefined;
  readonly rootHash?: Buffer | string | null | undefined;
  /** Extension lines after the root hash. */
  readonly otherLines?: readonly string[] | undefined;
  /** Changes the note text (with its final newline) before it is signed. */
  readonly text?: ((text: string) => string) | undefined;
  /** Key name in the signature line. */
  readonly name?: string | undefined;
  readonly keyHint?: Buffer | undefined;
  readonly signingKeys?: KeyPair | undefined;
  readonly signature?: ((right: Buffer) => Buffer) | undefined;
  /** Whole signature lines before and after the log's own, for instance cosignatures; they see the note text. */
  readonly linesBefore?: readonly SignatureLine[] | undefined;
  readonly linesAfter?: readonly SignatureLine[] | undefined;
  /** Changes the finished note. */
  readonly envelope?: ((envelope: string) => string) | undefined;
}

export type SignatureLine = string | ((text: string) => string);

export interface NoteSigner {
  readonly name: string;
  readonly keyId: Buffer;
  readonly keys: KeyPair;
}

export function signCheckpoint(
  log: NoteSigner & { readonly origin: string },
  tree: { readonly size: bigint; readonly rootHash: Buffer },
  options: CheckpointOptions = {},
): string {
  const lines = [
    options.origin === undefined ? log.origin : options.origin,
    line(options.size, tree.size),
    line(options.rootHash, tree.rootHash),
    ...(options.otherLines ?? []),
  ];
  const plain = lines.flatMap((entry) => (entry === null ? [] : [`${entry}\n`])).join('');
  const text = options.text?.(plain) ?? plain;
  const written = (extra: readonly SignatureLine[] = []): string[] =>
    extra.map((entry) => (typeof entry === 'string' ? entry : entry(text)));
  const own = signatureLine(log, text, options);
  const note = `${text}\n${[...written(options.linesBefore), own, ...written(options.linesAfter)].join('')}`;
  return options.envelope?.(note) ?? note;
}

function line(wanted: bigint | Buffer | string | null | undefined, right: bigint | Buffer): string | null {
  const value = wanted === undefined ? right : wanted;
  if (value === null) return null;
  return Buffer.isBuffer(value) ? value.toString('base64') : value.toString();
}

function signatureLine(signer: NoteSigner, text: string, options: CheckpointOptions): string {
  const right = signWith(options.signingKeys ?? signer.keys, Buffer.from(text));
  const signature = options.signature?.(right) ?? right;
  return noteLine(options.name ?? signer.name, options.keyHint ?? signer.keyId.subarray(0, 4), signature);
}

export function noteLine(name: string, keyHint: Buffer, signature: Buffer): string {
  return `\u2014 ${name} ${Buffer.concat([keyHint, signature]).toString('base64')}\n`;
}

/**
 * Key id of a note key. Ed25519: SHA-256(name, newline, 0x01, key) as C2SP has it. ECDSA: SHA-256 of the SPKI, which is
 * Sigstore's own way (sigstore/rekor-tiles pkg/note/note.go). RSA: type 0xff with a name, over the SPKI.
 */
export function noteKeyId(name: string, keys: KeyPair): Buffer {
  if (keys.algorithm === 'Ed25519') return sha256(Buffer.from(`${name}\n\u0001`), rawEd25519(keys));
  if (keys.algorithm.startsWith('RSA')) {
    return sha256(Buffer.from(`${name}\n`), Buffer.of(0xff), Buffer.from('PKIX-RSA-PKCS#1v1.5'), keys.spki);
  }
  return sha256(keys.spki);
}

/** A witness that adds `cosignature/v1` lines (C2SP tlog-cosignature). */
export interface Witness {
  readonly name: string;
  readonly keys: KeyPair;
  cosign(at: Date): SignatureLine;
}

export function createWitness(name = 'witness.local'): Witness {
  const keys = createKeyPair('Ed25519');
  const keyHint = sha256(Buffer.from(`${name}\n\u0004`), rawEd25519(keys)).subarray(0, 4);
  const cosign = (at: Date) => (text: string) => {
    const seconds = BigInt(Math.floor(at.getTime() / 1000));
    const timestamp = Buffer.alloc(8);
    timestamp.writeBigUInt64BE(seconds);
    const signature = signWith(keys, Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`));
    return noteLine(name, keyHint, Buffer.concat([timestamp, signature]));
  };
  return { name, keys, cosign };
}
