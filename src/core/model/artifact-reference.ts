import { refuse } from '../../errors.ts';
import {
  type ArtifactReference,
  isPurlReference,
  parseLocalReference,
  toReferenceDigests,
} from './local-reference.ts';
import { parseOciReference } from './oci/reference.ts';
import { type Purl, parsePurl } from './purl.ts';
import type { RemoteReference } from './remote-reference.ts';

export type { ArtifactReference } from './local-reference.ts';

/**
 * Reads how a caller names an artifact: a digest, `oci-layout:DIR`, an image in a registry, a purl that names one digest or
 * lies at a server, or else a path. Nothing is opened.
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

/**
 * A purl names a package, not bytes: its digest stands in the version (`oci`) or in the qualifier `checksum`, or the
 * server of its type knows it.
 */
function parsePurlReference(reference: string): ArtifactReference {
  const purl = parsePurl(reference);
  if (purl === undefined) return refuse('usage.artifact', `not a purl: ${reference}`, { actual: reference });
  const checksum = purl.qualifiers.get('checksum');
  const isPinned = purl.type === 'oci' && purl.version?.includes(':') === true;
  const digest = isPinned ? purl.version : checksum;
  if (isPinned && checksum !== undefined && checksum !== digest) {
    refuse('usage.artifact', `purl names two digests: ${reference}`, { actual: reference });
  }
  const remote = toRemote(purl, reference);
  if (digest === undefined && remote !== undefined) return { kind: 'remote', remote };
  if (digest === undefined || digest.includes(',')) {
    refuse('usage.artifact', `purl does not name exactly one digest: ${reference}`, {
      actual: reference,
      hint: hintFor(purl),
    });
  }
  const digests = toReferenceDigests(digest);
  return { kind: 'purl', purl, digests, ...(remote === undefined ? {} : { remote }) };
}

const SAMPLES: Readonly<Record<string, string>> = {
  npm: 'Name a version (pkg:npm/name@1.2.3)',
  pypi: 'Name a version (pkg:pypi/name@1.2.3)',
  github: 'Name a file of the release (pkg:github/owner/repo@tag#file)',
  oci: 'Say where it lies (pkg:oci/name@sha256:<hex>?repository_url=registry/repository)',
};

/** What would let it be found, where a source of ours knows the type. */
function hintFor({ type }: Purl): string {
  const sample = SAMPLES[type];
  return `${sample === undefined ? 'Add' : `${sample}, add`} ?checksum=sha256:<hex digits>, or name the file itself.`;
}

/** Where the package lies, as far as its purl says it; undefined for types that no source of ours knows. */
function toRemote(purl: Purl, text: string): RemoteReference | undefined {
  switch (purl.type) {
    case 'npm':
    case 'pypi':
      return purl.version === undefined ? undefined : { kind: purl.type, text, purl };
    case 'github':
      return purl.version === undefined || purl.subpath === undefined
        ? undefined
        : { kind: 'github-release', text, purl };
    case 'oci': {
      const repository = purl.qualifiers.get('repository_url');
      const named = purl.version ?? purl.qualifiers.get('tag');
      if (repository === undefined || named === undefined) return undefined;
      return {
        kind: 'oci',
        text,
        image: parseOciReference(`${repository}${named.includes(':') ? '@' : ':'}${named}`),
      };
    }
    default:
      return undefined;
  }
}
