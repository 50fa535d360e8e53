import * as z from 'zod/mini';
import { refuse, SlsaGateError } from '../../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { isJsonObject, type JsonObject, parseJson, printJson, withoutNulls } from '../json.ts';
import { type Annotations, type Descriptor, DescriptorSchema, toDescriptor } from './descriptor.ts';

/** What the media type of a descriptor says that its content is. */
export type ManifestKind = 'manifest' | 'index';

/** Those of the image specification, which are what is written; Docker's are only read. */
export const IMAGE_MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';

const KINDS: ReadonlyMap<string, ManifestKind> = new Map([
  [IMAGE_MANIFEST_TYPE, 'manifest'],
  ['application/vnd.docker.distribution.manifest.v2+json', 'manifest'],
  [INDEX_TYPE, 'index'],
  ['application/vnd.docker.distribution.manifest.list.v2+json', 'index'],
]);

/** Media types of all kinds of manifests that are read. */
export const MANIFEST_TYPES: readonly string[] = [...KINDS.keys()];

/** Kind of content with this media type; undefined when it is no manifest that we know. */
export const manifestKind = (mediaType: string): ManifestKind | undefined => KINDS.get(mediaType);

export interface ImageManifest {
  readonly kind: 'manifest';
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  /** What it refers to, when it is a referrer. */
  readonly subject: Descriptor | undefined;
  readonly annotations: Annotations;
}

export interface ImageIndex {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
  readonly subject: Descriptor | undefined;
  readonly annotations: Annotations;
}

export type Manifest = ImageManifest | ImageIndex;

const common = {
  schemaVersion: z.literal(2),
  mediaType: z.optional(z.string()),
  subject: z.optional(DescriptorSchema),
  annotations: z.optional(z.record(z.string(), z.string())),
};
const ManifestSchema = z.object({ ...common, config: DescriptorSchema, layers: z.array(DescriptorSchema) });
const IndexSchema = z.object({ ...common, manifests: z.array(DescriptorSchema) });
const LayoutSchema = z.object({ imageLayoutVersion: z.string() });

/** Members by which readers tell an image from an index; those of the other kind make the body ambiguous. */
const MEMBERS_OF_OTHER_KIND: Readonly<Record<ManifestKind, readonly string[]>> = {
  manifest: ['manifests'],
  index: ['config', 'layers', 'blobs'],
};
/** Of Docker's schema 1, which no digest of today's form binds as a whole. */
const SCHEMA_1_MEMBERS = ['fsLayers', 'history', 'signatures'];
const READ_MEMBERS = [
  'schemaVersion',
  'mediaType',
  'artifactType',
  'config',
  'layers',
  'manifests',
  'blobs',
  'subject',
  'annotations',
];
const FOLDED_MEMBERS: ReadonlyMap<string, string> = new Map(
  READ_MEMBERS.map((name) => [foldCase(name), name]),
);

/**
 * Parses an image manifest or index (OCI image specification, manifest.md and image-index.md; Docker schema 2).
 * `mediaType` is what the descriptor says; a body that says or looks otherwise is refused, so that no other reader sees
 * another content. The bytes must have been checked against the descriptor before.
 *
 * @throws SlsaGateError `registry.unsupported-manifest`, `registry.ambiguous-manifest`,
 * `registry.malformed-response`, `limit.graph`, `limit.attestations`
 */
export function parseManifest(bytes: Uint8Array, mediaType: string): Manifest {
  const kind = manifestKind(mediaType);
  if (kind === undefined) {
    refuse('registry.unsupported-manifest', 'not a known kind of manifest', {
      expected: MANIFEST_TYPES.join(', '),
      actual: mediaType,
    });
  }
  return toManifest(parseObject(bytes, kind), kind, mediaType);
}

/**
 * Parses `index.json` of a layout (image-layout.md), which is an index whether it says so or not.
 *
 * @throws SlsaGateError as {@link parseManifest}
 */
export function parseLayoutIndex(bytes: Uint8Array): ImageIndex {
  const index = toManifest(parseObject(bytes, 'index.json'), 'index', INDEX_TYPE);
  if (index.kind !== 'index') refuse('registry.ambiguous-manifest', 'index.json is not an index');
  return index;
}

/**
 * Checks the `oci-layout` file of a layout.
 *
 * @throws SlsaGateError `registry.unsupported-manifest`, `registry.malformed-response`
 */
export function checkLayoutMarker(bytes: Uint8Array): void {
  const parsed = LayoutSchema.safeParse(parseObject(bytes, 'oci-layout'));
  if (!parsed.success) refuse('registry.malformed-response', 'oci-layout names no version');
  const { imageLayoutVersion } = parsed.data;
  if (imageLayoutVersion !== '1.0.0') {
    refuse('registry.unsupported-manifest', 'layout of an unknown version', {
      expected: '1.0.0',
      actual: imageLayoutVersion,
    });
  }
}

function parseObject(bytes: Uint8Array, what: string): JsonObject {
  if (bytes.length > LIMITS.manifestBytes)
    refuse('limit.graph', `${what} is larger than ${LIMITS.manifestBytes} bytes`);
  try {
    const json = parseJson(bytes, what, LIMITS.manifestBytes);
    if (!isJsonObject(json)) refuse('registry.malformed-response', `${what} is not a JSON object`);
    return json;
  } catch (cause) {
    if (!(cause instanceof SlsaGateError)) throw cause;
    if (cause.finding === 'json.malformed') refuse('registry.malformed-response', cause.message, { cause });
    if (cause.finding === 'json.duplicate-key')
      refuse('registry.ambiguous-manifest', cause.message, { cause });
    throw cause;
  }
}

function toManifest(body: JsonObject, kind: ManifestKind, mediaType: string): Manifest {
  checkUnambiguous(body, kind, mediaType);
  const json = withoutNulls(body);
  if (kind === 'index') {
    const parsed = IndexSchema.safeParse(json);
    if (!parsed.success) refuseForm(parsed.error.issues[0], kind);
    const { manifests } = parsed.data;
    if (manifests.length > LIMITS.manifests)
      refuse('limit.attestations', `index lists more than ${LIMITS.manifests} manifests`);
    return {
      kind,
      mediaType,
      manifests: manifests.map((item, index) => toDescriptor(item, `manifests[${index}]`)),
      ...toCommon(parsed.data),
    };
  }
  const parsed = ManifestSchema.safeParse(json);
  if (!parsed.success) refuseForm(parsed.error.issues[0], kind);
  const { config, layers } = parsed.data;
  if (layers.length > LIMITS.manifests)
    refuse('limit.attestations', `manifest lists more than ${LIMITS.manifests} layers`);
  return {
    kind,
    mediaType,
    config: toDescriptor(config, 'config'),
    layers: layers.map((item, index) => toDescriptor(item, `layers[${index}]`)),
    ...toCommon(parsed.data),
  };
}

type CommonJson = Pick<z.infer<typeof IndexSchema>, 'subject' | 'annotations'>;

const toCommon = ({ subject, annotations }: CommonJson): Pick<Manifest, 'subject' | 'annotations'> => ({
  subject: subject && toDescriptor(subject, 'subject'),
  annotations: annotations ?? {},
});

function checkUnambiguous(body: JsonObject, kind: ManifestKind, mediaType: string): void {
  if (body.schemaVersion === 1 || SCHEMA_1_MEMBERS.some((name) => Object.hasOwn(body, name))) {
    refuse('registry.unsupported-manifest', 'manifest is of schema 1', { path: 'schemaVersion' });
  }
  for (const key of Object.keys(body)) {
    // Some readers match names without regard to case.
    const meant = FOLDED_MEMBERS.get(foldCase(key));
    if (meant !== undefined && meant !== key) {
      refuse('registry.ambiguous-manifest', 'a member differs from a known one by case alone', {
        expected: meant,
        actual: key,
      });
    }
  }
  const foreign = MEMBERS_OF_OTHER_KIND[kind].find((name) => Object.hasOwn(body, name));
  if (foreign !== undefined) {
    refuse('registry.ambiguous-manifest', `${kind} has a member of the other kind`, {
      expected: mediaType,
      actual: foreign,
    });
  }
  const said = body.mediaType;
  // Early writers of OCI content left it out; Docker's always say it.
  const isOptional = mediaType.startsWith('application/vnd.oci.');
  if (said !== mediaType && !(said === undefined && isOptional)) {
    refuse('registry.ambiguous-manifest', 'descriptor and body differ in their media type', {
      path: 'mediaType',
      expected: mediaType,
      actual: printJson(said),
    });
  }
}

/** Simple case folding, of letters such as the long s too. */
function foldCase(name: string): string {
  return name.toUpperCase().toLowerCase();
}

function refuseForm(issue: z.core.$ZodIssue | undefined, kind: ManifestKind): never {
  refuse('registry.malformed-response', `${kind} has a missing or malformed member`, {
    path: (issue?.path ?? []).map(String).join('.') || kind,
  });
}

/**
 * Refuses an image some of whose layers are not in it: nobody can give the bytes that its digest promises.
 *
 * @throws SlsaGateError `registry.unsupported-manifest`
 */
export function checkNoForeignLayers(manifest: Manifest): void {
  if (manifest.kind === 'index') return;
  const foreign = [manifest.config, ...manifest.layers].find(({ isForeign }) => isForeign);
  if (foreign !== undefined) {
    refuse('registry.unsupported-manifest', 'image has layers that lie elsewhere', {
      expected: 'layers without urls',
      actual: `${foreign.mediaType} ${foreign.digest.text}`,
    });
  }
}
