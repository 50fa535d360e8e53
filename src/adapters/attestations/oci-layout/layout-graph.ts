import { LIMITS } from '../../../core/limits.ts';
import type { Descriptor } from '../../../core/model/oci/descriptor.ts';
import { checkSameContent, type LayoutGraph, type LayoutNode } from '../../../core/model/oci/image.ts';
import { type Manifest, manifestKind, parseManifest } from '../../../core/model/oci/manifest.ts';
import { refuse } from '../../../errors.ts';
import type { LayoutFiles } from './layout-files.ts';

interface Pending {
  readonly descriptor: Descriptor;
  readonly depth: number;
}

/**
 * Reads every manifest that `index.json` reaches, each once, level by level. Content of other kinds is left out. Each
 * manifest is what its digest says before it is parsed.
 *
 * @throws SlsaGateError `limit.attestations`, `limit.graph`, `registry.*`, `path.*`
 */
export async function readLayoutGraph(
  files: LayoutFiles,
  index: readonly Descriptor[],
): Promise<LayoutGraph> {
  const graph = new Map<string, LayoutNode & { readonly named: Descriptor[] }>();
  let level: Pending[] = index.map((descriptor) => ({ descriptor, depth: 1 }));
  while (level.length > 0) {
    const next: Pending[] = [];
    for (const { descriptor, depth } of level) {
      if (manifestKind(descriptor.mediaType) === undefined) continue;
      const known = graph.get(descriptor.digest.text);
      if (known !== undefined) {
        checkSameContent(known.descriptor, descriptor);
        known.named.push(descriptor);
        continue;
      }
      if (graph.size >= LIMITS.manifests) {
        refuse('limit.attestations', `layout lists more than ${LIMITS.manifests} manifests`);
      }
      const manifest = await readManifest(files, descriptor);
      graph.set(descriptor.digest.text, {
        descriptor,
        manifest,
        named: [descriptor],
        isTopLevel: depth === 1,
      });
      if (manifest?.kind !== 'index') continue;
      if (depth >= LIMITS.manifestDepth && manifest.manifests.length > 0) {
        refuse('limit.graph', `indexes are nested deeper than ${LIMITS.manifestDepth}`, {
          actual: descriptor.digest.text,
        });
      }
      for (const child of manifest.manifests) next.push({ descriptor: child, depth: depth + 1 });
      if (next.length > MAX_PENDING)
        refuse('limit.attestations', `layout lists more than ${MAX_PENDING} manifests`);
    }
    level = next;
  }
  return graph;
}

/** Indexes may list the same manifest again and again: what waits to be looked at is bounded too. */
const MAX_PENDING = 10 * LIMITS.manifests;

async function readManifest(files: LayoutFiles, descriptor: Descriptor): Promise<Manifest | undefined> {
  const { digest, mediaType, size } = descriptor;
  if (size > LIMITS.manifestBytes) {
    refuse('limit.graph', `manifest is larger than ${LIMITS.manifestBytes} bytes`, { actual: digest.text });
  }
  const bytes = await files.readBlob(descriptor);
  return bytes && parseManifest(bytes, mediaType);
}
