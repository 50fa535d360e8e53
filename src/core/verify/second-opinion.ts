import { Verifier } from '@sigstore/verify';
import { verifyTLogInclusion } from '@sigstore/verify/dist/tlog/index.js';
import { refuse } from '../../errors.ts';
import { type TransparencyLogEntry, toLibraryEntity } from './second-opinion/library-entity.ts';
import { libraryTrust } from './second-opinion/library-trust.ts';
import { printable } from './second-opinion/printable.ts';
import { UNREADABLE_FORMS, type UnreadableForm } from './second-opinion/unreadable-forms.ts';
import { DEFAULT_THRESHOLDS, resolveThresholds } from './thresholds.ts';
import { type BundleVerification, type VerifiedBundle, verifyBundle } from './verify-bundle.ts';

export { UNREADABLE_FORMS, type UnreadableForm } from './second-opinion/unreadable-forms.ts';

/**
 * Has a bundle verified twice: by our strict verifier, then by `@sigstore/verify` with the same root, key and
 * thresholds. Both must accept. A refusal by the strict verifier is the answer as it stands, and the library is not
 * asked: no second opinion could turn it, and its reason is the more exact one.
 *
 * The library takes long to load: import this module dynamically, and only when two verifiers are wanted.
 *
 * @returns the strict verifier's result, with `secondOpinion`: `agrees`, or the forms of {@link UNREADABLE_FORMS} in it
 * @throws SlsaGateError as {@link verifyBundle}; `verifier.disagreement` when the library refuses what the strict
 *   verifier accepts, or reads another signer, whatever it throws
 */
export function verifyBoth(request: BundleVerification): VerifiedBundle {
  const verified = verifyBundle(request);
  const forms = UNREADABLE_FORMS.filter((form) => form.appliesTo(verified)).map(({ id }) => id);
  try {
    const signer = askLibrary(verified, request, forms);
    checkSameSigner(verified, signer);
  } catch (cause) {
    refuse('verifier.disagreement', 'the strict verifier accepts the bundle, @sigstore/verify refuses it', {
      expected: 'strict: accepted; @sigstore/verify: accepted',
      actual: `strict: accepted; @sigstore/verify: ${printable(cause)}`,
      cause,
    });
  }
  return { ...verified, secondOpinion: forms.length === 0 ? 'agrees' : { exempt: forms.join(', ') } };
}

type LibrarySigner = ReturnType<Verifier['verify']>;

function askLibrary(
  verified: VerifiedBundle,
  request: BundleVerification,
  forms: readonly UnreadableForm['id'][],
): LibrarySigner {
  const trust = libraryTrust(verified);
  const entity = toLibraryEntity(verified, request, forms.includes('signature-hash'));
  const wanted = resolveThresholds(verified.root?.thresholds ?? DEFAULT_THRESHOLDS, request.thresholds);
  const isUnreadable = ({ kindVersion: { kind, version } }: TransparencyLogEntry): boolean =>
    forms.includes('intoto-0.0.1') && `${kind} ${version}` === 'intoto 0.0.1';
  const readable = entity.tlogEntries.filter((entry) => !isUnreadable(entry));
  const unreadable = entity.tlogEntries.filter(isUnreadable);
  for (const entry of unreadable) verifyTLogInclusion(entry, trust.tlogs);
  const logsBeside = new Set(unreadable.map(({ logId }) => logId.keyId.toString('hex'))).size;
  const verifier = new Verifier(trust, {
    tlogThreshold: Math.max(0, wanted.log - logsBeside),
    ctlogThreshold: wanted.sct,
    // It counts all times alike, and checks the chain of a certificate at those times only: without any, not at all.
    timestampThreshold: Math.max(
      wanted.time,
      wanted.tsa,
      verified.signer.kind === 'certificate' || verified.signer.key.window !== undefined ? 1 : 0,
    ),
  });
  return verifier.verify({ ...entity, tlogEntries: readable });
}

/** Both verifiers must have read the same key and, where the library reads them, the same names. */
function checkSameSigner({ signer }: VerifiedBundle, found: LibrarySigner): void {
  const key = signer.kind === 'certificate' ? signer.key : signer.key.key;
  if (!found.key.equals(key.key)) throw new Error('another signing key');
  if (signer.kind !== 'certificate') return;
  const { subjectAlternativeName, extensions } = found.identity ?? {};
  // It reads no user names.
  if (signer.subject.kind !== 'username' && subjectAlternativeName !== signer.subject.value) {
    throw new Error(`another subject: ${subjectAlternativeName}`);
  }
  const { issuer } = signer.claims;
  if (issuer !== undefined && extensions?.issuer !== issuer) {
    throw new Error(`another issuer: ${extensions?.issuer}`);
  }
}
