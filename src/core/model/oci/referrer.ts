import type { Annotations } from './descriptor.ts';
import { digestOf } from './digest.ts';
import { IMAGE_MANIFEST_TYPE } from './manifest.ts';
import type { OciReference } from './reference.ts';

/** A document that is to hang on an image: the one layer of a manifest of its own, which names the image as its subject. */
export interface Referrer {
  /** What it is, for whoever lists what hangs on an image. */
  readonly artifactType: string;
  /** Of the document. */
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  /** File name, for whoever pulls it. */
  readonly title: string;
  readonly annotations: Annotations;
}

/** What a manifest refers to, as the registry holds it. */
export interface ReferrerSubject {
  readonly mediaType: string;
  /** `sha256:<hex>` */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

/** How a list of referrers names one of them. */
export interface ReferrerDescriptor extends ReferrerSubject {
  readonly artifactType: string;
  readonly annotations: Annotations;
}

/** A referrer in the bytes that a registry keeps. */
export interface EncodedReferrer {
  readonly descriptor: ReferrerDescriptor;
  readonly manifest: Buffer;
  /** Everything that the manifest needs before it. */
  readonly blobs: readonly ReferrerBlob[];
}

export interface ReferrerBlob {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Uint8Array;
}

/** Where other programs find what was attached. */
export type ReferrersPlace =
  /** In the registry's own list. */
  | { readonly kind: 'referrers' }
  /** In the list that clients keep under a tag, where the registry has none. */
  | { readonly kind: 'tag'; readonly tag: string };

/** What hangs on an image now. All of it was read back. */
export interface AttachedReferrers {
  readonly place: ReferrersPlace;
  /** Digests of manifests and documents, in the order in which they were given. */
  readonly referrers: readonly { readonly digest: string; readonly document: string }[];
}

/** Registries to which documents are attached. */
export interface ImageWriter {
  /**
   * Digest of an image by SHA-256, whatever digest names it; its bytes were hashed.
   *
   * @throws SlsaGateError `registry.not-found`, `registry.*`, `source.*`
   */
  digestOf(image: OciReference): Promise<string>;
  /**
   * Hangs documents on an image that is named by digest; the same ones again change nothing. When it returns, everything was
   * read back by digest and is listed. When it throws, some of it may lie there, and nothing is claimed.
   *
   * @throws SlsaGateError `registry.write-failed`, `source.unauthorized`, and as {@link digestOf}
   */
  attach(image: OciReference, referrers: readonly Referrer[]): Promise<AttachedReferrers>;
  close(): Promise<void>;
}

const TITLE = 'org.opencontainers.image.title';

const blobOf = (mediaType: string, bytes: Uint8Array): ReferrerBlob => ({
  mediaType,
  digest: digestOf('sha256', bytes).text,
  bytes,
});

/** The empty configuration (image specification, "Guidance for an Empty Descriptor"). */
const EMPTY = blobOf('application/vnd.oci.empty.v1+json', Buffer.from('{}'));

const descriptorOf = ({ mediaType, digest, bytes }: ReferrerBlob): ReferrerSubject => ({
  mediaType,
  digest,
  size: bytes.length,
});

/**
 * Writes the manifest of a referrer (image specification, "Guidelines for Artifact Usage"): the same document about the same
 * image is the same bytes.
 */
export function encodeReferrer(referrer: Referrer, subject: ReferrerSubject): EncodedReferrer {
  const { artifactType, mediaType, bytes, title } = referrer;
  const document = blobOf(mediaType, bytes);
  const annotations = Object.fromEntries(
    Object.entries(referrer.annotations).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: IMAGE_MANIFEST_TYPE,
      artifactType,
      config: descriptorOf(EMPTY),
      layers: [{ ...descriptorOf(document), annotations: { [TITLE]: title } }],
      subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
      annotations,
    }),
  );
  return {
    descriptor: { ...descriptorOf(blobOf(IMAGE_MANIFEST_TYPE, manifest)), artifactType, annotations },
    manifest,
    blobs: [EMPTY, document],
  };
}
