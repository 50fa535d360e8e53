import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SignedBundle } from './bundle.ts';
import type { Certificate } from './certificate.ts';
import { hash } from './keys.ts';

/** A descriptor as a plain mutable object. */
export interface DescriptorJson {
  mediaType: string;
  digest: string;
  size: number;
  urls?: string[];
  artifactType?: string;
  annotations?: Record<string, string>;
  platform?: Record<string, string>;
}

export const OCI = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  bundle: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  envelope: 'application/vnd.dsse.envelope.v1+json',
  statement: 'application/vnd.in-toto+json',
} as const;

/** Fields of a manifest that differ from the right ones; undefined leaves one out. */
export type ManifestChanges = Readonly<Record<string, unknown>>;

/**
 * An OCI layout in the making. Blobs are right unless a test replaces one under its name (`replaceBlob`) or takes it
 * away (`removeBlob`); everything else that may be wrong is a change of a manifest or of `index`.
 */
export interface LayoutKit {
  /** Entries of `index.json`; change them freely. */
  readonly index: DescriptorJson[];
  /** Changes `index.json` or `oci-layout`; null leaves the file out. */
  readonly files: { index: ManifestChanges | string | null; marker: string | null };
  blob(
    content: Buffer | string | object,
    mediaType: string,
    changes?: Partial<DescriptorJson>,
  ): DescriptorJson;
  /** An image without the bytes of its layer. Two of different `name` are different images. */
  image(name?: string, changes?: ManifestChanges): DescriptorJson;
  imageIndex(manifests: readonly DescriptorJson[], changes?: ManifestChanges): DescriptorJson;
  /** A manifest that brings attestations; without subject it is one of cosign's or BuildKit's. */
  attesting(
    layers: readonly DescriptorJson[],
    subject?: DescriptorJson,
    changes?: ManifestChanges,
  ): DescriptorJson;
  replaceBlob(descriptor: DescriptorJson, content: Buffer | string): void;
  removeBlob(descriptor: DescriptorJson): void;
  list(descriptor: DescriptorJson, annotations?: Record<string, string>): DescriptorJson;
  /** Writes it below the directory, and returns that. */
  write(directory: string): string;
}

export const sha256Of = (bytes: Buffer): string => `sha256:${hash('sha256', bytes).toString('hex')}`;

const toBytes = (content: Buffer | string | object): Buffer =>
  Buffer.isBuffer(content)
    ? content
    : Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));

export function createLayout(): LayoutKit {
  const blobs = new Map<string, Buffer>();
  const index: DescriptorJson[] = [];
  const files: LayoutKit['files'] = { index: {}, marker: '{"imageLayoutVersion":"1.0.0"}' };

  const blob: LayoutKit['blob'] = (content, mediaType, changes = {}) => {
    const bytes = toBytes(content);
    const digest = sha256Of(bytes);
    blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length, ...changes };
  };
  const manifest = (
    config: DescriptorJson,
    layers: readonly DescriptorJson[],
    changes: ManifestChanges,
  ): DescriptorJson => {
    const body = { schemaVersion: 2, mediaType: OCI.manifest, config, layers, ...changes };
    return blob(body, typeof body.mediaType === 'string' ? body.mediaType : OCI.manifest);
  };
  return {
    index,
    files,
    blob,
    image: (name = 'widget', changes = {}) => {
      const config = blob({ architecture: 'amd64', os: 'linux', author: name }, OCI.config);
      const layer = { mediaType: OCI.layer, digest: sha256Of(Buffer.from(name)), size: name.length };
      return manifest(config, [layer], changes);
    },
    imageIndex: (manifests, changes = {}) =>
      blob({ schemaVersion: 2, mediaType: OCI.index, manifests, ...changes }, OCI.index),
    attesting: (layers, subject, changes = {}) =>
      manifest(blob('{}', 'application/vnd.oci.empty.v1+json'), layers, {
        ...(subject && {
          subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
        }),
        ...changes,
      }),
    replaceBlob: ({ digest }, content) => {
      blobs.set(digest, toBytes(content));
    },
    removeBlob: ({ digest }) => {
      blobs.delete(digest);
    },
    list: (descriptor, annotations) => {
      const entry = annotations === undefined ? descriptor : { ...descriptor, annotations };
      index.push(entry);
      return entry;
    },
    write: (directory) => {
      const put = (name: string, content: Buffer | string): void => {
        const path = join(directory, name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, content);
      };
      mkdirSync(directory, { recursive: true });
      if (files.marker !== null) put('oci-layout', files.marker);
      if (typeof files.index === 'string') put('index.json', files.index);
      else if (files.index !== null) {
        const body = { schemaVersion: 2, mediaType: OCI.index, manifests: index, ...files.index };
        put('index.json', JSON.stringify(body));
      }
      for (const [digest, bytes] of blobs) put(join('blobs', ...digest.split(':')), bytes);
      return directory;
    },
  };
}

/** What cosign writes beside an envelope as annotations of its layer; change them freely. */
export interface CosignLayer {
  /** The envelope's bytes, as its log entry names them by hash. */
  readonly envelope: Buffer;
  readonly annotations: Record<string, string>;
}

/** The layer of a cosign attestation image that says what a bundle says; `chain` is intermediates and root. */
export function toCosignLayer({ bundle, signer }: SignedBundle, chain: readonly Certificate[]): CosignLayer {
  const { tlogEntries, timestampVerificationData } = bundle.verificationMaterial ?? {};
  const [entry] = tlogEntries ?? [];
  const [timestamp] = timestampVerificationData?.rfc3161Timestamps ?? [];
  return {
    envelope: Buffer.from(JSON.stringify(bundle.dsseEnvelope)),
    annotations: {
      'dev.cosignproject.cosign/signature': '',
      ...('certificate' in signer && {
        'dev.sigstore.cosign/certificate': signer.certificate.pem,
        'dev.sigstore.cosign/chain': chain.map(({ pem }) => pem).join(''),
      }),
      ...(entry !== undefined && {
        'dev.sigstore.cosign/bundle': JSON.stringify({
          SignedEntryTimestamp: entry.inclusionPromise?.signedEntryTimestamp,
          Payload: {
            body: entry.canonicalizedBody,
            integratedTime: Number(entry.integratedTime),
            logIndex: Number(entry.logIndex),
            logID: Buffer.from(entry.logId?.keyId ?? '', 'base64').toString('hex'),
          },
        }),
      }),
      ...(timestamp !== undefined && {
        'dev.sigstore.cosign/rfc3161timestamp': JSON.stringify({
          SignedRFC3161Timestamp: timestamp.signedTimestamp,
        }),
      }),
    },
  };
}
