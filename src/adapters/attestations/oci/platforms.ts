import { LIMITS } from '../../../core/limits.ts';
import type { Descriptor } from '../../../core/model/oci/descriptor.ts';
import { checkSameContent } from '../../../core/model/oci/image.ts';
import { checkNoForeignLayers, type Manifest, manifestKind } from '../../../core/model/oci/manifest.ts';
import { isPlatform } from '../../../core/model/oci/platform.ts';
import { refuse } from '../../../errors.ts';
import { concurrently } from '../concurrently.ts';
import { getListed } from './manifests.ts';
import { REQUESTS_AT_ONCE, type Repository } from './repository.ts';

/**
 * Checks that the image and every platform that it commits to, however deep indexes lie in indexes, has all its layers in
 * the registry. A platform that the registry does not hold is none that could be pulled.
 *
 * @throws SlsaGateError `registry.*`, `source.*`, `limit.*`
 */
export async function checkPlatforms(repository: Repository, image: Manifest): Promise<void> {
  const known = new Map<string, Descriptor>();
  let level: readonly Manifest[] = [image];
  for (let depth = 1; level.length > 0; depth++) {
    const fresh: Descriptor[] = [];
    for (const manifest of level) {
      checkNoForeignLayers(manifest);
      if (manifest.kind === 'manifest') continue;
      for (const child of manifest.manifests) {
        if (!isPlatform(child) && manifestKind(child.mediaType) !== 'index') continue;
        const same = known.get(child.digest.text);
        if (same !== undefined) checkSameContent(same, child);
        else {
          known.set(child.digest.text, child);
          fresh.push(child);
        }
      }
    }
    if (known.size > LIMITS.manifests)
      refuse('limit.attestations', `image commits to more than ${LIMITS.manifests} manifests`);
    if ([...known.values()].reduce((sum, { size }) => sum + size, 0) > LIMITS.manifestsBytes)
      refuse(
        'limit.graph',
        `image commits to manifests of more than ${LIMITS.manifestsBytes} bytes together`,
      );
    if (fresh.length > 0 && depth > LIMITS.manifestDepth)
      refuse('limit.graph', `indexes are nested deeper than ${LIMITS.manifestDepth}`);
    const found = await concurrently(fresh, REQUESTS_AT_ONCE, (child) => getListed(repository, child));
    level = found.flatMap((one) => ('content' in one ? [one.content.manifest] : []));
  }
}
