import type { VerifiedBundle } from '../verify-bundle.ts';

/** A form of bundle of which `@sigstore/verify` cannot read one part; see {@link UNREADABLE_FORMS}. */
export interface UnreadableForm {
  readonly id: 'intoto-0.0.1' | 'signature-hash';
  /** Why the library cannot read it, and what is therefore checked by the strict verifier alone. */
  readonly reason: string;
  /** Asked of what the strict verifier has proven, so that a label cannot claim an exemption. */
  readonly appliesTo: (verified: VerifiedBundle) => boolean;
}

/**
 * All that the second opinion leaves out, and only that part: the library still checks everything else of such a
 * bundle. Whatever it refuses beyond this list is a disagreement.
 */
export const UNREADABLE_FORMS: readonly UnreadableForm[] = [
  {
    id: 'intoto-0.0.1',
    reason:
      'The library does not know intoto 0.0.1 entries: their promise, proof and checkpoint are checked by both, what their body says by the strict verifier alone.',
    appliesTo: ({ logEntries }) => logEntries.some(({ kind }) => kind === 'intoto 0.0.1'),
  },
  {
    id: 'signature-hash',
    reason:
      'The library hashes envelopes with SHA-256 whatever the curve, and names a hash to Ed25519, which takes none: the signature over the content is checked by the strict verifier alone.',
    appliesTo: ({ bundle, signer }) => {
      const { kind } = signer.kind === 'certificate' ? signer.key : signer.key.key;
      return bundle.content.kind === 'dsse' ? kind === 'p384' || kind === 'p521' : kind === 'ed25519';
    },
  },
];
