import type { ImageWriter } from '../core/model/oci/referrer.ts';
import type { TagPromotion } from '../core/model/promotion.ts';
import { refuse } from '../errors.ts';
import { listedHosts, networkOptions } from './network.ts';
import type { Invocation } from './parse.ts';
import { credentialOptions } from './wire-sources.ts';

/**
 * Registries for writing: with a client of their own, and without the cache of the sources, since what was written is read
 * back from the registry.
 */
async function openRegistry(words: Invocation) {
  const { createRegistry } = await import('../adapters/attestations/oci/index.ts');
  const { createHttpClient } = await import('../adapters/http/index.ts');
  const { registryCredentials } = await import('../adapters/credentials/index.ts');
  const listed = new Set(listedHosts(words));
  const http = createHttpClient(await networkOptions(words));
  const credentials = registryCredentials(credentialOptions(words));
  const registry = createRegistry({ http, credentials, cache: undefined, listedHosts: listed });
  return { registry, listedHosts: listed, close: () => http.close() };
}

/** Attaches documents to images, as the flags say. */
export async function openImageWriter(words: Invocation): Promise<ImageWriter> {
  const { createImageWriter } = await import('../adapters/attestations/oci/writer.ts');
  return createImageWriter(await openRegistry(words));
}

/** Moves tags. */
export async function openTagPromotion(words: Invocation): Promise<TagPromotion> {
  const { createTagPromotion } = await import('../adapters/attestations/oci/writer.ts');
  return createTagPromotion(await openRegistry(words));
}

const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
/** Tags under which clients keep what is attached to an image. */
const ATTACHMENT_TAG = /^sha(?:256|512)-[0-9a-f]{32,}/;

/**
 * The tag of `--promote`.
 *
 * @throws SlsaGateError `usage.flag`
 */
export function tagToPromote(words: Invocation): string | undefined {
  const tag = words.text('promote');
  if (tag === undefined || (TAG.test(tag) && !ATTACHMENT_TAG.test(tag))) return tag;
  return refuse('usage.flag', `--promote is not a tag that an image may have: ${tag}`, {
    expected: 'the tag alone, of the repository of the image, e.g. production',
    actual: tag,
  });
}
