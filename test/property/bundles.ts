import { parseBundle } from '../../src/core/model/bundle.ts';
import { verifyPrehash } from '../../src/core/verify/prehash.ts';
import type { ThresholdOptions } from '../../src/core/verify/thresholds.ts';
import { parseTrustedRoot, type TrustedRoot } from '../../src/core/verify/trusted-root.ts';
import {
  type BundleVerification,
  type VerifiedBundle,
  verifyBundle,
} from '../../src/core/verify/verify-bundle.ts';
import { SlsaGateError } from '../../src/errors.ts';
import type { BundleJson, SignedBundle } from '../kit/bundle.ts';
import { sha256 } from '../kit/keys.ts';
import { ARTIFACT, createGithubSigstore, createSigstore, SIGNED_AT } from '../kit/sigstore.ts';
import { mergeTrustedRoots, type TrustedRootJson } from '../kit/trusted-root.ts';

export const sigstore = createSigstore();
export const other = createSigstore({ rekor: { host: 'other.local' }, rekor2: { host: 'other2.local' } });
export const github = createGithubSigstore();

export const parseRoot = (root: TrustedRootJson): TrustedRoot =>
  parseTrustedRoot(Buffer.from(JSON.stringify(root)), 'test');
export const ROOT = parseRoot(sigstore.trustedRoot());
/** Trusts everything that both instances like the public-good one sign. */
export const BOTH = parseRoot(mergeTrustedRoots(sigstore.trustedRoot(), other.trustedRoot()));
export const GITHUB_ROOT = parseRoot(github.trustedRoot());
/** What the profile of GitHub's own instance asks for. */
export const GITHUB_THRESHOLDS: ThresholdOptions = { unsafeDrop: ['log', 'sct'], atLeast: { tsa: 1 } };
export const NOW_MS = SIGNED_AT.getTime() + 3_600_000;

export interface Setting {
  readonly root?: TrustedRoot;
  readonly thresholds?: ThresholdOptions;
  readonly nowMs?: number;
}

export function requestOf(text: string | Buffer, setting: Setting = {}): BundleVerification {
  return {
    bundle: parseBundle(Buffer.from(text)),
    trust: { roots: [setting.root ?? ROOT], keys: [] },
    artifact: { bytes: ARTIFACT, digests: { sha256: sha256(ARTIFACT).toString('hex') } },
    thresholds: setting.thresholds ?? {},
    nowMs: setting.nowMs ?? NOW_MS,
    verifyPrehash,
  };
}

/** The verified bundle, or the code that it is refused with; a foreign error fails the test. */
export function outcomeOf(text: string | Buffer, setting: Setting = {}): VerifiedBundle | string {
  return refusedOr(() => verifyBundle(requestOf(text, setting)));
}

export function refusedOr<T>(run: () => T): T | string {
  try {
    return run();
  } catch (error) {
    if (error instanceof SlsaGateError) return error.finding;
    throw error;
  }
}

/** `accepted`, or the code of the refusal. */
export function answerOf(bundle: SignedBundle | BundleJson | string, setting: Setting = {}): string {
  const text =
    typeof bundle === 'string' ? bundle : 'bundle' in bundle ? bundle.text() : JSON.stringify(bundle);
  const outcome = outcomeOf(text, setting);
  return typeof outcome === 'string' ? outcome : 'accepted';
}
