import { refuse, SlsaGateError } from '../../errors.ts';
import { type ArtifactDigests, BINDING_ALGORITHMS, parseDigest } from './digest.ts';
import { looksLikeOciReference, parseOciReference } from './oci/reference.ts';
import type { Purl } from './purl.ts';
import type { RemoteReference } from './remote-reference.ts';

/** How a caller names an artifact. */
export type ArtifactReference =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'oci-layout'; readonly reference: string }
  | { readonly kind: 'digest'; readonly digests: ArtifactDigests }
  /**
   * A package by name; the digest stands in its version (`oci`) or in the qualifier `checksum`. `remote` where the name
   * also says at which server it lies.
   */
  | {
      readonly kind: 'purl';
      readonly digests: ArtifactDigests;
      readonly purl: Purl;
      readonly remote?: RemoteReference;
    }
  /** An artifact that lies at a server, which alone can say its digests. */
  | { readonly kind: 'remote'; readonly remote: RemoteReference };

const DIGEST = new RegExp(`^(?:${Object.keys(BINDING_ALGORITHMS).join('|')}):`);
/** Looks like a digest of another algorithm: taken for a file it would only be "not found". */
const OTHER_DIGEST = /^(?:md5|sha1|sha224|sha-?256|sha3-?[0-9]+|blake[0-9a-z]+):[0-9A-Fa-f]+$/i;

/** What to do about a path where nothing is, which was perhaps no path. */
export const hintForMissing = (path: string): string | undefined =>
  /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9._-]+)*[:@][\w.:-]+$/.test(path)
    ? `Check the path. An image is named with its registry: docker.io/${path.includes('/') ? '' : 'library/'}${path}.`
    : undefined;

/** Parsed by `artifact-reference.ts`, which alone needs the library of purls. */
export const isPurlReference = (reference: string): boolean => reference.startsWith('pkg:');

/**
 * Parses an artifact reference that is no purl. Everything that is no other form is a path; `host.example/app:1` is an
 * image, `./host.example/app:1` a path.
 *
 * @throws SlsaGateError `usage.artifact`, `usage.no-artifact`
 */
export function parseLocalReference(reference: string): ArtifactReference {
  if (reference.trim() === '') refuse('usage.no-artifact', 'an artifact is the empty string');
  if (/^https?:\/\//i.test(reference)) {
    refuse('usage.artifact', `an address is no artifact: ${reference}`, {
      actual: reference,
      hint: 'Name an image without https://, as registry/repository:tag; download anything else first.',
    });
  }
  if (reference.startsWith('oci-layout:')) return { kind: 'oci-layout', reference };
  if (isPurlReference(reference))
    refuse('usage.artifact', `a purl where a file, digest or layout is needed: ${reference}`, {
      actual: reference,
    });
  if (DIGEST.test(reference)) return { kind: 'digest', digests: toReferenceDigests(reference) };
  if (OTHER_DIGEST.test(reference)) {
    refuse('usage.artifact', `digest is of no algorithm that binds an artifact: ${reference}`, {
      actual: reference,
    });
  }
  if (looksLikeOciReference(reference)) {
    return { kind: 'remote', remote: { kind: 'oci', text: reference, image: parseOciReference(reference) } };
  }
  return { kind: 'file', path: reference };
}

/** @throws SlsaGateError `usage.artifact` */
export function toReferenceDigests(text: string): ArtifactDigests {
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
