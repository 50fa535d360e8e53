import { CODES, type Code } from '../../src/codes.ts';
import { parseBundle } from '../../src/core/model/bundle.ts';
import { verifyPrehash } from '../../src/core/verify/prehash.ts';
import { parsePublicKey } from '../../src/core/verify/public-key.ts';
import type { ThresholdOptions } from '../../src/core/verify/thresholds.ts';
import { parseTrustedRoot, type TrustedRoot, type Window } from '../../src/core/verify/trusted-root.ts';
import {
  type TrustedKey,
  type TrustMaterial,
  type VerifiedBundle,
  verifyBundle,
} from '../../src/core/verify/verify-bundle.ts';
import { SlsaGateError } from '../../src/errors.ts';
import type { BundleJson, SignedBundle } from '../kit/bundle.ts';
import { hash, type KeyPair } from '../kit/keys.ts';
import { createSigstore, SIGNED_AT } from '../kit/sigstore.ts';
import type { TrustedRootJson } from '../kit/trusted-root.ts';

/** The Sigstore that is trusted unless a test says otherwise; one for a test file, since keys cost time. */
export const sigstore = createSigstore();

export interface VerifyOptions {
  /** One root or several; that of {@link sigstore} by default. */
  readonly root?: TrustedRootJson | readonly TrustedRootJson[];
  /** Replaces what `root` gives: bare keys, or roots parsed before. */
  readonly trust?: Partial<TrustMaterial>;
  /** For message signatures: bytes at hand. */
  readonly artifact?: Buffer;
  /** An hour after {@link SIGNED_AT} by default. */
  readonly nowMs?: number;
  readonly thresholds?: ThresholdOptions;
}

/** What can be verified: a bundle of the kit, its JSON (after `changed` and the like), or the very text. */
export type Verifiable = SignedBundle | BundleJson | string;

/** Reads the bundle and the trusted roots from their text, as the command does, and verifies strictly. */
export function verify(signed: Verifiable, options: VerifyOptions = {}): VerifiedBundle {
  const { root = sigstore.trustedRoot(), artifact, nowMs = SIGNED_AT.getTime() + 3_600_000 } = options;
  const bundle = parseBundle(Buffer.from(textOf(signed)));
  const roots = options.trust?.roots ?? (Array.isArray(root) ? root : [root]).map(parseRoot);
  return verifyBundle({
    bundle,
    trust: { roots, keys: options.trust?.keys ?? [] },
    artifact: artifact && { bytes: artifact, digests: digestsOf(artifact) },
    thresholds: options.thresholds ?? {},
    nowMs,
    verifyPrehash,
  });
}

function textOf(signed: Verifiable): string {
  if (typeof signed === 'string') return signed;
  return 'bundle' in signed ? signed.text() : JSON.stringify(signed);
}

function digestsOf(bytes: Buffer): { sha256: string; sha384: string; sha512: string } {
  const hex = (name: 'sha256' | 'sha384' | 'sha512'): string => hash(name, bytes).toString('hex');
  return { sha256: hex('sha256'), sha384: hex('sha384'), sha512: hex('sha512') };
}

export const parseRoot = (root: TrustedRootJson): TrustedRoot =>
  parseTrustedRoot(Buffer.from(JSON.stringify(root)), 'test');

/** A key that the caller trusts. */
export function trustedKey(keys: KeyPair, id?: string, window?: Window): TrustedKey {
  return { id, key: parsePublicKey(keys.spki, 'key.unknown'), window };
}

/** What `attempt` is refused with. Fails when it is accepted, or ends in anything but a typed refusal. */
export function refusal(attempt: () => unknown): SlsaGateError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof SlsaGateError) return error;
    throw new Error('ended in a foreign error instead of a refusal', { cause: error });
  }
  throw new Error('accepted, where a refusal was expected');
}

/** The code that the bundle is refused with; it must be one that blocks and never one of a bug of ours. */
export function refusedWith(signed: Verifiable, options: VerifyOptions = {}): Code {
  const { finding } = refusal(() => verify(signed, options));
  const { answer } = CODES[finding];
  if (answer !== 'deny' && answer !== 'indeterminate') throw new Error(`${finding} answers ${answer}`);
  return finding;
}
