import { refuse } from '../../errors.ts';
import {
  type ArtifactReference,
  isPurlReference,
  parseLocalReference,
  toReferenceDigests,
} from './local-reference.ts';
import { parsePurl } from './purl.ts';

export type { ArtifactReference } from './local-reference.ts';

/**
 * Reads how a caller names an artifact: a digest, `oci-layout:DIR`, a purl that names one digest, or else a path. Nothing
 * is opened.
 *
 * ```ts
 * parseArtifactReference(`sha256:${'a'.repeat(64)}`); // { kind: 'digest', digests: { sha256: 'aaaa…' } }
 * parseArtifactReference('dist/widget.tgz'); // { kind: 'file', path: 'dist/widget.tgz' }
 * ```
 *
 * @throws SlsaGateError `usage.artifact`, `usage.no-artifact`
 * @see docs/commands.md, artifacts; ECMA-427 for purls
 */
export const parseArtifactReference = (reference: string): ArtifactReference =>
  isPurlReference(reference) ? parsePurlReference(reference) : parseLocalReference(reference);

/** A purl names a package, not bytes: its digest stands in the version (`oci`) or in the qualifier `checksum`. */
function parsePurlReference(reference: string): ArtifactReference {
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
