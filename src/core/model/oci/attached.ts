import type { CollectedAttestation } from '../../ports.ts';
import { hasCosignEvidence } from '../legacy-bundle.ts';
import type { Annotations, Descriptor, OciDigest } from './descriptor.ts';
import {
  attachmentOf,
  attestationLayers,
  claimedPredicateType,
  ENVELOPE_LAYER,
  type LayoutNode,
} from './image.ts';

/** A layer that claims to be an attestation of an image. */
export interface AttachedLayer {
  /** The same for the same layer, and another one for other annotations. */
  readonly key: string;
  readonly layer: Descriptor;
  /** What it is called and labelled by; nothing of it is verified. */
  readonly labels: Omit<CollectedAttestation, 'bytes' | 'source'>;
}

/**
 * Layers of all manifests that bring attestations of the image, in their order. The same layer, reached twice, is one
 * attestation; with other annotations it is another.
 */
export function attachedLayers(nodes: Iterable<LayoutNode>, image: OciDigest): readonly AttachedLayer[] {
  const found = new Map<string, AttachedLayer>();
  for (const node of nodes) {
    const attached = attachmentOf(node, image);
    if (attached === undefined) continue;
    const { kind, manifest } = attached;
    for (const layer of attestationLayers(node, kind, manifest)) {
      const key = `${layer.digest.text} ${annotationsKey(layer.annotations)}`;
      if (found.has(key)) continue;
      const claimed = claimedPredicateType(layer, manifest);
      found.set(key, {
        key,
        layer,
        labels: {
          mediaType: layer.mediaType,
          ...(layer.mediaType === ENVELOPE_LAYER &&
            hasCosignEvidence(layer.annotations) && { annotations: layer.annotations }),
          ...(claimed !== undefined && { claimedPredicateType: claimed }),
        },
      });
    }
  }
  return [...found.values()];
}

const annotationsKey = (annotations: Annotations): string =>
  JSON.stringify(Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : 1)));
