import { refuse } from '../../errors.ts';
import { type ArtifactReference, toReferenceDigests } from './artifact-reference.ts';
import { parsePurl } from './purl.ts';

/**
 * Parses an artifact reference that is a purl. A purl names a package, not bytes: its digest stands in the version (`oci`)
 * or in the qualifier `checksum`.
 *
 * @throws SlsaGateError `usage.artifact`
 */
export function parsePurlReference(reference: string): ArtifactReference {
  const purl = parsePurl(reference);
  if (purl === undefined) return refuse('usage.artifact', `not a purl: ${reference}`, { actual: reference });
  const digest = purl.type === 'oci' ? purl.version : purl.qualifiers.get('checksum');
  if (digest === undefined || digest.includes(',')) {
    refuse('usage.artifact', `purl does not name exactly one digest: ${reference}`, {
      actual: reference,
      hint: 'Add ?checksum=sha256:<hex digits>, or name the file itself.',
    });
  }
  return { kind: 'purl', purl, digests: toReferenceDigests(digest) };
}
