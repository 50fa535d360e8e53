import type { Requester, Sha256Hex } from '../model/evidence.ts';
import { canonicalDigest } from './canonical.ts';

/**
 * The same request asked again: the same asker about the same artifact for the same target. What is decided does not
 * change it.
 */
export const requestKey = (
  requester: Requester,
  target: { readonly artifactDigest: string; readonly environment: string; readonly resourceUri: string },
): Sha256Hex => canonicalDigest({ v: 1, requester: { ...requester }, target: { ...target } });
