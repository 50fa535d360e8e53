import { parseBundle } from '../../src/core/model/bundle.ts';
import { verifyPrehash } from '../../src/core/verify/prehash.ts';
import { type VerifiedBundle, verifyBundle } from '../../src/core/verify/verify-bundle.ts';
import type { SignedBundle } from '../kit/bundle.ts';
import type { LogOptions } from '../kit/rekor.ts';
import { ARTIFACT, SIGNED_AT, type SignOptions } from '../kit/sigstore.ts';
import { parseRoot, sigstore, verify } from './verify.ts';

type Common = Omit<SignOptions, 'entry' | 'entries'>;

/** One kind of log entry: how a bundle with it is signed and verified. */
export interface EntryKind {
  readonly name: string;
  /** The entry lists signatures, so that a second one can be added. */
  readonly listsSignatures: boolean;
  /** `intoto 0.0.1` names the envelope and the key, not the signature. */
  readonly namesSignature: boolean;
  readonly sign: (entry?: LogOptions, options?: Common) => SignedBundle;
  readonly verify: (signed: SignedBundle) => VerifiedBundle;
}

/** As the command does when it reads an envelope beside its log entry: the bytes that were logged are at hand. */
function verifyWithEnvelopeBytes({ bundle, text }: SignedBundle): VerifiedBundle {
  const parsed = parseBundle(Buffer.from(text()));
  if (parsed.content.kind !== 'dsse') throw new TypeError('only an envelope has envelope bytes');
  const envelopeBytes = Buffer.from(JSON.stringify(bundle.dsseEnvelope));
  return verifyBundle({
    bundle: { ...parsed, content: { ...parsed.content, envelopeBytes } },
    trust: { roots: [parseRoot(sigstore.trustedRoot())], keys: [] },
    artifact: undefined,
    thresholds: {},
    nowMs: SIGNED_AT.getTime() + 3_600_000,
    verifyPrehash,
  });
}

const verifyBlob = (signed: SignedBundle): VerifiedBundle => verify(signed, { artifact: ARTIFACT });
const verifyStatement = (signed: SignedBundle): VerifiedBundle => verify(signed);

/** Every kind of entry that is known, over an envelope or over a blob. */
export const ENTRY_KINDS: readonly EntryKind[] = [
  {
    name: 'hashedrekord 0.0.1',
    listsSignatures: false,
    namesSignature: true,
    sign: (entry = {}, options) => sigstore.signBlob({ ...options, entry }),
    verify: verifyBlob,
  },
  {
    name: 'hashedrekord 0.0.2',
    listsSignatures: false,
    namesSignature: true,
    sign: (entry = {}, options) => sigstore.signBlob({ ...options, profile: 'rekor2', entry }),
    verify: verifyBlob,
  },
  {
    name: 'hashedrekord 0.0.2 of an envelope',
    listsSignatures: false,
    namesSignature: true,
    sign: (entry = {}, options) =>
      sigstore.signStatement({ ...options, profile: 'rekor2', entry: { kind: 'hashedrekord', ...entry } }),
    verify: verifyStatement,
  },
  {
    name: 'dsse 0.0.1',
    listsSignatures: true,
    namesSignature: true,
    sign: (entry = {}, options) => sigstore.signStatement({ ...options, entry }),
    verify: verifyStatement,
  },
  {
    name: 'dsse 0.0.2',
    listsSignatures: true,
    namesSignature: true,
    sign: (entry = {}, options) => sigstore.signStatement({ ...options, profile: 'rekor2', entry }),
    verify: verifyStatement,
  },
  {
    name: 'intoto 0.0.1',
    listsSignatures: false,
    namesSignature: false,
    sign: (entry = {}, options) =>
      sigstore.signStatement({ ...options, entry: { kind: 'intoto', apiVersion: '0.0.1', ...entry } }),
    verify: verifyWithEnvelopeBytes,
  },
  {
    name: 'intoto 0.0.2',
    listsSignatures: true,
    namesSignature: true,
    sign: (entry = {}, options) =>
      sigstore.signStatement({ ...options, entry: { kind: 'intoto', ...entry } }),
    verify: verifyStatement,
  },
];
