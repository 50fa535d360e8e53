import { LIMITS } from '../../../core/limits.ts';
import { checkContent, type Descriptor } from '../../../core/model/oci/descriptor.ts';
import { attempt, refuse, SlsaGateError } from '../../../errors.ts';
import { parseAbsence } from './absence.ts';
import type { Found } from './manifests.ts';
import { mediaTypeOf } from './media-type.ts';
import type { Repository } from './repository.ts';

/** An error page is read whole, so that it shows as such. */
const PAGE_BYTES = 64 * 1024;

/**
 * Reads the content that a descriptor names: out of the cache, or asked for, also where the registry sends us to another
 * host for it, which gets no credentials. Addresses in the descriptor itself are never asked. Its size must have been
 * bounded before.
 *
 * @throws SlsaGateError `registry.digest-mismatch`, `registry.malformed-response`, `source.*`, `limit.*`
 */
export async function getBlob(
  { cache, ask, prove }: Repository,
  descriptor: Descriptor,
): Promise<Found<Uint8Array>> {
  const { digest, size } = descriptor;
  const kept = await cache?.get(digest.text);
  if (kept !== undefined && 'value' in attempt(() => checkContent(kept, descriptor)))
    return { content: kept };
  const answer = await ask(`blobs/${digest.text}`, {
    maxBytes: Math.max(size, PAGE_BYTES),
    maxRedirects: LIMITS.redirects,
    accept: [404],
  }).catch((cause: unknown) => {
    if (!(cause instanceof SlsaGateError) || cause.finding !== 'limit.response') throw cause;
    refuse('registry.digest-mismatch', `content is larger than its descriptor says: ${digest.text}`, {
      expected: `${size} bytes`,
      actual: 'more',
      cause,
    });
  });
  if (answer.status === 404) return { absence: parseAbsence(answer, digest.text) };
  const checked = attempt(() => checkContent(answer.bytes, descriptor));
  if ('error' in checked) {
    if (answer.bytes.length > 0 && mediaTypeOf(answer) !== 'text/html') throw checked.error;
    refuse('registry.malformed-response', `the answer for ${digest.text} is a page, or nothing`, {
      cause: checked.error,
    });
  }
  prove();
  await cache?.put(digest.text, answer.bytes);
  return { content: answer.bytes };
}
