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
  const checksum = purl.qualifiers.get('checksum');
  const digest = purl.type === 'oci' ? purl.version : checksum;
  if (purl.type === 'oci' && checksum !== undefined && checksum !== digest) {
    refuse('usage.artifact', `purl names two digests: ${reference}`, { actual: reference });
  }
  if (digest === undefined || digest.includes(',')) {
    refuse('usage.artifact', `purl does not name exactly one digest: ${reference}`, {
      actual: reference,
      hint: 'Add ?checksum=sha256:<hex digits>, or name the file itself.',
    });
  }
  return { kind: 'purl', purl, digests: toReferenceDigests(digest) };
}
