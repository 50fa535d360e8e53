import { refuse } from '../../../errors.ts';
import type { Descriptor, OciDigest } from './descriptor.ts';
import { type ImageManifest, type Manifest, manifestKind } from './manifest.ts';

/** What an `oci-layout:` reference asks for beside the directory. */
export type ImageSelection =
  | { readonly kind: 'only' }
  | { readonly kind: 'digest'; readonly digest: OciDigest }
  | { readonly kind: 'tag'; readonly tag: string };

/** One manifest of a layout, with every descriptor that names it. */
export interface LayoutNode {
  readonly descriptor: Descriptor;
  /** Undefined when the layout lists it without holding it. */
  readonly manifest: Manifest | undefined;
  /** All descriptors of it, those of `index.json` first. */
  readonly named: readonly Descriptor[];
  readonly isTopLevel: boolean;
}

/** All manifests of a layout by digest, in the order in which they were found. */
export type LayoutGraph = ReadonlyMap<string, LayoutNode>;

/**
 * Two names of one digest that disagree let two readers see two contents.
 *
 * @throws SlsaGateError `registry.ambiguous-manifest`
 */
export function checkSameContent(known: Descriptor, other: Descriptor): void {
  if (known.mediaType !== other.mediaType || known.size !== other.size) {
    refuse('registry.ambiguous-manifest', 'two descriptors of one digest differ', {
      expected: `${known.mediaType}, ${known.size} bytes`,
      actual: `${other.mediaType}, ${other.size} bytes`,
    });
  }
}

/** Name of a tag, where a list of manifests says it. */
export const REF_NAME = 'org.opencontainers.image.ref.name';
/** Where `cosign save` says what an entry of `index.json` is. */
const COSIGN_KIND = 'kind';
const COSIGN_KINDS = 'dev.cosignproject.cosign/';
const COSIGN_IMAGE_KINDS = [`${COSIGN_KINDS}image`, `${COSIGN_KINDS}imageIndex`];
const COSIGN_ATTESTATIONS = `${COSIGN_KINDS}atts`;
const BUILDKIT_TYPE = 'vnd.docker.reference.type';
const BUILDKIT_ATTESTATION = 'attestation-manifest';

/** Tag, or the part of a whole reference behind its last colon. */
const tagOf = ({ annotations }: Descriptor): string | undefined => {
  const name = own(annotations, REF_NAME);
  return name?.slice(Math.max(name.lastIndexOf(':'), name.lastIndexOf('/')) + 1);
};

const own = (annotations: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(annotations, name) ? annotations[name] : undefined;

/** Tags that hold what is attached to an image: the referrers fallback, and cosign's. */
const ATTACHMENT_TAG = /^sha(?:256|512)-[0-9a-f]+(?:\..*)?$/;

/** An attestation manifest of BuildKit: listed beside the platforms of an index, but none; nobody signed it. */
export const isBuildkitAttestation = ({ named }: Pick<LayoutNode, 'named'>): boolean =>
  named.some(({ annotations }) => own(annotations, BUILDKIT_TYPE) === BUILDKIT_ATTESTATION);

function isAttachment(node: LayoutNode): boolean {
  if (node.manifest?.subject !== undefined || isBuildkitAttestation(node)) return true;
  return node.named.some((descriptor) => {
    const kind = own(descriptor.annotations, COSIGN_KIND) ?? '';
    if (kind.startsWith(COSIGN_KINDS) && !COSIGN_IMAGE_KINDS.includes(kind)) return true;
    return ATTACHMENT_TAG.test(tagOf(descriptor) ?? '');
  });
}

/**
 * Finds the image that is meant: by digest anywhere in the layout, by tag among what `index.json` lists, or the only
 * image that `index.json` lists. What is attached to images (referrers, signatures, attestations) is no image.
 *
 * @throws SlsaGateError `usage.artifact`, `registry.unsupported-manifest`, `registry.malformed-response`
 */
export function selectImage(
  graph: LayoutGraph,
  index: readonly Descriptor[],
  selection: ImageSelection,
): LayoutNode & { readonly manifest: Manifest } {
  const node = findImage(graph, index, selection);
  const { manifest, descriptor } = node;
  if (manifest === undefined) {
    refuse('registry.malformed-response', 'layout lists the image without holding its manifest', {
      actual: descriptor.digest.text,
    });
  }
  return { ...node, manifest };
}

function findImage(graph: LayoutGraph, index: readonly Descriptor[], selection: ImageSelection): LayoutNode {
  if (selection.kind === 'digest') {
    const { text } = selection.digest;
    const node = graph.get(text);
    if (node !== undefined && isBuildkitAttestation(node)) {
      refuse('usage.artifact', 'the digest is of an attestation manifest, which is no image', {
        actual: text,
      });
    }
    return (
      node ??
      refuseUnlisted(
        index.filter(({ digest }) => digest.text === text),
        text,
      )
    );
  }
  const listed =
    selection.kind === 'tag'
      ? index.filter((descriptor) => {
          const name = own(descriptor.annotations, REF_NAME);
          return name === selection.tag || tagOf(descriptor) === selection.tag;
        })
      : index;
  const digests = new Set(listed.map(({ digest }) => digest.text));
  const candidates = [...digests]
    .map((text) => graph.get(text))
    .filter((node) => node !== undefined)
    .filter((node) => !isAttachment(node));
  const [image, second] = candidates;
  const wanted = selection.kind === 'tag' ? selection.tag : 'one image';
  if (image === undefined) return refuseUnlisted(listed, wanted);
  if (second !== undefined) {
    refuse('usage.artifact', `layout has ${candidates.length} images and it is not said which`, {
      expected: wanted,
      actual: candidates.slice(0, MAX_NAMED).map(nameOf).join(', '),
      hint: 'Write oci-layout:DIR@sha256:<hex> or oci-layout:DIR:TAG.',
    });
  }
  return image;
}

const MAX_NAMED = 10;

const nameOf = ({ descriptor }: LayoutNode): string => {
  const name = own(descriptor.annotations, REF_NAME);
  return name === undefined ? descriptor.digest.text : `${descriptor.digest.text} (${name})`;
};

/** Nothing that we know was found: says whether there is something that we do not know. */
function refuseUnlisted(listed: readonly Descriptor[], wanted: string): never {
  const unknown = listed.find(({ mediaType }) => manifestKind(mediaType) === undefined);
  if (unknown !== undefined) {
    refuse('registry.unsupported-manifest', 'not a known kind of manifest', {
      expected: 'an OCI or Docker schema 2 image manifest or index',
      actual: `${unknown.mediaType} ${unknown.digest.text}`,
    });
  }
  refuse('usage.artifact', 'layout has no such image', { expected: wanted, actual: 'none' });
}

/** How a manifest is attached to an image. */
export type Attachment = 'subject' | 'cosign';

/**
 * Whether a manifest brings attestations of the image: its `subject` is the image (wherever the layout lists it, the
 * fallback tag included), or it is cosign's: tagged `sha256-<hex>.att`, or saved beside the image as `atts`. A label
 * only: whether a statement is about the image says the statement.
 */
export function attachmentOf(
  node: LayoutNode,
  image: OciDigest,
): { readonly kind: Attachment; readonly manifest: ImageManifest } | undefined {
  const { manifest, named } = node;
  if (manifest?.kind !== 'manifest') return undefined;
  if (manifest.subject?.digest.text === image.text) return { kind: 'subject', manifest };
  if (!node.isTopLevel || manifest.subject !== undefined) return undefined;
  const tag = `${image.algorithm}-${image.hex}.att`;
  const isCosign = named.some(
    (descriptor) =>
      tagOf(descriptor) === tag || own(descriptor.annotations, COSIGN_KIND) === COSIGN_ATTESTATIONS,
  );
  return isCosign ? { kind: 'cosign', manifest } : undefined;
}

/**
 * Manifests that the layout lists without holding them, and that may be attached to the image. What the image itself
 * commits to is part of it, and cannot refer to it: no digest names what names it.
 */
export function missingManifests(graph: LayoutGraph, image: LayoutNode): readonly LayoutNode[] {
  const parts = new Set<string>();
  const addParts = (node: LayoutNode | undefined): void => {
    if (node?.manifest?.kind !== 'index') return;
    for (const { digest } of node.manifest.manifests) {
      if (parts.has(digest.text)) continue;
      parts.add(digest.text);
      addParts(graph.get(digest.text));
    }
  };
  addParts(image);
  return [...graph.values()].filter(
    ({ manifest, descriptor }) => manifest === undefined && !parts.has(descriptor.digest.text),
  );
}

const BUNDLE_LAYER =
  /^application\/vnd\.dev\.sigstore\.bundle(?:\.v0\.[0-9]{1,3}\+json|\+json;version=0\.[0-9]{1,3})$/;
export const ENVELOPE_LAYER = 'application/vnd.dsse.envelope.v1+json';
export const STATEMENT_LAYER = 'application/vnd.in-toto+json';

/** Layers of an attached manifest that claim to be attestations. */
export function attestationLayers(
  node: LayoutNode,
  attached: Attachment,
  manifest: ImageManifest,
): readonly Descriptor[] {
  return manifest.layers.filter(({ mediaType }) => {
    if (mediaType === ENVELOPE_LAYER) return true;
    if (attached === 'cosign') return false;
    if (BUNDLE_LAYER.test(mediaType)) return true;
    return mediaType === STATEMENT_LAYER && !isBuildkitAttestation(node);
  });
}

const PREDICATE_TYPE_LABELS = [
  'dev.sigstore.bundle.predicateType',
  'predicateType',
  'in-toto.io/predicate-type',
];

/** Predicate type that layer or manifest claim for what is in it. */
export function claimedPredicateType(layer: Descriptor, manifest: ImageManifest): string | undefined {
  for (const annotations of [layer.annotations, manifest.annotations]) {
    for (const name of PREDICATE_TYPE_LABELS) {
      const value = own(annotations, name);
      if (value !== undefined) return value;
    }
  }
  return undefined;
}
