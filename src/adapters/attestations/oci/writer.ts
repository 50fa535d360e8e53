import { digestOf } from '../../../core/model/oci/digest.ts';
import type { OciReference } from '../../../core/model/oci/reference.ts';
import type { ImageWriter } from '../../../core/model/oci/referrer.ts';
import type { TagPromotion } from '../../../core/model/promotion.ts';
import { refuse } from '../../../errors.ts';
import type { Registry } from './index.ts';
import { preparePromotion } from './promote.ts';
import { attachReferrers, type PushOptions, readImage } from './push.ts';

export interface WriterOptions extends PushOptions {
  /** Without a cache: what was written is read back from the registry. */
  readonly registry: Registry;
  readonly close: () => Promise<void>;
}

const digestIn = ({ digest, registry, repository }: OciReference) =>
  digest ??
  refuse('usage.artifact', 'the image is not named by digest', {
    hint: 'A tag may name another image by now: give the digest that gate printed.',
    actual: `${registry}/${repository}`,
  });

export const createImageWriter = ({ registry, listedHosts, close }: WriterOptions): ImageWriter => ({
  digestOf: async (image) => {
    const { bytes } = await readImage(registry.repository(image), digestIn(image));
    return digestOf('sha256', bytes).text;
  },
  attach: async (image, referrers) =>
    attachReferrers(registry.repository(image), digestIn(image), referrers, { listedHosts }),
  close,
});

export const createTagPromotion = ({
  registry,
  close,
}: Pick<WriterOptions, 'registry' | 'close'>): TagPromotion => ({
  prepare: async (image, tag) => preparePromotion(registry.repository(image), image, tag),
  close,
});
