import { TrustedRoot as ProtobufTrustedRoot } from '@sigstore/protobuf-specs';
import { type TrustMaterial, toTrustMaterial } from '@sigstore/verify';
import type { TrustedRoot } from '../trusted-root.ts';
import type { KeySigner, VerifiedBundle } from '../verify-bundle.ts';
import { rememberTrusted } from './remembered-work.ts';

const MATERIAL = new WeakMap<TrustedRoot, TrustMaterial>();

const noKey = (hint: string): never => {
  throw new Error(`key not found: ${hint}`);
};

/**
 * What the library is to trust: the very root (or key) that the strict verifier used, read by the library itself and
 * once per root.
 */
export function libraryTrust({ root, signer }: VerifiedBundle): TrustMaterial {
  const material = root === undefined ? NOBODY : materialOf(root);
  return signer.kind === 'public-key' ? { ...material, publicKey: keyFinder(signer) } : material;
}

const NOBODY: TrustMaterial = {
  certificateAuthorities: [],
  timestampAuthorities: [],
  tlogs: [],
  ctlogs: [],
  publicKey: noKey,
};

function materialOf(root: TrustedRoot): TrustMaterial {
  let material = MATERIAL.get(root);
  if (material === undefined) {
    material = toTrustMaterial(ProtobufTrustedRoot.fromJSON(root.json), noKey);
    const { certificateAuthorities, timestampAuthorities } = material;
    for (const { certChain } of [...certificateAuthorities, ...timestampAuthorities]) {
      for (const certificate of certChain) rememberTrusted(certificate);
    }
    MATERIAL.set(root, material);
  }
  return material;
}

function keyFinder({ key: { id, key, window } }: KeySigner): TrustMaterial['publicKey'] {
  return (hint) => {
    if (id !== undefined && id !== hint) noKey(hint);
    return {
      publicKey: key.key,
      validFor: (date) =>
        window === undefined || (window.start <= date.getTime() && date.getTime() <= window.end),
    };
  };
}
