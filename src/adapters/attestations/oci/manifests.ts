import { LIMITS } from '../../../core/limits.ts';
import { isJsonObject, parseJson } from '../../../core/model/json.ts';
import { checkContent, type Descriptor } from '../../../core/model/oci/descriptor.ts';
import { digestOf, type OciDigest, parseOciDigest } from '../../../core/model/oci/digest.ts';
import {
  MANIFEST_TYPES,
  type Manifest,
  manifestKind,
  parseManifest,
} from '../../../core/model/oci/manifest.ts';
import { attempt, refuse } from '../../../errors.ts';
import type { HttpAnswer } from '../../http/index.ts';
import { type Absence, parseAbsence } from './absence.ts';
import { manifestTypeOf } from './media-type.ts';
import type { Repository } from './repository.ts';

/** A manifest or index whose bytes were hashed. */
export interface StoredManifest {
  /** `sha256:<hex>`, or the digest by which it was asked for. */
  readonly digest: OciDigest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly manifest: Manifest;
}

/** What stands under a name: content, or the answer that there is none. */
export type Found<T> = { readonly content: T } | { readonly absence: Absence };

const ACCEPT = MANIFEST_TYPES.join(', ');

/**
 * Reads a manifest by its digest: out of the cache, or asked for. Its bytes have that digest.
 *
 * @throws SlsaGateError `registry.*`, `source.*`, `limit.*`
 */
export async function getManifest(repository: Repository, digest: OciDigest): Promise<Found<StoredManifest>> {
  const kept = await repository.cache?.get(digest.text);
  const keptType = kept && typeInside(kept);
  if (kept !== undefined && keptType !== undefined && digestOf(digest.algorithm, kept).text === digest.text)
    return {
      content: { digest, mediaType: keptType, bytes: kept, manifest: parseManifest(kept, keptType) },
    };
  const answer = await askFor(repository, digest.text);
  if (answer.status === 404) return { absence: parseAbsence(answer, digest.text) };
  const content = read(answer, digest.text, digest);
  repository.prove();
  await repository.cache?.put(digest.text, content.bytes);
  return { content };
}

/**
 * Reads what a tag names, now; only its digest is used from then on.
 *
 * @throws SlsaGateError as {@link getManifest}
 */
export async function getTagged(repository: Repository, tag: string): Promise<Found<StoredManifest>> {
  const answer = await askFor(repository, tag);
  if (answer.status === 404) return { absence: parseAbsence(answer, tag) };
  const content = read(answer, tag, undefined);
  repository.prove();
  await repository.cache?.put(content.digest.text, content.bytes);
  return { content };
}

/**
 * Reads a manifest that another one or a list names, with size and media type.
 *
 * @throws SlsaGateError as {@link getManifest}; `limit.graph` for one that is too large, before it is asked for
 */
export async function getListed(
  repository: Repository,
  descriptor: Descriptor,
): Promise<Found<StoredManifest>> {
  const { digest, mediaType, size } = descriptor;
  if (size > LIMITS.manifestBytes)
    refuse('limit.graph', `manifest is larger than ${LIMITS.manifestBytes} bytes`, { actual: digest.text });
  const found = await getManifest(repository, digest);
  if ('absence' in found) return found;
  const { content } = found;
  checkContent(content.bytes, descriptor);
  if (content.mediaType !== mediaType) {
    refuse('registry.ambiguous-manifest', 'a manifest and what lists it differ in the media type', {
      expected: mediaType,
      actual: content.mediaType,
    });
  }
  return found;
}

/**
 * What stands under a tag or digest, without its bytes: as the registry says it, nothing is hashed.
 *
 * @throws SlsaGateError `registry.*`, `source.*`
 */
export async function headManifest(
  repository: Repository,
  reference: string,
): Promise<Found<{ readonly digest: OciDigest | undefined; readonly mediaType: string }>> {
  const answer = await askFor(repository, reference, 'HEAD');
  if (answer.status === 404) return { absence: parseAbsence(answer, reference) };
  const { mediaType } = manifestTypeOf(answer, reference);
  repository.prove();
  return { content: { digest: saidDigest(answer, reference), mediaType } };
}

const askFor = (
  repository: Repository,
  reference: string,
  method: 'GET' | 'HEAD' = 'GET',
): Promise<HttpAnswer> =>
  repository.ask(`manifests/${reference}`, {
    method,
    headers: { accept: ACCEPT },
    maxBytes: LIMITS.manifestBytes,
    maxRedirects: LIMITS.redirects,
    accept: [404],
  });

function read(answer: HttpAnswer, what: string, asked: OciDigest | undefined): StoredManifest {
  const { bytes } = answer;
  const { mediaType } = manifestTypeOf(answer, what);
  if (bytes.length === 0) refuse('registry.malformed-response', `the answer for ${what} is empty`);
  const digest = digestOf(asked?.algorithm ?? 'sha256', bytes);
  if (asked !== undefined && digest.text !== asked.text) refuseMismatch(asked.text, digest.text);
  const said = saidDigest(answer, what);
  if (said !== undefined) {
    const actual = digestOf(said.algorithm, bytes);
    if (actual.text !== said.text) refuseMismatch(said.text, actual.text);
  }
  return { digest, mediaType, bytes, manifest: parseManifest(bytes, mediaType) };
}

const refuseMismatch = (expected: string, actual: string): never =>
  refuse('registry.digest-mismatch', `content does not have the digest that names it: ${expected}`, {
    expected,
    actual,
  });

function saidDigest({ headers }: HttpAnswer, what: string): OciDigest | undefined {
  const said = headers['docker-content-digest'];
  if (said === undefined) return undefined;
  const parsed = attempt(() => parseOciDigest(said, 'docker-content-digest'));
  if ('error' in parsed) {
    refuse('registry.malformed-response', `the answer for ${what} names its content by no digest`, {
      actual: said.slice(0, 200),
      cause: parsed.error,
    });
  }
  return parsed.value;
}

/** Media type that a manifest says itself; undefined where only an answer or a descriptor says it. */
function typeInside(bytes: Uint8Array): string | undefined {
  const json = attempt(() => parseJson(bytes, 'manifest', LIMITS.manifestBytes));
  const said = 'value' in json && isJsonObject(json.value) ? json.value.mediaType : undefined;
  return typeof said === 'string' && manifestKind(said) !== undefined ? said : undefined;
}
