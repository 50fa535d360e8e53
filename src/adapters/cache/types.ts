import type { AnswerCache } from '../http/index.ts';

/**
 * Content by its digest: manifests, blobs, bundles. What it holds was once read from a server and is hashed again whenever
 * it is read, so whoever can write to it can only empty it. It never throws and never blocks for long: a cache that cannot be
 * used is an empty one.
 */
export interface ContentCache {
  /** `sha256:<hex>` or `sha512:<hex>`; undefined when it is not held, or is no longer what its name says. */
  get(digest: string): Promise<Uint8Array | undefined>;
  put(digest: string, bytes: Uint8Array): Promise<void>;
}

/** Everything that is kept between runs. */
export interface SourceCache {
  readonly content: ContentCache;
  /** Answers that can change, only ever used with their ETag. */
  readonly answers: AnswerCache;
}
