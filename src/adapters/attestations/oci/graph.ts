import { LIMITS } from '../../../core/limits.ts';
import type { Descriptor } from '../../../core/model/oci/descriptor.ts';
import { checkSameContent, type LayoutNode, REF_NAME } from '../../../core/model/oci/image.ts';
import { type Manifest, manifestKind } from '../../../core/model/oci/manifest.ts';
import { attempt, SlsaGateError } from '../../../errors.ts';
import { concurrently } from '../concurrently.ts';
import { getListed, type StoredManifest } from './manifests.ts';
import type { Problems } from './problems.ts';
import { REQUESTS_AT_ONCE, type Repository } from './repository.ts';

type Node = LayoutNode & { readonly named: Descriptor[] };

/** What a registry lists for one digest, seen as a layout: manifests by digest, with every descriptor that names them. */
export interface ManifestGraph {
  readonly nodes: ReadonlyMap<string, LayoutNode>;
  /** Reads manifests, and what is listed in them, each once. What cannot be read is a problem, and the rest is read. */
  follow(descriptors: readonly Descriptor[]): Promise<void>;
  /** The same for what a tag names, which was read already. */
  followTagged(tag: string, stored: StoredManifest): Promise<void>;
}

export function createGraph(repository: Repository, problems: Problems): ManifestGraph {
  const nodes = new Map<string, Node>();
  let bytes = 0;

  function add(descriptor: Descriptor, manifest: Manifest | undefined, isTopLevel: boolean): boolean {
    const known = nodes.get(descriptor.digest.text);
    if (known === undefined) {
      nodes.set(descriptor.digest.text, { descriptor, manifest, named: [descriptor], isTopLevel });
      return true;
    }
    const same = attempt(() => checkSameContent(known.descriptor, descriptor));
    if ('error' in same) problems.add(same.error);
    known.named.push(descriptor);
    // A tag names on the top level what a list may have named before.
    if (isTopLevel)
      nodes.set(descriptor.digest.text, { ...known, manifest: known.manifest ?? manifest, isTopLevel });
    return false;
  }

  async function read(descriptor: Descriptor): Promise<Manifest | undefined> {
    const found = await problems.attempt(() => getListed(repository, descriptor));
    if (found === undefined) return undefined;
    if ('content' in found) return found.content.manifest;
    problems.add(
      new SlsaGateError(
        'registry.malformed-response',
        'the registry lists a manifest that it does not hold',
        {
          actual: descriptor.digest.text,
        },
      ),
    );
    return undefined;
  }

  async function follow(roots: readonly Descriptor[]): Promise<void> {
    let level = roots;
    for (let depth = 1; level.length > 0; depth++) {
      if (depth > LIMITS.manifestDepth) {
        problems.add(
          new SlsaGateError('limit.graph', `indexes are nested deeper than ${LIMITS.manifestDepth}`),
        );
        return;
      }
      const fresh = level.filter(
        (descriptor) => manifestKind(descriptor.mediaType) !== undefined && add(descriptor, undefined, false),
      );
      if (nodes.size > LIMITS.manifests) {
        problems.add(
          new SlsaGateError('limit.attestations', `more than ${LIMITS.manifests} manifests are listed`),
        );
        return;
      }
      bytes += fresh.reduce((sum, { size }) => sum + size, 0);
      if (bytes > LIMITS.manifestsBytes) {
        problems.add(
          new SlsaGateError(
            'limit.graph',
            `manifests are larger than ${LIMITS.manifestsBytes} bytes together`,
          ),
        );
        return;
      }
      const manifests = await concurrently(fresh, REQUESTS_AT_ONCE, read);
      const next: Descriptor[] = [];
      for (const [index, { digest }] of fresh.entries()) {
        const manifest = manifests[index];
        const node = nodes.get(digest.text);
        if (manifest === undefined || node === undefined) continue;
        nodes.set(digest.text, { ...node, manifest });
        if (manifest.kind === 'index') next.push(...manifest.manifests);
      }
      level = next;
    }
  }

  return {
    nodes,
    follow,
    followTagged: async (tag, { digest, mediaType, bytes, manifest }) => {
      const descriptor: Descriptor = {
        mediaType,
        digest,
        size: bytes.length,
        artifactType: undefined,
        annotations: { [REF_NAME]: tag },
        platform: undefined,
        isForeign: false,
      };
      add(descriptor, manifest, true);
      if (manifest.kind === 'index') await follow(manifest.manifests);
    },
  };
}
