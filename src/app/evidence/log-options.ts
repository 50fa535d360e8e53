import type { CheckpointPin, EvidenceStore, Signer } from '../../core/evidence-ports.ts';
import {
  type CheckpointKey,
  type CheckpointTrust,
  isOrigin,
  parseCheckpointKey,
} from '../../core/log/checkpoint.ts';
import { refuse } from '../../errors.ts';

export interface EvidenceLogOptions {
  readonly store: EvidenceStore;
  readonly origin: string;
  /** Verifier keys (C2SP signed-note), each under the name of the origin. */
  readonly checkpointKeys: readonly string[];
  /** Ed25519, one of the keys; without it the log can only be read. */
  readonly checkpointSigner?: Signer | undefined;
  /** Where the newest head is kept outside the store; at least one. */
  readonly pins: readonly CheckpointPin[];
  readonly now: () => Date;
  /** So many random bytes, for salts. */
  readonly random: (bytes: number) => Uint8Array;
}

/**
 * Whose heads count. All of it comes from configuration.
 *
 * @throws SlsaGateError `evidence.config`
 */
export function trustOf({
  origin,
  checkpointKeys,
}: Pick<EvidenceLogOptions, 'origin' | 'checkpointKeys'>): CheckpointTrust {
  if (!isOrigin(origin)) {
    refuse('evidence.config', 'the origin has spaces, plus signs or control characters', { actual: origin });
  }
  if (checkpointKeys.length === 0) refuse('evidence.config', 'no checkpoint key is configured');
  const keys = checkpointKeys.map(parseCheckpointKey);
  for (const { name, vkey } of keys) {
    if (name !== origin) {
      refuse('evidence.config', 'a checkpoint key has another name than the origin', {
        expected: origin,
        actual: vkey,
      });
    }
  }
  return { origin, keys };
}

/**
 * The configured key that the signer has.
 *
 * @throws SlsaGateError `evidence.config` when it is none of them
 */
export function signingKeyOf(signer: Signer, { keys }: CheckpointTrust): CheckpointKey {
  const own = keys.find(({ key }) => key.spki.equals(signer.publicKey));
  if (own === undefined) {
    return refuse('evidence.config', 'the checkpoint signer has none of the configured checkpoint keys', {
      expected: keys.map(({ vkey }) => vkey).join(', '),
      actual: `${signer.algorithm} key ${signer.publicKey.toString('base64')}`,
    });
  }
  return own;
}

export function assertPins(pins: readonly CheckpointPin[]): void {
  if (pins.length === 0) {
    refuse('evidence.config', 'no pin is configured', {
      expected: 'at least one place outside the store that keeps the newest checkpoint',
    });
  }
}
