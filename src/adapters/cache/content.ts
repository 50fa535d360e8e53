import { createHash } from 'node:crypto';

/** What a digest names, and whether bytes are that; undefined for what is no digest of a strong algorithm. */
export interface NamedContent {
  readonly algorithm: 'sha256' | 'sha512';
  readonly hex: string;
  isOf(bytes: Uint8Array): boolean;
}

const DIGEST = /^(?:(sha256):([0-9a-f]{64})|(sha512):([0-9a-f]{128}))$/;

export function namedContent(digest: string): NamedContent | undefined {
  const [, sha256, hex256, , hex512 = ''] = DIGEST.exec(digest) ?? [];
  if (sha256 === undefined && hex512 === '') return undefined;
  const algorithm = sha256 === undefined ? 'sha512' : 'sha256';
  const hex = hex256 ?? hex512;
  return { algorithm, hex, isOf: (bytes) => createHash(algorithm).update(bytes).digest('hex') === hex };
}
