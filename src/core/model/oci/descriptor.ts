import * as z from 'zod/mini';
import { refuse } from '../../../errors.ts';
import { digestOf, type OciDigest, parseOciDigest } from './digest.ts';

export { type OciDigest, parseOciDigest } from './digest.ts';

export type Annotations = Readonly<Record<string, string>>;

/** Names content by digest and size. `mediaType`, `artifactType` and `annotations` are labels of whoever wrote it. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: OciDigest;
  /** Bytes. */
  readonly size: number;
  readonly artifactType: string | undefined;
  readonly annotations: Annotations;
  /** `os/architecture`, as far as it is given. */
  readonly platform: string | undefined;
  /** Whether its content is to be fetched from elsewhere. */
  readonly isForeign: boolean;
}

/**
 * Checks that bytes are the very content that a descriptor names.
 *
 * @throws SlsaGateError `registry.digest-mismatch`
 */
export function checkContent(bytes: Uint8Array, { digest, size }: Descriptor): void {
  if (bytes.length !== size) {
    refuse('registry.digest-mismatch', `content has another size than its descriptor says: ${digest.text}`, {
      expected: `${size} bytes`,
      actual: `${bytes.length} bytes`,
    });
  }
  const actual = digestOf(digest.algorithm, bytes);
  if (actual.hex !== digest.hex) {
    refuse('registry.digest-mismatch', `content does not have the digest that names it: ${digest.text}`, {
      expected: digest.text,
      actual: actual.text,
    });
  }
}

const optionalText = z.optional(z.string());

/** The specification lets writers add members; what is read has exactly these types. */
export const DescriptorSchema = z.object({
  mediaType: z.string(),
  digest: z.string(),
  size: z.number().check(z.int(), z.gte(0), z.lte(Number.MAX_SAFE_INTEGER)),
  urls: z.optional(z.array(z.string())),
  artifactType: optionalText,
  annotations: z.optional(z.record(z.string(), z.string())),
  platform: z.optional(z.object({ os: optionalText, architecture: optionalText })),
});
export type DescriptorJson = z.infer<typeof DescriptorSchema>;

/** Layers whose content a registry does not hold: the image's digest binds them, but nobody can give their bytes. */
const FOREIGN_LAYER =
  /^application\/vnd\.(?:oci\.image\.layer\.nondistributable\.|docker\.image\.rootfs\.foreign\.)/;

export function toDescriptor(json: DescriptorJson, path: string): Descriptor {
  const { mediaType, digest, size, urls, artifactType, annotations, platform } = json;
  return {
    mediaType,
    digest: parseOciDigest(digest, `${path}.digest`),
    size,
    artifactType,
    annotations: annotations ?? {},
    platform: platform && `${platform.os ?? ''}/${platform.architecture ?? ''}`,
    isForeign: (urls ?? []).length > 0 || FOREIGN_LAYER.test(mediaType),
  };
}
