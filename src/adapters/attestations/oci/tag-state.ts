import { LIMITS } from '../../../core/limits.ts';
import { digestOf } from '../../../core/model/oci/digest.ts';
import { MANIFEST_TYPES } from '../../../core/model/oci/manifest.ts';
import { refuse } from '../../../errors.ts';
import { parseAbsence } from './absence.ts';
import { manifestTypeOf } from './media-type.ts';
import type { Repository } from './repository.ts';
import { write } from './write.ts';

/** What a tag names at a moment. */
export interface TagState {
  /** `sha256:<hex>` of the bytes that came. */
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  /** By which the registry may tell this state from a later one. */
  readonly etag: string | undefined;
}

/**
 * Reads what a tag names now; nothing that was read before is used.
 *
 * @returns undefined where there is no such tag
 * @throws SlsaGateError `registry.*`, `source.*`, `limit.*`
 */
export async function readTag(repository: Repository, tag: string): Promise<TagState | undefined> {
  const answer = await repository.ask(`manifests/${tag}`, {
    headers: { accept: MANIFEST_TYPES.join(', ') },
    maxBytes: LIMITS.manifestBytes,
    maxRedirects: LIMITS.redirects,
    accept: [404],
  });
  if (answer.status === 404) {
    parseAbsence(answer, tag);
    return undefined;
  }
  const { bytes, headers } = answer;
  const { mediaType } = manifestTypeOf(answer, tag);
  if (bytes.length === 0) refuse('registry.malformed-response', `the answer for ${tag} is empty`);
  const { text: digest } = digestOf('sha256', bytes);
  const said = headers['docker-content-digest'];
  if (said?.startsWith('sha256:') === true && said !== digest) {
    refuse('registry.digest-mismatch', `content does not have the digest that names it: ${tag}`, {
      expected: said.slice(0, 200),
      actual: digest,
    });
  }
  repository.prove();
  return { digest, mediaType, bytes, etag: headers.etag };
}

/**
 * Lets a tag name other content, where the registry can hold it to that only if the tag still is as it was (RFC 9110, 13.1).
 * Registries that know no conditions take no notice of them: what came of it says a read.
 *
 * @returns false where the registry says that the tag has changed
 * @throws SlsaGateError as {@link write}
 */
export async function moveTag(
  repository: Repository,
  tag: string,
  { mediaType, bytes }: Pick<TagState, 'mediaType' | 'bytes'>,
  before: TagState | undefined,
): Promise<boolean> {
  const condition = conditionOf(before);
  const answer = await write(repository, `manifests/${tag}`, `the tag ${tag}`, {
    method: 'PUT',
    headers: { 'content-type': mediaType, ...condition },
    body: bytes,
    accept: condition === undefined ? [201] : [201, 412],
  });
  return answer.status !== 412;
}

/** Only these are compared byte by byte; what is "weak" never matches. */
const STRONG_ETAG = /^"[\x21\x23-\x7e]{0,256}"$/;

function conditionOf(before: TagState | undefined): Readonly<Record<string, string>> | undefined {
  if (before === undefined) return { 'if-none-match': '*' };
  return before.etag !== undefined && STRONG_ETAG.test(before.etag) ? { 'if-match': before.etag } : undefined;
}
