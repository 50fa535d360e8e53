import { isOrigin, toVkey } from '../core/log/checkpoint.ts';
import { fingerprintOf } from '../core/verify/key-fingerprint.ts';
import {
  type KeyKind,
  type PublicKey,
  parsePublicKey,
  parsePublicKeyPem,
} from '../core/verify/public-key.ts';
import { refuse } from '../errors.ts';

/** A public key, as records, policies and evidence files name it. */
export interface KeyDescription {
  readonly algorithm: string;
  /** `SHA256:...`, the id that envelopes give it. */
  readonly keyId: string;
  /** PEM. */
  readonly publicKey: string;
  /** Verifier key (C2SP) under the name of a log; null where no name was given. */
  readonly checkpointKey: string | null;
}

const NAMES: Readonly<Record<KeyKind, string>> = {
  p256: 'P-256',
  p384: 'P-384',
  p521: 'P-521',
  rsa: 'RSA',
  ed25519: 'Ed25519',
};

/**
 * @param key SPKI in DER, or PEM
 * @param origin name of the log whose heads it signs
 * @throws SlsaGateError `signer.key`, `signature.algorithm`, `usage.flag`
 */
export function describeKey(key: Buffer | string, origin?: string): KeyDescription {
  const parsed =
    typeof key === 'string' ? parsePublicKeyPem(key, 'signer.key') : parsePublicKey(key, 'signer.key');
  return {
    algorithm: NAMES[parsed.kind],
    keyId: fingerprintOf(parsed),
    publicKey: parsed.key.export({ type: 'spki', format: 'pem' }).toString(),
    checkpointKey: origin === undefined ? null : checkpointKeyOf(parsed, origin),
  };
}

function checkpointKeyOf({ kind, spki }: PublicKey, origin: string): string {
  if (!isOrigin(origin)) {
    refuse('usage.flag', `--origin is no name of a log: ${origin}`, {
      hint: 'Write a name without spaces and plus signs, such as example.com/releases.',
      actual: origin,
    });
  }
  if (kind !== 'ed25519') {
    refuse('usage.flag', `heads of a log are signed with Ed25519, not with ${NAMES[kind]}`, {
      hint: 'Make another key with slsa-gate key generate --algorithm ed25519.',
      expected: 'Ed25519',
      actual: NAMES[kind],
    });
  }
  return toVkey(origin, spki);
}
