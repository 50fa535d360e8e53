import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DescriptorJson, OCI, sha256Of } from '../oci-layout.ts';

/** A manifest as a registry keeps it: what it was pushed as, and its bytes. */
export interface KeptManifest {
  mediaType: string;
  bytes: Buffer;
}

/** One repository in memory. Change it freely: nothing is checked, so content may be other than its digest. */
export interface RepositoryStore {
  /** By `sha256:<hex>`. */
  readonly manifests: Map<string, KeptManifest>;
  readonly blobs: Map<string, Buffer>;
  /** Tag to digest. */
  readonly tags: Map<string, string>;
  /** Keeps content under its digest, which is returned. */
  putManifest(bytes: Buffer | string, mediaType: string, tag?: string): string;
  putBlob(bytes: Buffer | string): string;
  /** Takes over everything that a layout on disk lists, with its tags. */
  load(directory: string): void;
  /** Lists the referrers of each subject under its fallback tag, as clients do where there is no referrers API. */
  keepLists(): void;
}

interface ManifestJson {
  manifests?: DescriptorJson[];
}

const REF_NAME = 'org.opencontainers.image.ref.name';
const COSIGN = 'dev.cosignproject.cosign/';
const MANIFEST = /manifest|image\.index/;

export function createStore(): RepositoryStore {
  const manifests = new Map<string, KeptManifest>();
  const blobs = new Map<string, Buffer>();
  const tags = new Map<string, string>();

  /** What indexes list is a manifest too, as pushing them by digest would make it. */
  const takeListed = (listed: readonly DescriptorJson[], seen = new Set<string>()): void => {
    for (const { digest, mediaType } of listed) {
      const bytes = blobs.get(digest);
      if (bytes === undefined || seen.has(digest) || !MANIFEST.test(mediaType)) continue;
      seen.add(digest);
      manifests.set(digest, { mediaType, bytes });
      takeListed((JSON.parse(bytes.toString()) as ManifestJson).manifests ?? [], seen);
    }
  };

  const store: RepositoryStore = {
    manifests,
    blobs,
    tags,
    keepLists: () => {
      const subjects = new Set([...manifests.values()].map(({ bytes }) => parse(bytes).subject?.digest));
      for (const subject of subjects) {
        if (subject === undefined) continue;
        const body = { ...EMPTY_INDEX, manifests: referrersOf(store, subject) };
        store.putManifest(JSON.stringify(body), OCI.index, subject.replace(':', '-'));
      }
    },
    putManifest: (content, mediaType, tag) => {
      const bytes = Buffer.from(content);
      const digest = sha256Of(bytes);
      manifests.set(digest, { mediaType, bytes });
      if (tag !== undefined) tags.set(tag, digest);
      return digest;
    },
    putBlob: (content) => {
      const bytes = Buffer.from(content);
      const digest = sha256Of(bytes);
      blobs.set(digest, bytes);
      return digest;
    },
    load: (directory) => {
      const folder = join(directory, 'blobs', 'sha256');
      for (const hex of readdirSync(folder)) blobs.set(`sha256:${hex}`, readFileSync(join(folder, hex)));
      const index = JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8')) as ManifestJson;
      const listed = index.manifests ?? [];
      takeListed(listed);
      for (const { digest, annotations = {} } of listed) {
        const name = annotations[REF_NAME];
        if (name !== undefined) tags.set(name.slice(name.lastIndexOf(':') + 1), digest);
        // `cosign save` drops the tags and says instead what is what.
        const image = listed.find((other) => other.annotations?.kind?.startsWith(`${COSIGN}image`));
        if (annotations.kind === `${COSIGN}atts` && image !== undefined)
          tags.set(`${image.digest.replace(':', '-')}.att`, digest);
      }
    },
  };
  return store;
}

/** Descriptors of all manifests whose subject this is, as the referrers API lists them. */
export function referrersOf({ manifests }: RepositoryStore, subject: string): readonly DescriptorJson[] {
  return [...manifests].flatMap(([digest, { mediaType, bytes }]): DescriptorJson[] => {
    const body = parse(bytes);
    if (body.subject?.digest !== subject) return [];
    const artifactType = body.artifactType ?? body.config?.mediaType;
    return [
      {
        mediaType,
        digest,
        size: bytes.length,
        ...(artifactType !== undefined && { artifactType }),
        ...(body.annotations !== undefined && { annotations: body.annotations }),
      },
    ];
  });
}

interface ReferrerJson {
  readonly subject?: { readonly digest?: string };
  readonly artifactType?: string;
  readonly config?: { readonly mediaType?: string };
  readonly annotations?: Record<string, string>;
}

function parse(bytes: Buffer): ReferrerJson {
  try {
    return JSON.parse(bytes.toString()) as ReferrerJson;
  } catch {
    return {};
  }
}

export const EMPTY_INDEX = { schemaVersion: 2, mediaType: OCI.index, manifests: [] as DescriptorJson[] };
