import { refuse, SlsaGateError } from '../../errors.ts';
import { type ArtifactDigests, BINDING_ALGORITHMS, parseDigest } from './digest.ts';
import { type Purl, parsePurl } from './purl.ts';

/** How a caller names an artifact. */
export type ArtifactReference =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'oci-layout'; readonly reference: string }
  | { readonly kind: 'digest'; readonly digests: ArtifactDigests }
  /** A package by name; the digest stands in its version (`oci`) or in the qualifier `checksum`. */
  | { readonly kind: 'purl'; readonly digests: ArtifactDigests; readonly purl: Purl };

const DIGEST = new RegExp(`^(?:${Object.keys(BINDING_ALGORITHMS).join('|')}):`);
/** Looks like a digest of another algorithm: taken for a file it would only be "not found". */
const OTHER_DIGEST = /^(?:md5|sha1|sha224|sha-?256|sha3-?[0-9]+|blake[0-9a-z]+):[0-9A-Fa-f]+$/i;

/**
 * Parses an artifact reference. Everything that is no other form is a path.
 *
 * @throws SlsaGateError `usage.artifact`, `usage.no-artifact`
 */
export function parseArtifactReference(reference: string): ArtifactReference {
  if (reference.trim() === '') refuse('usage.no-artifact', 'an artifact is the empty string');
  if (reference.startsWith('oci-layout:')) return { kind: 'oci-layout', reference };
  if (reference.startsWith('pkg:')) return parsePurlReference(reference);
  if (DIGEST.test(reference)) return { kind: 'digest', digests: toDigests(reference) };
  if (OTHER_DIGEST.test(reference)) {
    refuse('usage.artifact', `digest is of no algorithm that binds an artifact: ${reference}`, {
      actual: reference,
    });
  }
  return { kind: 'file', path: reference };
}

function parsePurlReference(reference: string): ArtifactReference {
  const purl = parsePurl(reference);
  if (purl === undefined) return refuse('usage.artifact', `not a purl: ${reference}`, { actual: reference });
  const digest = purl.type === 'oci' ? purl.version : purl.qualifiers.get('checksum');
  if (digest === undefined || digest.includes(',')) {
    refuse('usage.artifact', `purl does not name exactly one digest: ${reference}`, {
      actual: reference,
      hint: 'Add ?checksum=sha256:<hex digits>, or name the file itself.',
    });
  }
  return { kind: 'purl', purl, digests: toDigests(digest) };
}

function toDigests(text: string): ArtifactDigests {
  try {
    const { algorithm, value } = parseDigest(text);
    return { [algorithm]: value };
  } catch (error) {
    if (!(error instanceof SlsaGateError)) throw error;
    return refuse('usage.artifact', `not a digest: ${text}`, {
      expected: 'sha256:<64 lower-case hex digits>',
      actual: text,
      cause: error,
    });
  }
}
