import * as z from 'zod/mini';
import { LIMITS } from '../../../core/limits.ts';
import { parseJson } from '../../../core/model/json.ts';
import { lazy } from '../../../core/model/lazy.ts';
import { attempt, refuse } from '../../../errors.ts';
import { headManifest } from './manifests.ts';
import type { Repository } from './repository.ts';

const TagList = lazy(() => z.object({ tags: z.nullable(z.array(z.string())) }));

/**
 * Makes sure that the repository gives something to whom we ask as, so that an answer 404 before was absence: the image
 * itself, where it is known to lie there, or else the list of tags, of which one is enough.
 *
 * @throws SlsaGateError `source.*`, `registry.malformed-response`
 */
export async function proveReadable(repository: Repository, imageDigest: string | undefined): Promise<void> {
  if (repository.isProven) return;
  const place = `${repository.registry}/${repository.repository}`;
  if (imageDigest !== undefined) {
    if ('absence' in (await headManifest(repository, imageDigest)))
      refuse('source.http-status', `${place} does not give the image any more`, { actual: imageDigest });
    return;
  }
  const answer = await repository.ask('tags/list?n=1', {
    headers: { accept: 'application/json' },
    maxBytes: LIMITS.manifestBytes,
    accept: [404],
  });
  if (answer.status === 404) {
    refuse('source.http-status', `there is no repository ${place}, or it is not shown to whom we ask as`, {
      expected: '200',
      actual: '404',
      details: { origin: answer.origin, status: 404 },
    });
  }
  const json = attempt(() => parseJson(answer.bytes, 'list of tags', LIMITS.manifestBytes));
  if (!('value' in json) || !TagList().safeParse(json.value).success)
    refuse('registry.malformed-response', `the list of tags of ${place} cannot be read`);
  repository.prove();
}
