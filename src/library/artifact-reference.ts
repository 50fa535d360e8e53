import {
  type ArtifactReference,
  isPurlReference,
  parseArtifactReference as parseOther,
} from '../core/model/artifact-reference.ts';
import { parsePurlReference } from '../core/model/purl-reference.ts';

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
  isPurlReference(reference) ? parsePurlReference(reference) : parseOther(reference);
