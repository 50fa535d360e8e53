import { createHash } from 'node:crypto';
import { LIMITS } from '../../../core/limits.ts';
import type { ArtifactDigests } from '../../../core/model/digest.ts';
import { attachedLayers } from '../../../core/model/oci/attached.ts';
import type { Descriptor } from '../../../core/model/oci/descriptor.ts';
import {
  type LayoutGraph,
  type LayoutNode,
  missingManifests,
  selectImage,
} from '../../../core/model/oci/image.ts';
import {
  checkLayoutMarker,
  checkNoForeignLayers,
  type Manifest,
  parseLayoutIndex,
} from '../../../core/model/oci/manifest.ts';
import type { CollectedAttestation, CollectedAttestations } from '../../../core/ports.ts';
import { refuse } from '../../../errors.ts';
import { type LayoutFiles, openLayout } from './layout-files.ts';
import { readLayoutGraph } from './layout-graph.ts';
import { parseLayoutReference } from './reference.ts';

/** The image of a layout, and everything in the layout that claims to attest it. */
export interface OciLayout {
  readonly artifact: {
    /** Of the image's manifest or index, computed from its bytes. */
    readonly digests: ArtifactDigests;
    /** `sha256:<hex>` as the layout names it. */
    readonly digest: string;
    /** `oci-layout:DIR@sha256:<hex>`: pinned, whatever the caller named. */
    readonly reference: string;
  };
  /** Nothing in it is verified. `partial` when the layout lists manifests or attestations that it does not hold. */
  readonly collected: CollectedAttestations;
}

/**
 * Reads an OCI image layout (image-layout.md of the image specification): `DIR`, `DIR@sha256:<hex>` or `DIR:TAG`, with
 * or without `oci-layout:` before it. Attestations are layers of manifests whose `subject` is the image, wherever the
 * layout lists them (the fallback tag `sha256-<hex>` included), and of cosign's attestation images. All that is used is
 * hashed; layers and configuration of the image are not read. Nothing outside the directory is read.
 *
 * @throws SlsaGateError `usage.artifact`, `path.*`, `registry.*`, `limit.attestations`, `limit.graph`, `limit.bytes`
 */
export async function readOciLayout(reference: string): Promise<OciLayout> {
  const { directory, selection } = await parseLayoutReference(reference);
  const files = await openLayout(directory);
  const marker = await files.readFile('oci-layout', LIMITS.manifestBytes);
  const indexBytes = await files.readFile('index.json', LIMITS.manifestBytes);
  if (marker === undefined || indexBytes === undefined) {
    refuse('usage.artifact', `not an OCI layout: ${directory}`, {
      expected: 'the files oci-layout and index.json',
      actual: marker === undefined ? 'no oci-layout' : 'no index.json',
    });
  }
  checkLayoutMarker(marker);
  const index = parseLayoutIndex(indexBytes).manifests;
  const graph = await readLayoutGraph(files, index);
  const image = selectImage(graph, index, selection);
  for (const manifest of committedTo(graph, image.manifest)) checkNoForeignLayers(manifest);
  const { digest } = image.descriptor;
  const name = `oci-layout:${directory}`;
  return {
    artifact: {
      digests: await digestsOf(files, image.descriptor),
      digest: digest.text,
      reference: `${name}@${digest.text}`,
    },
    collected: await collect(files, graph, image, name),
  };
}

/**
 * The image's manifest and all below it that the layout holds, each once, however deep indexes lie in indexes. BuildKit's
 * attestations are among them and have no foreign layers.
 */
function committedTo(graph: LayoutGraph, image: Manifest): ReadonlySet<Manifest> {
  const manifests = new Set([image]);
  // What is added to a set while it is walked comes last.
  for (const manifest of manifests) {
    if (manifest.kind === 'manifest') continue;
    for (const { digest } of manifest.manifests) {
      const below = graph.get(digest.text)?.manifest;
      if (below !== undefined) manifests.add(below);
    }
  }
  return manifests;
}

async function digestsOf(files: LayoutFiles, image: Descriptor): Promise<ArtifactDigests> {
  // Read once more instead of keeping the bytes of all manifests; checked against its digest again.
  const bytes = await files.readBlob(image);
  if (bytes === undefined) refuse('path.changed', 'the image went away while it was read');
  const hex = (algorithm: string): string => createHash(algorithm).update(bytes).digest('hex');
  return { sha256: hex('sha256'), sha384: hex('sha384'), sha512: hex('sha512') };
}

async function collect(
  files: LayoutFiles,
  graph: LayoutGraph,
  image: LayoutNode,
  name: string,
): Promise<CollectedAttestations> {
  const found: CollectedAttestation[] = [];
  let missing = missingManifests(graph, image).length;
  let totalBytes = 0;
  for (const { layer, labels } of attachedLayers(graph.values(), image.descriptor.digest)) {
    if (found.length >= LIMITS.attestations)
      refuse('limit.attestations', `layout has more than ${LIMITS.attestations} attestations`);
    if (layer.size > LIMITS.attestationBytes) {
      refuse('limit.bytes', `attestation is larger than ${LIMITS.attestationBytes} bytes`, {
        actual: layer.digest.text,
      });
    }
    totalBytes += layer.size;
    if (totalBytes > LIMITS.attestationFileBytes) {
      refuse('limit.attestations', `attestations are larger than ${LIMITS.attestationFileBytes} bytes`);
    }
    const bytes = await files.readBlob(layer);
    if (bytes === undefined) missing++;
    else found.push({ bytes, source: `${name}#${layer.digest.text}`, ...labels });
  }
  if (missing > 0) {
    return {
      name,
      answer: 'partial',
      attestations: found,
      reason: `layout lists ${missing} manifests or attestations that it does not hold`,
    };
  }
  return { name, answer: found.length === 0 ? 'absent' : 'complete', attestations: found };
}
