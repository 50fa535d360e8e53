import type { OciReference } from './oci/reference.ts';

/** Moves tags in registries. */
export interface TagPromotion {
  /**
   * Reads what a tag of the image's repository names now; nothing is written.
   *
   * @throws SlsaGateError `registry.*`, `source.*`, `credential.unusable`
   */
  prepare(image: OciReference, tag: string): Promise<PreparedPromotion>;
  close(): Promise<void>;
}

/** A tag as it was before the decision. */
export interface PreparedPromotion {
  /** `ghcr.io/owner/app:production` */
  readonly target: string;
  /** `sha256:<hex>` that it named; undefined where there was no such tag. */
  readonly before: string | undefined;
  /**
   * Lets the tag name the image that was decided on. It still must name what it did, and a tag by which the image was named
   * must still name it.
   *
   * @param digest `sha256:<hex>` that was decided on
   * @returns false where the tag named it already; otherwise what was written was read back
   * @throws SlsaGateError `registry.tag-moved`, `registry.write-failed` (the tag may have been moved or not),
   * `registry.digest-mismatch`, `registry.not-found`, `source.*`
   */
  promote(digest: string): Promise<boolean>;
}
